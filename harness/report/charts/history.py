"""The history as a chart: each ratio from commit to commit with its interval, and what it was between its changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.judge.history import Change, Point, changes, series
from harness.report.charts import style
from harness.report.charts.style import DPI, FAINT, GREY, INK, LOOKS, WIDTH

TALL, ACROSS = 330, 3  # pixels of one small chart, and how many stand in a row
SMALL = 13.0  # points: many charts on one page are read, not shown


def draw(points: Sequence[Point], stem: Path) -> Path:
    """Draw every ratio into one figure, as SVG and PNG; gives the SVG's path."""
    found = series(points)
    with style.drawing():
        rows = -(-len(found) // ACROSS)
        figure = Figure(figsize=(WIDTH / DPI, rows * TALL / DPI + 0.6), layout="constrained")
        figure.suptitle(
            f"How many times better than the reference variant of the same job, {len(points)} runs",
            x=0.01,
            ha="left",
            fontsize=1.4 * SMALL,
        )
        for number, (name, of) in enumerate(found.items(), 1):
            axes = figure.add_subplot(rows, ACROSS, number)
            levels = [one.ratios[name] for one in of]
            middle = [estimate for _, estimate, _ in levels]
            errors = [
                [estimate - low for low, estimate, _ in levels],
                [high - estimate for _, estimate, high in levels],
            ]
            look = LOOKS["awaits"]
            axes.errorbar(
                range(len(of)),
                middle,
                yerr=errors,
                color=look.colour,
                ecolor=FAINT,
                marker=look.marker,
                markersize=5,
                linewidth=1,
                elinewidth=2,
            )
            for change in (parts := changes(middle)):
                axes.axvline(change.at - 0.5, color=INK, linewidth=1.5, linestyle=":")
                said, place = (
                    f"{change.share:+.1%} at {of[change.at].commit}",
                    ("data", "axes fraction"),
                )
                axes.annotate(
                    said,
                    (change.at - 0.5, 1),
                    (4, -2),
                    xycoords=place,
                    textcoords="offset points",
                    va="top",
                    fontsize=SMALL,
                )
            _plateaus(axes, middle, parts)
            axes.set_title(name, loc="left", fontsize=SMALL, weight="bold")
            axes.set_ylim(0, 1.25 * max(high for *_, high in levels))
            axes.set_xlim(-0.5, max(4, len(of)) - 0.5)  # a short history leaves room for what comes
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.tick_params(labelsize=SMALL, color=GREY)
        figure.supxlabel("runs, the newest at the right", fontsize=SMALL)
        style.save(figure, stem)
    return stem.with_suffix(".svg")


def _plateaus(axes: Axes, middle: Sequence[float], parts: Sequence[Change]) -> None:
    """Draw what it was on average between its changes."""
    edges = [0, *(change.at for change in parts), len(middle)]
    levels = [parts[0].before, *(change.after for change in parts)] if parts else []
    for begin, end, value in zip(edges, edges[1:], levels, strict=False):
        axes.hlines(value, begin - 0.5, end - 0.5, color=INK, linewidth=2)
