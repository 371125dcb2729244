"""The history as a chart: each ratio from commit to commit, and its level between changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.judge.history import ChangePoint, Point, change_points, series
from harness.report import wording
from harness.report.charts import theme
from harness.report.charts.theme import DPI, FAINT, GREY, INK, WIDTH
from harness.report.styles import STYLES

TALL, ACROSS = 330, 3  # pixels of one small chart, and how many stand in a row
SMALL = 13.0  # points: many charts on one page are read, not shown
ROOM = 2  # points: a history of one leaves room for the next


def draw(points: Sequence[Point], stem: Path) -> Path:
    """Draw every ratio into one figure, as SVG and PNG; return the SVG's path."""
    found = series(points)
    with theme.drawing():
        rows = -(-len(found) // ACROSS)
        size = WIDTH / DPI, rows * TALL / DPI + 0.6
        figure = Figure(figsize=size, layout="constrained")
        runs = wording.count(len(points), "run")
        title = f"How many times better than the reference variant of the same job, {runs}"
        figure.suptitle(title, x=0.01, ha="left", fontsize=1.4 * SMALL)
        for number, (name, of) in enumerate(found.items(), 1):
            _panel(figure.add_subplot(rows, ACROSS, number), name, of)
        figure.supxlabel("runs in the order of their commits", fontsize=SMALL)
        theme.save(figure, stem, png=True)
    return stem.with_suffix(".svg")


def _panel(axes: Axes, name: str, of: Sequence[Point]) -> None:
    levels = [one.ratios[name] for one in of]
    middle = [estimate for _, estimate, _ in levels]
    below = [estimate - low for low, estimate, _ in levels]
    above = [high - estimate for _, estimate, high in levels]
    style = STYLES["awaits"]
    axes.errorbar(
        range(len(of)),
        middle,
        yerr=[below, above],
        color=style.colour,
        ecolor=FAINT,
        marker=style.marker,
        markersize=5,
        linewidth=1,
        elinewidth=2,
    )
    changes = change_points(middle)
    for change in changes:
        _change(axes, change, of[change.at].commit)
    _plateaus(axes, middle, changes)
    axes.set_title(name, loc="left", fontsize=SMALL, weight="bold")
    axes.set_ylim(0, 1.25 * max(high for *_, high in levels))
    axes.set_xlim(-0.5, max(ROOM, len(of)) - 0.5)
    _name_commits(axes, [one.commit for one in of])
    axes.tick_params(labelsize=SMALL, color=GREY)


def _name_commits(axes: Axes, commits: Sequence[str]) -> None:
    """Name the first commit and the newest, at the ends of the axis; the changes have theirs."""
    ends = [0, len(commits) - 1][: len(commits)]
    axes.set_xticks(ends, [commits[one] for one in ends])
    first, *newest = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    for label in newest:
        label.set_horizontalalignment("right")


def _change(axes: Axes, change: ChangePoint, commit: str) -> None:
    axes.axvline(change.at - 0.5, color=INK, linewidth=1.5, linestyle=":")
    axes.annotate(
        f"{change.share:+.1%} at {commit}",
        (change.at - 0.5, 1),
        (4, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        fontsize=SMALL,
    )


def _plateaus(axes: Axes, middle: Sequence[float], changes: Sequence[ChangePoint]) -> None:
    """Draw the mean level between the changes."""
    edges = [0, *(change.at for change in changes), len(middle)]
    levels = [changes[0].before, *(change.after for change in changes)] if changes else []
    for begin, end, value in zip(edges, edges[1:], levels, strict=False):
        axes.hlines(value, begin - 0.5, end - 0.5, color=INK, linewidth=2)
