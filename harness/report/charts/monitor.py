"""The monitor's chart: what each app said of itself over a trial, one panel for each gauge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from harness.model.facts import Sample
from harness.report.captions import Caption
from harness.report.charts.frame import LEFT, RIGHT, frame, shade, shares
from harness.report.charts.theme import FAINT, GREY, HEIGHT, SMALLEST, TEXT, WIDTH
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import Style, styles
from harness.report.timeline import Timeline, Value, timeline

COLUMNS = 4
TICKS, GAP = 78, 26  # pixels: beside a panel for its numbers, and between that and the next
ABOVE, BELOW = 50, 45  # pixels: over a panel for its name, and under it for its seconds


def _level(read: Callable[[Sample], float | None]) -> Value:
    """Return the mean of a gauge at two samples; NaN where neither has it."""

    def mean(before: Sample, after: Sample) -> float:
        ends = [value for value in (read(before), read(after)) if value is not None]
        return sum(ends) / len(ends) if ends else np.nan

    return mean


def _cpu(before: Sample, after: Sample) -> float:
    return 100 * (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s)


PANELS: dict[str, Value] = {
    "requests accepted": _level(lambda sample: sample.in_flight),
    "threads in use": _level(lambda sample: sample.threads_used),
    "waiting for a thread": _level(lambda sample: sample.threads_waiting),
    "waiting for a connection": _level(lambda sample: sample.pool_waiting),
    "CPU, % of a core": _cpu,
    "memory, MB": _level(lambda sample: sample.rss_bytes / 1e6),
    "open files": _level(lambda sample: sample.files),
}


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw a small panel per gauge, all over the seconds of a trial."""
    page, line, of = frame(run, words), timeline(run), styles(run.scenario)
    rows = -(-(len(PANELS) + 1) // COLUMNS)
    width, height = (WIDTH - LEFT - RIGHT + GAP) / COLUMNS, (page.top - page.bottom) / rows
    for number, (name, value) in enumerate(PANELS.items()):
        row, column = divmod(number, COLUMNS)
        left, bottom = LEFT + column * width + TICKS, page.top - (row + 1) * height + BELOW
        box = shares(left, bottom, width - TICKS - GAP, height - ABOVE - BELOW)
        _panel(page.figure.add_axes(box), line, of, name, value)
    left, top = LEFT + (COLUMNS - 1) * width + TICKS - 20, page.top - (rows - 1) * height - ABOVE
    page.figure.legend(
        handles=_legend(of),
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, top / HEIGHT),
        frameon=False,
        handlelength=2.2,
        labelspacing=0.9,
    )
    return page.figure


def _panel(axes: Axes, line: Timeline, of: Mapping[str, Style], name: str, value: Value) -> None:
    most = 0.0
    for variant, style in of.items():
        levels = line.course(variant, value)
        if not np.isnan(levels).all():
            axes.stairs(levels, line.edges, baseline=None, **style.lines)
            most = max(most, float(np.nanmax(levels)))
    axes.set(xlim=(0, line.ends_s), ylim=(-0.04 * (most or 1), 1.08 * (most or 1)))
    if not axes.patches:
        axes.text(0.5, 0.5, "none", ha="center", va="center", color=GREY, transform=axes.transAxes)
    axes.set_title(name, fontsize=SMALLEST, loc="left", pad=TEXT / 4)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True, prune="upper"))
    axes.yaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1, axis="y")
    axes.set_axisbelow(True)
    shade(axes, line)


def _legend(of: Mapping[str, Style]) -> list[Line2D]:
    return [Line2D([], [], **style.lines, label=name) for name, style in of.items()]
