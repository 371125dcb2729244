"""The monitor's chart: what each app said of itself over a trial, gauge by gauge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from harness.model.facts import Moment
from harness.report.charts.frame import LEFT, RIGHT, TEXT, conditions, slide
from harness.report.charts.style import FAINT, GREY, HEIGHT, SMALLEST, WIDTH, Look, looks
from harness.report.charts.timeline import Timeline, Value, timeline
from harness.report.reading import Reading

COLUMNS = 4
TICKS, GAP = 78, 26  # pixels: beside a panel for its numbers, and between that and the next
ABOVE, BELOW = 50, 45  # pixels: over a panel for its name, and under it for its seconds


def _level(read: Callable[[Moment], float | None]) -> Value:
    """Take a gauge between two moments: the mean of both."""

    def mean(before: Moment, after: Moment) -> float:
        ends = [value for value in (read(before), read(after)) if value is not None]
        return sum(ends) / len(ends) if ends else np.nan

    return mean


def _cpu(before: Moment, after: Moment) -> float:
    return 100 * (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s)


PANELS: dict[str, Value] = {
    "requests taken on": _level(lambda moment: moment.in_flight),
    "threads in use": _level(lambda moment: moment.threads_used),
    "waiting for a thread": _level(lambda moment: moment.threads_waiting),
    "waiting for a connection": _level(lambda moment: moment.pool_waiting),
    "CPU, % of a core": _cpu,
    "memory, MB": _level(lambda moment: moment.rss_bytes / 1e6),
    "open files": _level(lambda moment: moment.files),
}


def chart(reading: Reading) -> Figure:
    """Draw a small panel per gauge, all over the seconds of a trial."""
    subtitle = (
        "As the app's own process counts them, workers of its own not included; what waits in the socket of a blocked loop is in none of them · "
        f"means over blocks, exploratory · over the seconds of a trial, grey: between its phases · {conditions(reading)}"
    )
    page = slide(reading, ["What each app says of itself while it is measured"], subtitle)
    rows = -(-(len(PANELS) + 1) // COLUMNS)
    width, height = (WIDTH - LEFT - RIGHT + GAP) / COLUMNS, (page.top - page.bottom) / rows
    line = timeline(reading)
    for number, (name, value) in enumerate(PANELS.items()):
        row, column = divmod(number, COLUMNS)
        left, bottom = LEFT + column * width + TICKS, page.top - (row + 1) * height + BELOW
        box = (
            left / WIDTH,
            bottom / HEIGHT,
            (width - TICKS - GAP) / WIDTH,
            (height - ABOVE - BELOW) / HEIGHT,
        )
        _panel(page.figure.add_axes(box), line, looks(reading.scenario), name, value)
    corner = (
        (LEFT + (COLUMNS - 1) * width + TICKS - 20) / WIDTH,
        (page.top - (rows - 1) * height - ABOVE) / HEIGHT,
    )
    page.figure.legend(
        handles=_legend(reading),
        loc="upper left",
        bbox_to_anchor=corner,
        frameon=False,
        handlelength=2.2,
        labelspacing=0.9,
    )
    return page.figure


def _panel(axes: Axes, line: Timeline, of: Mapping[str, Look], name: str, value: Value) -> None:
    most = 0.0
    for variant, look in of.items():
        levels = line.course(variant, value)
        if not np.isnan(levels).all():
            axes.stairs(
                levels,
                line.edges,
                baseline=None,
                color=look.colour,
                linestyle=look.line,
                linewidth=2.5,
            )
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
    line.shade(axes)


def _legend(reading: Reading) -> list[Line2D]:
    return [
        Line2D([], [], color=look.colour, linestyle=look.line, linewidth=2.5, label=name)
        for name, look in looks(reading.scenario).items()
    ]
