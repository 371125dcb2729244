"""The map for where the page is not: the page's own picture, on any ground, as a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from harness.report.captions import origin
from harness.report.charts.sheet import Line, lines, sheet, write
from harness.report.charts.theme import FAINT, GREY, INK, PAPER, TEXT, points
from harness.report.language import say
from harness.report.map_figure import MapFigure
from harness.report.map_picture import (
    BOTTOM,
    CLOSE_TO,
    HEIGHT,
    LEFT,
    LEVELS,
    RIGHT,
    TOP,
    WIDTH,
    Mark,
    Picture,
)

SCALE, EDGE = 2, 40  # times the page's pixels; pixels
LARGE, SMALL = 34.0, 22.0
# theme.py has the colours for the dark.
NOTHING, MISS = "#f1f1ee", "#b00020"
FILLS = {
    "cost": ("#fdebdc", "#fbd3b4", "#f7b585", "#f19a5e", "#e98146"),
    "bring": ("#dcebf6", "#b5d6ed", "#86bbe0", "#5a9fd0", "#3b88c0"),
}
WORDS = {"cost": "#8a3d00", "bring": "#00497a", "nothing": GREY, "line": INK}
DASHES: dict[str, Any] = {"busy": "-", "threads": (0, (4, 2)), "hop": (0, (1, 1))}
HALO: dict[str, Any] = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.78, "pad": 1.5}


def plot(found: MapFigure) -> Figure:
    """Draw the map, its legend and where it comes from."""
    picture, width = Picture(found.map), SCALE * WIDTH - 2 * EDGE
    texts = found.caption.subtitle, origin(*found.map.runs)
    foot = [line for text in texts for line in lines(text, width, SMALL, GREY)]
    y, legend = SCALE * HEIGHT + TEXT, Line("").height
    height = y + 2 * legend + sum(one.height for one in foot) + 2 * EDGE
    figure, axes = sheet(SCALE * WIDTH, height)
    _areas(axes, picture)
    _scales(axes, picture)
    for kind, path in picture.lines:
        dashes = DASHES[kind]
        axes.plot(*_across(path), color=INK, linewidth=points(5), linestyle=dashes, zorder=20)
    for words in picture.words:
        size = TEXT if words.kind == "line" else LARGE
        for number, text in enumerate(words.says):
            line = Line(text, size, WORDS[words.kind], bold=True)
            middle = SCALE * words.y + (number - len(words.says) / 2) * line.height
            write(axes, SCALE * words.x, middle, line, "center").set(bbox=HALO, zorder=21)
    for mark in picture.marks:
        _mark(axes, mark)
    for fed, text in ((True, say("map.fed")), (False, say("map.held", close=CLOSE_TO))):
        _point(axes, EDGE + TEXT / 2, y + legend / 2, fed=fed)
        write(axes, EDGE + 2 * TEXT, y, Line(text, SMALL))
        y += legend
    for line in foot:
        y += line.height
        write(axes, EDGE, y, line)
    return figure


def _areas(axes: Axes, picture: Picture) -> None:
    """Fill what blocking costs and awaiting brings; write beside it what the edges stand for."""
    ground = (SCALE * LEFT, SCALE * TOP), SCALE * (RIGHT - LEFT), SCALE * (BOTTOM - TOP)
    axes.add_patch(Rectangle(*ground, facecolor=NOTHING, edgecolor="none", zorder=1))
    for order, area in enumerate(picture.areas, 2):
        fill = FILLS[area.kind][LEVELS.index(area.level)]
        axes.fill(*_across(area.closed), color=fill, linewidth=0, zorder=order)
        if not area.least:
            ink = WORDS[area.kind]
            axes.plot(*_across(area.path), color=ink, linewidth=points(2), zorder=order)
    for y, text, kind in picture.labels:
        line = Line(text, SMALL, WORDS[kind], bold=True)
        write(axes, SCALE * (RIGHT + 8), SCALE * y - line.height / 2, line)


def _scales(axes: Axes, picture: Picture) -> None:
    """Write what lies across and up, and mark where."""
    across, up = picture.ticks
    for x, text in across:
        ends = [SCALE * BOTTOM, SCALE * BOTTOM + 8]
        axes.plot([SCALE * x] * 2, ends, color=FAINT, linewidth=points(2))
        write(axes, SCALE * x, SCALE * (BOTTOM + 6), Line(text, SMALL, GREY), "center")
    for y, text in up:
        axes.plot([SCALE * LEFT - 8, SCALE * LEFT], [SCALE * y] * 2, color=FAINT)
        line = Line(text, SMALL, GREY)
        write(axes, SCALE * (LEFT - 8), SCALE * y - line.height / 2, line, "right")
    middle = SCALE * (LEFT + RIGHT) / 2
    below = Line(say("map.axis.wait"), SMALL, GREY)
    write(axes, middle, SCALE * (BOTTOM + 26), below, "center")
    write(axes, EDGE, SCALE * TOP - 2 * SMALL, Line(say("map.axis.clients"), SMALL, GREY))


def _mark(axes: Axes, mark: Mark) -> None:
    """Draw a cell with its two comparisons, and a cross beside what the theory missed."""
    x, y = SCALE * mark.x, SCALE * mark.y
    _point(axes, x, y, fed=mark.fed)
    for number, (kind, text, missed) in enumerate(mark.numbers):
        ink = MISS if missed else WORDS[kind]
        line = Line(f"{text}{' ✗' * missed}", TEXT, ink, bold=True)
        top = y + (number - 1) * line.height
        write(axes, x + TEXT, top, line).set(bbox=HALO, zorder=22)


def _point(axes: Axes, x: float, y: float, *, fed: bool) -> None:
    face: dict[str, Any] = {"markerfacecolor": INK if fed else PAPER, "markeredgecolor": INK}
    size: dict[str, Any] = {"markersize": points(18), "markeredgewidth": points(4)}
    axes.plot([x], [y], "o", **face, **size, zorder=23)


def _across(path: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return the points of a path as the chart's pixels across, and down."""
    found = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)
    return [SCALE * float(x) for x, _ in found], [SCALE * float(y) for _, y in found]
