"""A sheet of any height for charts that stand alone: in pixels from the top, on any ground."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.report.charts.frame import ASCENT, LEADING
from harness.report.charts.text import wrapped
from harness.report.charts.theme import DPI, INK, TEXT, points


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `pixels` is its size."""

    text: str
    pixels: float = TEXT
    colour: str = INK
    bold: bool = False

    @property
    def height(self) -> float:
        """How far the next line is below it."""
        return LEADING * self.pixels


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of so many pixels, and axes over all of it that count them from the top."""
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure, axes


def lines(
    text: str, width: float, pixels: float = TEXT, colour: str = INK, *, bold: bool = False
) -> list[Line]:
    """Break a text into lines no wider than `width`, without the marks of code."""
    broken = wrapped(text.replace("`", ""), pixels, width, bold=bold)
    return [Line(one, pixels, colour, bold) for one in broken if one]


def write(axes: Axes, x: float, top: float, line: Line, ha: str = "left") -> Text:
    """Write a line whose top is there; `ha` says which of its ends is at `x`."""
    return axes.text(
        x,
        top + ASCENT * line.pixels,
        line.text,
        color=line.colour,
        fontsize=points(line.pixels),
        weight="bold" if line.bold else "normal",
        ha=ha,
        va="baseline",
    )
