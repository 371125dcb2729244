"""What a figure shows: its letters and where they lie, its bars, its lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from harness.report.charts import CHARTS, theme
from harness.report.document import Section

TOUCH = 3  # pixels that the boxes of two letters may share: they are a little larger than the ink


def figure(section: Section, chart: str) -> Figure:
    """Draw one chart of a section."""
    (caption,) = [one for one in section.charts if one.chart == chart]
    with theme.drawing():
        return CHARTS[chart](section.run, caption)


def charts(section: Section) -> list[str]:
    """Return the names of a section's charts."""
    return [one.chart for one in section.charts]


def written(drawn: Figure) -> list[Text]:
    """Return the letters of a figure, without its watermark and without ticks beyond its axes."""
    with theme.drawing():
        drawn.canvas.draw()
    beyond = set()
    for axis in (axis for axes in drawn.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        ticks = axis.get_major_ticks()
        beyond |= {id(tick.label1) for tick in ticks if not low <= tick.get_loc() <= high}
    found = [one for one in drawn.findobj(Text) if isinstance(one, Text)]
    shown = [one for one in found if one.get_visible() and one.get_text().strip()]
    return [one for one in shown if one.get_text() != "SIMULATED" and id(one) not in beyond]


def text(drawn: Figure) -> str:
    """Return all letters of a figure."""
    return " ".join(one.get_text() for one in written(drawn))


def require_readable(drawn: Figure) -> None:
    """Fail where letters are too small, leave the figure, or cover each other."""
    found = written(drawn)
    smallest = min(float(one.get_fontsize()) * theme.DPI / 72 for one in found)
    assert smallest >= 24 - 1e-9
    with theme.drawing():
        boxes = [(one.get_text(), one.get_window_extent()) for one in found]
    for number, (said, box) in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= theme.WIDTH, said
        assert 0 <= box.y0 <= box.y1 <= theme.HEIGHT, said
        for other, beside in boxes[number + 1 :]:
            shared = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            apart = box.x1 <= beside.x0 or beside.x1 <= box.x0 or shared <= TOUCH
            assert apart, (said, other)


def bars(axes: Axes) -> list[float]:
    """Return how long the bars are, from the top down, each once."""
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [patch.get_width() for patch in patches[::2]]  # a hatch, then an outline


def intervals(axes: Axes) -> list[tuple[float, float]]:
    """Return the ends of the horizontal intervals, from the top down."""
    found = [one for one in axes.containers if isinstance(one, ErrorbarContainer)]
    segments = (one.lines[2][0].get_segments()[0] for one in found)
    return [(float(ends[0][0]), float(ends[1][0])) for ends in segments]


def lines(axes: Axes, points: int | None = None) -> list[NDArray[np.float64]]:
    """Return the points of every line, or of those with so many."""
    found = [np.asarray(line.get_xydata(), float) for line in axes.lines]
    return [one for one in found if points is None or len(one) == points]


def marked(axes: Axes, of: Sequence[float]) -> bool:
    """Return whether some line has exactly these horizontal places."""
    return any(sorted(one[:, 0]) == sorted(of) for one in lines(axes, len(of)))
