"""Percentile curves: how long requests took, from the fastest to the slowest.

As far as the number of requests allows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.judge.interval import Interval
from harness.model import histogram
from harness.model.facts import Stream
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.report import wording
from harness.report.captions import Caption, shown
from harness.report.charts.frame import frame
from harness.report.charts.labels import Label, write_labels
from harness.report.charts.theme import FAINT, GREY, SMALLEST, Style, arrow, styles
from harness.report.scenario_run import ScenarioRun

COLUMN = 1580  # pixels from the left, where the words begin
TICKS = (0, 0.5, 0.9, 0.99, 0.999, 0.9999)
BEYOND = 10  # requests that must lie beyond a percentile before a curve may reach it
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
        name: _draw(axes, _streams(run, metric, name), style)
        for name, style in styles(run.scenario).items()
    }
    reach = max(end.x for end in ends.values()) or 1
    _scale(axes, reach, headroom=any(end.lost for end in ends.values()))
    labels = [_label(axes, run, metric, name, end) for name, end in ends.items()]
    write_labels(axes, labels, COLUMN)
    return page.figure


def nines(share: float) -> float:
    """Return where a percentile is drawn, so that 90, 99 and 99.9 are equally far apart."""
    return -math.log10(1 - share)


def milliseconds(axes: Axes, label: str) -> None:
    """Scale the vertical axis for seconds on a logarithmic scale, written in milliseconds."""
    low, high = axes.get_ylim()
    subs = (1, 2, 5) if math.log10(high / low) < FEW else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1000 * value:,g}"))
    axes.set_ylabel(f"{label}, ms (log)")


def _streams(run: ScenarioRun, metric: Metric, variant: str) -> list[Stream]:
    return [metric.definition.stream(cell) for cell in run.cells(variant, metric.at or 0.0)]


def _curve(streams: Sequence[Stream]) -> tuple[list[float], list[float]]:
    """Return shares of requests and the seconds within which so many were answered, merged."""
    due = sum(stream.due for stream in streams)
    missed = due - sum(stream.good for stream in streams)
    found = histogram.curve(tuple(stream.response for stream in streams), missed)
    reach = 1 - BEYOND / max(BEYOND, due)
    kept = [(share, value) for share, value in zip(*found, strict=True) if share <= reach]
    return [share for share, _ in kept], [value for _, value in kept]


def _draw(axes: Axes, streams: Sequence[Stream], style: Style) -> End:
    """Draw one curve and its percentiles."""
    shares, seconds = _curve(streams)
    due, good = (sum(getattr(one, what) for one in streams) for what in ("due", "good"))
    lost = 1 - good / due if due else 0.0
    if not shares:
        return End(0, math.inf, lost)
    xs, ys = _thinned([nines(share) for share in shares], seconds)
    axes.plot(xs, ys, color=style.colour, linestyle=style.line, drawstyle="steps-post")
    marks = [share for share in TICKS[1:] if share <= shares[-1]]
    for mark in marks:
        level = next(y for share, y in zip(shares, seconds, strict=True) if share >= mark)
        axes.plot([nines(mark)], [level], **style.marks)
    return End(xs[-1], ys[-1], lost)


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


def _lines(metric: Metric, found: Interval | None, lost: float) -> tuple[str, ...]:
    """Return a quantile, its interval if there is one, and the share that got no answer in time."""
    quantile = f"p{100 * (metric.definition.quantile or 0):g}"
    never = (f"{wording.percent(lost)} never in time",) if lost else ()
    if found is None or math.isinf(found.estimate):
        return (f"{quantile} {'n/a' if found is None else 'never in time'}", *never)
    if found.bound is Bound.AT_LEAST:
        return (f"{quantile} {wording.level(found, metric)}", *never)
    level = f"{quantile} {wording.ms(found.estimate)}"
    return (level, wording.between(found, wording.ms), *never)


def _thinned(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Leave out points that no pixel would show."""
    kept = [0]
    for i in range(1, len(xs)):
        if xs[i] - xs[kept[-1]] >= RESOLUTION or i == len(xs) - 1:
            kept.append(i)
    return [xs[i] for i in kept], [ys[i] for i in kept]
