"""Percentile curves: how long requests took, from the fastest to the slowest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.judge.interval import Interval
from harness.model.facts import Stream
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.report import wording
from harness.report.captions import Caption, shown
from harness.report.charts.frame import frame
from harness.report.charts.labels import Label, write_labels
from harness.report.charts.theme import FAINT, GREY, SMALLEST, arrow
from harness.report.percentiles import TICKS, curve, lost, nines, streams, thinned
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import Style, styles

COLUMN = 1580  # pixels from the left, where the words begin
RESOLUTION = 0.004  # of a nine: finer than a pixel
ARROW = 36  # points: how far an arrow points beyond the last request that was answered
FEW = 2.6  # decades up to which 1, 2 and 5 have room


@dataclass(frozen=True, slots=True)
class End:
    """Where a curve ends, and the share of requests that were never answered in time."""

    x: float
    seconds: float
    lost: float


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw a curve per variant."""
    metric, page = shown(run, words.chart), frame(run, words)
    axes = page.axes(190, COLUMN - 120, below=85)
    ends = {
        name: _draw(axes, streams(run, metric, name), style)
        for name, style in styles(run.scenario).items()
    }
    reach = max(end.x for end in ends.values()) or 1
    _scale(axes, reach, headroom=any(end.lost for end in ends.values()))
    labels = [_label(axes, run, metric, name, end) for name, end in ends.items()]
    write_labels(axes, labels, COLUMN)
    return page.figure


def milliseconds(axes: Axes, label: str) -> None:
    """Scale the vertical axis for seconds on a logarithmic scale, written in milliseconds."""
    low, high = axes.get_ylim()
    subs = (1, 2, 5) if math.log10(high / low) < FEW else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1000 * value:,g}"))
    axes.set_ylabel(f"{label}, ms (log)")


def _draw(axes: Axes, of: Sequence[Stream], style: Style) -> End:
    """Draw one curve and its percentiles."""
    shares, seconds = curve(of)
    if not shares:
        return End(0, math.inf, lost(of))
    points = thinned([*zip(map(nines, shares), seconds, strict=True)], RESOLUTION)
    xs, ys = zip(*points, strict=True)
    axes.plot(xs, ys, color=style.colour, linestyle=style.line, drawstyle="steps-post")
    marks = [share for share in TICKS[1:] if share <= shares[-1]]
    for mark in marks:
        level = next(y for share, y in zip(shares, seconds, strict=True) if share >= mark)
        axes.plot([nines(mark)], [level], **style.marks)
    return End(xs[-1], ys[-1], lost(of))


def _scale(axes: Axes, reach: float, *, headroom: bool) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    high = max(high, low * 12)
    axes.set_ylim(low, high * (high / low) ** 0.1 if headroom else high)
    milliseconds(axes, "response time")
    ticks = [share for share in TICKS if nines(share) <= reach + 0.02]
    axes.set_xticks([nines(share) for share in ticks], [f"{100 * share:g}" for share in ticks])
    axes.set(xlim=(0, reach * 1.01), xlabel="percentile of requests, %")
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)


def _label(axes: Axes, run: ScenarioRun, metric: Metric, name: str, end: End) -> Label:
    """Return the words beside a curve; an arrow points beyond it where requests were lost."""
    style = styles(run.scenario)[name]
    if end.lost and math.isfinite(end.seconds):
        axes.annotate(
            "",
            (end.x, end.seconds),
            (0, ARROW),
            textcoords="offset points",
            arrowprops=arrow(style.colour),
        )
    y = axes.get_ylim()[1] if math.isinf(end.seconds) else end.seconds
    return Label(end.x, y, style, name, _lines(metric, run.typical(metric, name), end.lost))


def _lines(metric: Metric, found: Interval | None, gone: float) -> tuple[str, ...]:
    """Return a quantile, its interval if there is one, and the share that got no answer in time."""
    quantile = f"p{100 * (metric.definition.quantile or 0):g}"
    never = (f"{wording.percent(gone)} never in time",) if gone else ()
    if found is None or math.isinf(found.estimate):
        return (f"{quantile} {'n/a' if found is None else 'never in time'}", *never)
    if found.bound is Bound.AT_LEAST:
        return (f"{quantile} {wording.level(found, metric)}", *never)
    level = f"{quantile} {wording.ms(found.estimate)}"
    return (level, wording.between(found, wording.ms), *never)
