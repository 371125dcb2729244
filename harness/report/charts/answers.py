"""The forest for where the page is not: a tall chart on any ground, for README and slides.

It is laid out in pixels from the top.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.report.answers import COLLAPSE, MIDDLE, Answers, Row
from harness.report.charts.frame import LEADING
from harness.report.charts.sheet import Line, lines, sheet, write
from harness.report.charts.theme import FAINT, GREY, TEXT, points
from harness.report.language import say

WIDTH, EDGE = 1600, 40  # pixels
TRACK, NUMBERS = (860, 1270), 1310  # the axis from end to end, and where the ratios begin
LARGE, SMALL, GAP = 28.0, 22.0, 14.0
WORDS = TRACK[0] - 2 * EDGE - GAP  # how wide the words of a row may be
# Colours of words and marks; theme.py has those for the dark.
COLOURS = {"better": "#00694d", "worse": "#8f1d5c", "grey": "#666666"}
MARKS = {"better": "o", "worse": "D", "grey": "o"}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below each other; beside them the bar of a row, or the words of the axis."""

    text: list[Line] = field(default_factory=list)
    row: Row | None = None
    axis: bool = False

    @property
    def height(self) -> float:
        """Its height in pixels, with the gap to the next one."""
        least = 2 * LEADING * TEXT if self.row or self.axis else 0
        return GAP + max(sum(one.height for one in self.text), least)


def plot(found: Answers) -> Figure:
    """Draw the forest, as high as its rows need."""
    blocks = list(_blocks(found))
    figure, axes = sheet(WIDTH, 2 * EDGE + sum(one.height for one in blocks))
    y: float = EDGE
    for one in blocks:
        _draw(axes, y, one, found)
        y += one.height
    return figure


def _blocks(found: Answers) -> Iterator[Block]:
    whole = WIDTH - 2 * EDGE
    yield Block(axis=True)
    for group in found.groups:
        yield Block(lines(group.heading, whole, LARGE, bold=True))
        yield from (Block(_words(row), row=row) for row in group.rows)
    yield Block(axis=True)
    if found.missing:
        yield Block(lines(say("forest.missing"), whole, LARGE, bold=True))
    for one in found.missing:
        yield Block(lines(f"{one.name}: {one.why}", whole, SMALL, GREY))
    for text in (" · ".join(found.legend), found.origin):
        yield Block(lines(text, whole, SMALL, GREY))


def _words(row: Row) -> list[Line]:
    """Return what is compared, then by what, and from which level to which."""
    words = f"{row.words} {say('forest.at', point=row.at)}" if row.at else row.words
    levels = f" {row.before} → {row.after}" if row.before and row.after else ""
    small = lines(f"{row.metric}{levels}{row.stand_in}", WORDS, SMALL, GREY)
    return [*lines(words, WORDS), *small]


def _draw(axes: Axes, y: float, block: Block, found: Answers) -> None:
    """Draw a block whose top is at `y`."""
    down = y
    for line in block.text:
        write(axes, EDGE, down, line)
        down += line.height
    if block.axis:
        _axis(axes, y, found)
    if block.row:
        _grid(axes, y, block.height, found)
        middle = y + (block.height - GAP) / 2
        _bar(axes, middle, block.row)
        _numbers(axes, middle, block.row)


def _axis(axes: Axes, y: float, found: Answers) -> None:
    """Write which side is better, and below it what the lines stand for."""
    for says, aside, ha, name in (
        (f"← {say('forest.worse')}", -GAP, "right", "worse"),
        (f"{say('forest.better')} →", GAP, "left", "better"),
    ):
        write(axes, _x(MIDDLE) + aside, y, Line(says, TEXT, COLOURS[name], bold=True), ha)
    for tick in found.ticks:
        line = Line(tick.label, SMALL, GREY)
        write(axes, _x(tick.share), y + LEADING * TEXT, line, "center")


def _grid(axes: Axes, y: float, height: float, found: Answers) -> None:
    """Draw the lines of the axis beside a row."""
    for tick in found.ticks:
        one = tick.share == MIDDLE
        colour, width = (GREY, points(3)) if one else (FAINT, points(1.5))
        ends = [y - GAP / 2, y + height - GAP / 2]
        axes.plot([_x(tick.share)] * 2, ends, color=colour, linewidth=width, zorder=int(one))


def _bar(axes: Axes, y: float, row: Row) -> None:
    """Draw the interval, the estimate, and what lies beyond the axis."""
    gone = row.verdict == COLLAPSE
    kind = row.side if gone else row.verdict
    colour = COLOURS[kind]
    bar: dict[str, Any] = {"linewidth": points(7), "solid_capstyle": "butt", "zorder": 2}
    dashes: Any = (0, (0.6, 0.9)) if gone else "-"
    axes.plot([_x(row.low), _x(row.high)], [y, y], color=colour, linestyle=dashes, **bar)
    marks: dict[str, Any] = {"color": colour, "linestyle": "", "markersize": points(15)}
    marks["zorder"] = 3
    if gone:
        right = row.side == "better"
        edge = _x(float(right))
        axes.plot([edge, edge + (-GAP if right else GAP)], [y, y], marker="<>"[right], **marks)
        return
    if 0 < row.estimate < 1:
        hollow: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": points(4)}
        face = hollow if kind == "grey" else {}
        axes.plot([_x(row.estimate)], [y], marker=MARKS[kind], **marks, **face)
    for share, beyond, marker in ((0.0, row.below, "<"), (1.0, row.above, ">")):
        if beyond:
            axes.plot([_x(share)], [y], marker=marker, **marks)


def _numbers(axes: Axes, y: float, row: Row) -> None:
    """Write the ratio and its interval."""
    colour = COLOURS[row.side if row.verdict == COLLAPSE else row.verdict]
    ratio = Line(row.ratio, TEXT, colour, bold=True)
    top = y - (ratio.height + (LEADING * SMALL if row.interval else 0)) / 2
    write(axes, NUMBERS, top, ratio)
    write(axes, NUMBERS, top + ratio.height, Line(row.interval, SMALL, GREY))


def _x(share: float) -> float:
    """Return a share of the axis in pixels from the left."""
    return TRACK[0] + share * (TRACK[1] - TRACK[0])
