"""The capacity chart: what each variant answers per second when asked without pause, under what the theory allows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from harness.model.facts import Closed
from harness.model.scenario import capacity
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.bars import BAR, HALF, bars
from harness.report.charts.frame import conditions, slide
from harness.report.charts.style import INK
from harness.report.reading import Reading


def chart(reading: Reading) -> Figure:
    """Draw a bar per variant, a dot per block, and the ceiling dashed."""
    first = reading.blocks[0][reading.scenario.baseline.name]
    subtitle = (
        f"Right answers in time per second, {first.closed.clients} connections asking without pause for {first.trial.closed_s:g} s"
        f"{'' if reading.scenario.primary == capacity else ', exploratory'} · {conditions(reading)} · {BAR}"
    )
    page = slide(reading, seen.titles(reading, capacity), subtitle)
    ceilings = [seen.ceiling(reading, variant.name) for variant in reading.scenario.variants]
    axes, reach = bars(
        page,
        reading,
        capacity,
        reach=[one for one in ceilings if math.isfinite(one)],
        more=lambda variant: _more(reading, variant),
    )
    for slot, ceiling in enumerate(ceilings):
        if math.isfinite(ceiling):
            y = -float(slot)
            axes.plot(
                [ceiling, ceiling],
                [y - HALF - 0.07, y + HALF + 0.07],
                color=INK,
                linestyle=(0, (4, 2)),
                linewidth=3,
                zorder=5,
            )
            side = (
                "left"
                if ceiling < 0.12 * reach
                else "right"
                if ceiling > 0.88 * reach
                else "center"
            )
            axes.text(
                ceiling, y + HALF + 0.09, f"ceiling {wording.number(ceiling)}", ha=side, va="bottom"
            )
    return page.figure


def _more(reading: Reading, variant: str) -> tuple[str, ...]:
    """Say what failed, and how near to its ceiling the rest came."""
    return (
        *_failed([block[variant].closed for block in reading.blocks]),
        *_of_ceiling(seen.of_ceiling(reading, variant)),
    )


def _of_ceiling(share: float | None) -> tuple[str, ...]:
    return () if share is None else (f"{wording.percent(share)} of its ceiling",)


def _failed(cells: Sequence[Closed]) -> tuple[str, ...]:
    sent, good = sum(cell.sent for cell in cells), sum(cell.good for cell in cells)
    return (f"{wording.percent(1 - good / sent)} failed or late",) if good < sent else ()
