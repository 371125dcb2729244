"""The column of labels beside a chart: a name and figures for each variant, near its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness.report.charts.frame import LEADING, line
from harness.report.charts.theme import GREY, HEIGHT, INK, SMALLEST, TEXT, WIDTH
from harness.report.styles import Style


@dataclass(frozen=True, slots=True)
class Label:
    """A bold name and plain lines; `x` and `y` are its mark in the axes' own units."""

    x: float
    y: float
    style: Style
    name: str
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """How high it is, in pixels."""
        return (1 + len(self.lines)) * TEXT * LEADING + 14


def write_labels(axes: Axes, labels: Sequence[Label], left: float, *, tied: bool = True) -> None:
    """Write labels in a column that begins `left` pixels from the left edge.

    Each is as near to its mark as the others allow, and `tied` to it by a thin line.
    """
    box = axes.get_position()
    low, high = box.y0 * HEIGHT, box.y1 * HEIGHT
    ordered = fitting(sorted(labels, key=lambda label: -label.y), high - low)
    marks = [float(axes.transData.transform((label.x, label.y))[1]) for label in ordered]
    tops = spread(marks, [label.height for label in ordered], low, high)
    for label, mark, top in zip(ordered, marks, tops, strict=True):
        middle = top - label.height / 2
        if tied:
            start = float(axes.transData.transform((label.x, label.y))[0]) + 8
            edge, level = max(start, box.x1 * WIDTH + 8), min(max(mark, low), high)
            ys = [level, level, middle]
            axes.figure.add_artist(line([start, edge, left - 44], ys, label.style.colour))
        _write(axes, label, left, top)


def fitting(labels: Sequence[Label], room: float) -> list[Label]:
    """Leave out the last lines, of all labels alike, until they fit below each other."""
    kept = list(labels)
    most = max((len(label.lines) for label in kept), default=0)
    while most and sum(label.height for label in kept) > room:
        most -= 1
        kept = [replace(label, lines=label.lines[:most]) for label in kept]
    return kept


def spread(
    marks: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Return the top of each label, given their marks from the top down.

    Each is centred on its mark, then pushed away from the others, and kept within the bounds.
    """
    tops: list[float] = []
    for mark, height in zip(marks, heights, strict=True):
        below = tops[-1] - heights[len(tops) - 1] if tops else high
        tops.append(min(mark + height / 2, below))
    floor = low
    for i in reversed(range(len(tops))):
        tops[i] = max(tops[i], floor + heights[i])
        floor = tops[i]
    return tops


def _write(axes: Axes, label: Label, left: float, top: float) -> None:
    figure = axes.figure
    x, y = (left - 24) / WIDTH, (top - label.height / 2) / HEIGHT
    mark = Line2D([x], [y], linestyle="", marker=label.style.marker, color=label.style.colour)
    figure.add_artist(mark)
    for number, text in enumerate((label.name, *label.lines)):
        y = top - 7 - number * TEXT * LEADING
        figure.text(
            left / WIDTH,
            y / HEIGHT,
            text,
            fontsize=SMALLEST,
            weight="normal" if number else "bold",
            color=GREY if number else INK,
            va="top",
        )
