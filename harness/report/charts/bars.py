"""Bars: a variant each, a dot per block, the interval across, and the figures in a column beside; by themselves they show a metric that no other chart does."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from harness.judge.statistics import Interval
from harness.model.scenario import Metric
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.frame import (
    LEADING,
    TEXT,
    Label,
    Slide,
    beside,
    conditions,
    slide,
    wrapped,
)
from harness.report.charts.style import FAINT, GREY, HEIGHT, INK, SMALLEST, Look, looks
from harness.report.reading import Reading

COLUMN = 1570  # pixels from the left, where the words begin
HALF = 0.21  # of a slot: half the thickness of a bar
ARROW = 20  # points: how far an arrow points beyond the edge
OPEN = 1.3  # of what can be measured: where bars end that have no end
BAR = "bar: estimate with its 95 % interval, dot: a block"


def chart(reading: Reading) -> Figure:
    """Draw the metric that decides."""
    metric = reading.scenario.primary
    page = slide(
        reading, seen.titles(reading, metric), f"{_what(reading)} · {conditions(reading)} · {BAR}"
    )
    bars(page, reading, metric)
    return page.figure


def bars(
    page: Slide,
    reading: Reading,
    metric: Metric,
    *,
    reach: Sequence[float] = (),
    more: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> tuple[Axes, float]:
    """Draw them; `reach` are further values that must have room, `more` is what else is said of a variant. Returns the axes, and how far they go."""
    variants, scale = reading.scenario.variants, wording.scale(metric)
    found = {variant.name: seen.typical(reading, metric, variant.name) for variant in variants}
    blocks = {
        variant.name: [scale * value for value in seen.values(reading, metric, variant.name)]
        for variant in variants
    }
    everything = [
        *(scale * one.estimate for one in found.values() if one),
        *(value for values in blocks.values() for value in values),
        *reach,
    ]
    most = max((value for value in everything if math.isfinite(value)), default=0.0)
    bounded = all(map(math.isfinite, everything))
    edge = (1.04 if bounded else OPEN) * most or 1
    axes = page.axes(440, COLUMN - (70 if bounded else 110), below=85)
    axes.set(xlim=(0, edge), ylim=(0.55 - len(variants), 0.55), yticks=[], xlabel=_axis(metric))
    labels = []
    for slot, (name, look) in enumerate(looks(reading.scenario).items()):
        one, y = found[name], -float(slot)
        _name(axes, reading, name, y)
        if one is None:
            labels.append(Label(0, y, look, "n/a"))
            continue
        _bar(axes, y, one, look, edge, scale)
        _dots(axes, y, blocks[name], look, edge)
        labels.append(
            Label(
                0,
                y,
                look,
                wording.quantity(one.estimate, metric),
                (_interval(one, metric), *more(name)),
            )
        )
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    if not most:
        axes.set_xticks([])
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(axis="x", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    beside(axes, labels, COLUMN, tied=False)
    return axes, most


def _bar(axes: Axes, y: float, found: Interval, look: Look, edge: float, scale: float) -> None:
    """Draw one bar and its interval; what is infinite leaves the axes, and an arrow says so."""
    low, middle, high = (
        min(scale * value, 2 * edge) for value in (found.low, found.estimate, found.high)
    )
    axes.barh(
        y,
        middle,
        height=2 * HALF,
        facecolor="none",
        edgecolor=look.colour,
        hatch=look.hatch,
        alpha=0.45,
        linewidth=0,
    )
    axes.barh(y, middle, height=2 * HALF, facecolor="none", edgecolor=look.colour, linewidth=2.5)
    if found.bounded and math.isfinite(found.low):
        axes.errorbar(
            middle,
            y,
            xerr=[[middle - low], [high - middle]],
            color=INK,
            capsize=12,
            capthick=3,
            elinewidth=3,
            zorder=4,
        )
    if math.isinf(found.high) and (found.bounded or math.isinf(found.estimate)):
        colour = look.colour if math.isinf(found.estimate) else INK
        arrow = {
            "arrowstyle": "<|-,head_width=0.5,head_length=0.9",
            "color": colour,
            "linewidth": 3,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        axes.annotate(
            "",
            (edge, y),
            (ARROW, 0),
            textcoords="offset points",
            arrowprops=arrow,
            annotation_clip=False,
        )


def _dots(axes: Axes, y: float, blocks: Sequence[float], look: Look, edge: float) -> None:
    """Put a dot per block, and a small arrow at the edge for one that lies beyond it."""
    steps = [y + HALF * 0.75 * (1 - 2 * (n + 0.5) / len(blocks)) for n in range(len(blocks))]
    axes.plot(
        blocks,
        steps,
        linestyle="",
        marker=look.marker,
        markersize=11,
        color=look.colour,
        markeredgecolor="white",
        zorder=3,
    )
    beyond = [step for value, step in zip(blocks, steps, strict=True) if math.isinf(value)]
    axes.plot(
        [0.985 * edge] * len(beyond),
        beyond,
        linestyle="",
        marker=">",
        markersize=11,
        color=look.colour,
        markeredgecolor="white",
        zorder=3,
    )


def _name(axes: Axes, reading: Reading, name: str, y: float) -> None:
    """Write what a variant is called and what it does, as far as its slot has room."""
    slot = axes.get_position().height * HEIGHT / len(reading.scenario.variants)
    room = max(1, int((slot - 1.5 * TEXT) / (TEXT * LEADING)))
    does = wrapped(reading.scenario.variant(name).does, TEXT, 370)
    if len(does) > room:
        does = [*does[: room - 1], wrapped(f"{does[room - 1]}…", TEXT, 370)[0].rstrip("…") + " …"]
    axes.annotate(
        name, (0, y), (-14, 3), textcoords="offset points", ha="right", va="bottom", weight="bold"
    )
    axes.annotate(
        "\n".join(does),
        (0, y),
        (-14, -1),
        textcoords="offset points",
        ha="right",
        va="top",
        color=GREY,
    )


def _interval(found: Interval, metric: Metric) -> str:
    if math.isinf(found.low):
        return f"in {found.n} blocks"
    return wording.between(found, lambda value: wording.amount(value, metric))


def _axis(metric: Metric) -> str:
    unit = wording.unit(metric)
    return metric.name if metric.name.startswith(unit) else f"{metric.name}, {unit}"


def _what(reading: Reading) -> str:
    """Say what the deciding metric is, and how it is read."""
    metric, clients = reading.scenario.primary, reading.scenario.clients
    if metric.name == "time alone":
        return "Median response time, one request at a time"
    if metric.name == "requests until failure":
        return f"Requests answered before the first that failed, over a whole trial with up to {max(seen.clients(reading))} connections"
    parts = f", {metric.parts} to a request" if metric.parts > 1 else ""
    return (
        f"{metric.name} that the server spends{parts}, {clients} connections asking without pause"
    )
