"""The capacity chart: what each variant answers per second when asked without pause, under what the theory allows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from harness.measurement import Closed
from harness.report import reading as seen
from harness.report import words
from harness.report.reading import Reading
from harness.report.slide import Label, beside, conditions, slide, wrapped
from harness.report.style import FAINT, GREY, INK, SMALLEST, looks
from harness.scenario import capacity

COLUMN = 1570  # pixels from the left, where the words begin
HALF = 0.21  # of a slot: half the thickness of a bar


def chart(reading: Reading) -> Figure:
    """Draw a bar per variant, a dot per block, and the ceiling dashed."""
    variants = reading.scenario.variants
    titles = seen.titles(reading, capacity)
    first = reading.blocks[0][variants[0].name]
    subtitle = (
        f"Right answers in time per second, {first.closed.clients} connections asking without pause for {first.trial.closed_s:g} s"
        f"{'' if reading.scenario.primary == capacity else ', exploratory'} · {conditions(reading)} · "
        "bar: estimate with its 95 % interval, dot: a block"
    )
    page = slide(reading, titles, subtitle)
    axes = page.axes(440, COLUMN - 70, below=85)
    style = looks(reading.scenario)
    labels = []
    reach = 0.0
    for slot, variant in enumerate(variants):
        look, y = style[variant.name], -float(slot)
        found = seen.typical(reading, capacity, variant.name)
        blocks = seen.values(reading, capacity, variant.name)
        ceiling = seen.ceiling(reading, variant.name)
        if found is None:
            continue
        axes.barh(y, found.estimate, height=2 * HALF, facecolor="none", edgecolor=look.colour, hatch=look.hatch, alpha=0.45, linewidth=0)
        axes.barh(y, found.estimate, height=2 * HALF, facecolor="none", edgecolor=look.colour, linewidth=2.5)
        steps = [y + HALF * 0.75 * (1 - 2 * (n + 0.5) / len(blocks)) for n in range(len(blocks))]
        axes.plot(blocks, steps, linestyle="", marker=look.marker, markersize=11, color=look.colour, markeredgecolor="white", zorder=3)
        if found.bounded:
            error = [[found.estimate - found.low], [found.high - found.estimate]]
            axes.errorbar(found.estimate, y, xerr=error, color=INK, capsize=12, capthick=3, elinewidth=3, zorder=4)
        reach = max(reach, found.estimate, *blocks, ceiling if math.isfinite(ceiling) else 0)
        lines = (words.between(found), *_of_ceiling(seen.of_ceiling(reading, variant.name)), *_failed([block[variant.name].closed for block in reading.blocks]))
        labels.append(Label(0, y, look, f"{words.number(found.estimate)} requests/s", lines))
    axes.set(xlim=(0, 1.04 * reach or 1), ylim=(0.55 - len(variants), 0.55), yticks=[], xlabel="capacity, requests/s")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(axis="x", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    for slot, variant in enumerate(variants):
        y = -float(slot)
        ceiling = seen.ceiling(reading, variant.name)
        if math.isfinite(ceiling):
            axes.plot([ceiling, ceiling], [y - HALF - 0.07, y + HALF + 0.07], color=INK, linestyle=(0, (4, 2)), linewidth=3, zorder=5)
            side = "left" if ceiling < 0.12 * reach else "right" if ceiling > 0.88 * reach else "center"
            axes.text(ceiling, y + HALF + 0.09, f"ceiling {words.number(ceiling)}", ha=side, va="bottom")
        does = wrapped(page.figure, variant.does, 24, 370)
        axes.annotate(variant.name, (0, y), (-14, 3), textcoords="offset points", ha="right", va="bottom", weight="bold")
        axes.annotate("\n".join(does), (0, y), (-14, -1), textcoords="offset points", ha="right", va="top", color=GREY)
    beside(axes, labels, COLUMN, tied=False)
    return page.figure


def _of_ceiling(share: float | None) -> tuple[str, ...]:
    return () if share is None else (f"{words.percent(share)} of its ceiling",)


def _failed(cells: Sequence[Closed]) -> tuple[str, ...]:
    sent, good = sum(cell.sent for cell in cells), sum(cell.good for cell in cells)
    return (f"{words.percent(1 - good / sent)} failed or late",) if good < sent else ()
