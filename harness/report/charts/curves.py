"""Percentile curves: how long requests took, from the fastest to the slowest that their number lets us speak of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.judge.statistics import Interval
from harness.model.facts import Open, Stream
from harness.model.scenario import Metric, bystander_p99, p50, p99
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.frame import Label, beside, conditions, slide
from harness.report.charts.style import FAINT, GREY, SMALLEST, Look, looks
from harness.report.reading import Reading

COLUMN = 1580  # pixels from the left, where the words begin
TICKS = (0, 0.5, 0.9, 0.99, 0.999, 0.9999)
RESOLUTION = 0.004  # of a nine: finer than a pixel
ARROW = 36  # points: how far an arrow points beyond the last request that was answered


def latency(reading: Reading) -> Figure:
    """Draw what the clients of the route wait for."""
    metric = p99 if reading.scenario.primary.name == "p99" else p50
    return _chart(
        reading,
        metric(seen.calm(reading, "p50", "p99")),
        lambda cell: cell.work,
        "Response time from the intended start",
    )


def bystander(reading: Reading) -> Figure:
    """Draw what the clients of a route that does no work suffer meanwhile."""
    metric = bystander_p99(seen.calm(reading, "bystander p99"))
    return _chart(
        reading,
        metric,
        lambda cell: cell.bystander,
        "Response time of a route that does no work, asked meanwhile",
    )


def _chart(reading: Reading, metric: Metric, stream: Callable[[Open], Stream], what: str) -> Figure:
    load = metric.at or 0.0
    quantile = metric.name.split()[-1]
    rate = f"{wording.number(seen.rate(reading, load))} requests/s"
    titles = at(rate, seen.titles(reading, metric))
    exploratory = (
        "" if metric == reading.scenario.primary else f" · {metric.name} is exploratory here"
    )
    subtitle = f"{what}, blocks merged, at {load:g}× the smallest ceiling = {rate}{exploratory} · {conditions(reading)}"
    page = slide(reading, titles, subtitle)
    axes = page.axes(190, COLUMN - 120, below=85)
    ends = []
    for variant in reading.scenario.variants:
        streams = [stream(cell) for cell in seen.cells(reading, variant.name, load)]
        ends.append((variant.name, *_draw(axes, streams, looks(reading.scenario)[variant.name])))
    _scale(axes, max(x for _, x, _, _ in ends) or 1, headroom=any(lost for *_, lost in ends))
    labels = []
    for name, x, seconds, lost in ends:
        look = looks(reading.scenario)[name]
        if lost and math.isfinite(seconds):
            axes.annotate(
                "", (x, seconds), (0, ARROW), textcoords="offset points", arrowprops=_arrow(look)
            )
        labels.append(
            Label(
                x,
                axes.get_ylim()[1] if math.isinf(seconds) else seconds,
                look,
                name,
                _said(seen.typical(reading, metric, name), quantile, lost),
            )
        )
    beside(axes, labels, COLUMN)
    return page.figure


def at(rate: str, sentences: Sequence[str]) -> list[str]:
    """Begin with the rate."""
    return [f"At {rate}, {sentences[0]}", *sentences[1:]]


def nines(share: float) -> float:
    """Place a percentile so that 90, 99 and 99.9 stand equally far apart."""
    return -math.log10(1 - share)


def milliseconds(axes: Axes, label: str) -> None:
    """Scale the upright axis for seconds on a logarithmic scale, written in milliseconds."""
    low, high = axes.get_ylim()
    few = 1.3  # decades up to which 1, 2, 5 find room
    axes.yaxis.set_major_locator(
        LogLocator(subs=(1, 2, 5) if math.log10(high / low) < 2 * few else (1,))
    )
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{1000 * value:,g}"))
    axes.set_ylabel(f"{label}, ms (log)")


def _draw(axes: Axes, streams: Sequence[Stream], look: Look) -> tuple[float, float, float]:
    """Draw one curve and its percentiles; return where it ends and the share that never got an answer."""
    shares, seconds = seen.curve(streams)
    lost = seen.missed(streams)
    if not shares:
        return 0, math.inf, lost
    xs, ys = _thinned([nines(share) for share in shares], seconds)
    axes.plot(xs, ys, color=look.colour, linestyle=look.line, drawstyle="steps-post")
    for share in TICKS[1:]:
        if share <= shares[-1]:
            level = next(
                value for reached, value in zip(shares, seconds, strict=True) if reached >= share
            )
            axes.plot(
                [nines(share)],
                [level],
                marker=look.marker,
                color=look.colour,
                markeredgecolor="white",
            )
    return xs[-1], ys[-1], lost


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


def _said(found: Interval | None, quantile: str, lost: float) -> tuple[str, ...]:
    """Say a quantile, its interval if there is one, and what share of requests got no answer in time."""
    never = (f"{wording.percent(lost)} never in time",) if lost else ()
    if found is None or math.isinf(found.estimate):
        return (f"{quantile} {'n/a' if found is None else 'never in time'}", *never)
    return (f"{quantile} {wording.ms(found.estimate)}", wording.between(found, wording.ms), *never)


def _arrow(look: Look) -> dict[str, object]:
    return {
        "arrowstyle": "<|-,head_width=0.5,head_length=0.9",
        "color": look.colour,
        "linewidth": 3,
        "shrinkA": 0,
        "shrinkB": 0,
    }


def _thinned(xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Leave out points that no pixel would show."""
    kept = [0]
    for i in range(1, len(xs)):
        if xs[i] - xs[kept[-1]] >= RESOLUTION or i == len(xs) - 1:
            kept.append(i)
    return [xs[i] for i in kept], [ys[i] for i in kept]
