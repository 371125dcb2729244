"""Bars: one for each variant, a dot per block, the interval across, and figures beside them.

They show the deciding metric, where no other chart does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from harness.judge.interval import Interval
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.report import wording
from harness.report.captions import Caption
from harness.report.charts.frame import LEADING, Frame, frame
from harness.report.charts.labels import Label, write_labels
from harness.report.charts.text import wrapped
from harness.report.charts.theme import FAINT, GREY, HEIGHT, INK, SMALLEST, TEXT, arrow
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import Style, styles

COLUMN = 1570  # pixels from the left, where the words begin
NAMES = 370  # pixels: room for what a variant does
HALF = 0.21  # of a slot: half the thickness of a bar
ARROW = 20  # points: how far an arrow points beyond the edge
OPEN = 1.3  # of what can be measured: where bars end that have no end


@dataclass(frozen=True, slots=True)
class Bars:
    """The axes of bars; they end at `edge`, the longest that is finite at `most`, in its unit."""

    axes: Axes
    scale: float
    edge: float
    most: float

    def bar(self, y: float, found: Interval, style: Style) -> None:
        """Draw one bar and its interval; an arrow says that something is infinite."""
        low, middle, high = (
            min(self.scale * value, 2 * self.edge)
            for value in (found.low, found.estimate, found.high)
        )
        outline: dict[str, Any] = {
            "height": 2 * HALF,
            "facecolor": "none",
            "edgecolor": style.colour,
        }
        self.axes.barh(y, middle, **outline, hatch=style.hatch, alpha=0.45, linewidth=0)
        self.axes.barh(y, middle, **outline, linewidth=2.5)
        if found.bounded and math.isfinite(found.low):
            self.axes.errorbar(
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
            colour = style.colour if math.isinf(found.estimate) else INK
            self.axes.annotate(
                "",
                (self.edge, y),
                (ARROW, 0),
                textcoords="offset points",
                arrowprops=arrow(colour),
                annotation_clip=False,
            )

    def dots(self, y: float, blocks: Sequence[float], style: Style) -> None:
        """Draw a dot per block, and a small arrow at the edge for one that is infinite."""
        count = len(blocks)
        steps = [y + HALF * 0.75 * (1 - 2 * (n + 0.5) / count) for n in range(count)]
        beyond = [step for value, step in zip(blocks, steps, strict=True) if math.isinf(value)]
        ends = [0.985 * self.edge] * len(beyond)
        self.axes.plot(blocks, steps, markersize=11, **style.marks | {"zorder": 3})
        self.axes.plot(ends, beyond, markersize=11, **style.marks | {"zorder": 3, "marker": ">"})


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw the deciding metric."""
    page = frame(run, words)
    bars(page, run, run.primary)
    return page.figure


def bars(
    page: Frame,
    run: ScenarioRun,
    metric: Metric,
    *,
    reach: Sequence[float] = (),
    more: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> Bars:
    """Draw a metric's bars.

    `reach` are further values that must have room, `more` what else is said of a variant.
    """
    scale = metric.unit.scale
    found = {name: run.typical(metric, name) for name in run.variants}
    blocks = {name: [scale * value for value in run.values(metric, name)] for name in run.variants}
    every = [
        *(scale * one.estimate for one in found.values() if one),
        *(value for values in blocks.values() for value in values),
        *reach,
    ]
    unended = any(one.bound is Bound.AT_LEAST for one in found.values() if one)
    drawn = _axes(page, run, metric, [*every, *([math.inf] if unended else [])])
    labels = []
    for slot, (name, style) in enumerate(styles(run.scenario).items()):
        one, y = found[name], -float(slot)
        _name(drawn.axes, run, name, y)
        if one is None:
            labels.append(Label(0, y, style, "n/a"))
            continue
        drawn.bar(y, one, style)
        drawn.dots(y, blocks[name], style)
        lines = (_interval(one, metric), *more(name))
        labels.append(Label(0, y, style, wording.level(one, metric), lines))
    write_labels(drawn.axes, labels, COLUMN, tied=False)
    return drawn


def _axes(page: Frame, run: ScenarioRun, metric: Metric, every: Sequence[float]) -> Bars:
    most = max((value for value in every if math.isfinite(value)), default=0.0)
    bounded = all(map(math.isfinite, every))
    edge = (1.04 if bounded else OPEN) * most or 1
    axes = page.axes(440, COLUMN - (70 if bounded else 110), below=85)
    slots = (0.55 - len(run.variants), 0.55)
    axes.set(xlim=(0, edge), ylim=slots, yticks=[], xlabel=_unit(metric))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    if not most:
        axes.set_xticks([])
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(axis="x", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    return Bars(axes, metric.unit.scale, edge, most)


def _name(axes: Axes, run: ScenarioRun, name: str, y: float) -> None:
    """Write a variant's name and what it does, as far as its slot has room."""
    slot = axes.get_position().height * HEIGHT / len(run.variants)
    room = max(1, int((slot - 1.5 * TEXT) / (TEXT * LEADING)))
    does = wrapped(run.scenario.variant(name).does, TEXT, NAMES)
    if len(does) > room:
        last = wrapped(f"{does[room - 1]}…", TEXT, NAMES)[0].rstrip("…")
        does = [*does[: room - 1], f"{last} …"]
    left: dict[str, Any] = {"textcoords": "offset points", "ha": "right"}
    axes.annotate(name, (0, y), (-14, 3), va="bottom", weight="bold", **left)
    axes.annotate("\n".join(does), (0, y), (-14, -1), va="top", color=GREY, **left)


def _interval(found: Interval, metric: Metric) -> str:
    if math.isinf(found.low):
        return f"in {wording.count(found.n, 'block')}"
    return wording.between(found, lambda value: wording.amount(value, metric))


def _unit(metric: Metric) -> str:
    unit = metric.unit.name
    return metric.name if metric.name.startswith(unit) else f"{metric.name}, {unit}"
