"""The frame of every chart: question, what one sees, conditions; below it, where it comes from.

It is laid out in pixels from the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.captions import Caption, origin
from harness.report.charts.text import measured, wrapped
from harness.report.charts.theme import DPI, FAINT, GREY, HEIGHT, INK, SMALLEST, TEXT, WIDTH, points
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence
from harness.report.timeline import Timeline

LEFT, RIGHT, TOP, BOTTOM = 60, 60, 36, 28  # margins
# From line to line, and from the top of a line to its base, as shares of the letters' size.
LEADING, ASCENT = 1.3, 0.95
HANDLE = 120  # pixels: the line before a name in a legend, and the gaps beside it
WIDER = 1.015  # as browsers draw letters, which they space without regard to pixels
# Sizes of a title in pixels: the largest that keeps a sentence and its interval on one line.
TITLES = (38, 36, 34, 32, 30, 28)


@dataclass(frozen=True, slots=True)
class Frame:
    """A figure and what is left of it for the chart, in pixels from the bottom."""

    figure: Figure
    bottom: float
    top: float

    def axes(self, left: float, right: float, *, below: float) -> Axes:
        """Add axes between two distances from the left edge.

        `below` pixels are kept for ticks and label.
        """
        bottom = self.bottom + below
        box = left, bottom, right - left, self.top - bottom
        return self.figure.add_axes(shares(*box))

    def legend(self, handles: Sequence[Line2D]) -> Frame:
        """Write a legend in as few rows as possible, and return what it leaves of the frame."""
        widths = [measured(str(handle.get_label()), TEXT) + HANDLE for handle in handles]
        columns = len(widths)
        while columns > 1 and _across(widths, columns) > WIDTH - LEFT - RIGHT:
            columns -= 1
        rows = -(-len(widths) // columns)
        # matplotlib fills columns first; names are read row by row.
        across = [handle for column in range(columns) for handle in handles[column::columns]]
        self.figure.legend(
            handles=across,
            loc="upper left",
            bbox_to_anchor=(50 / WIDTH, (self.top + 14) / HEIGHT),
            ncols=columns,
            frameon=False,
            handlelength=2.2,
        )
        return replace(self, top=self.top - (0.75 + 1.65 * rows) * TEXT)


def frame(run: ScenarioRun, caption: Caption, *others: ScenarioRun, question: str = "") -> Frame:
    """Return a new figure with everything but the chart itself.

    `others` are what it shows besides, and then the `question` is one of them all.
    """
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    y: float = HEIGHT - TOP
    y -= _write(figure, y, [(question or run.scenario.question).replace("`", "")], TEXT) + 8
    y -= _headline(figure, y, caption.title) + 8
    y -= _write(figure, y, [caption.subtitle], TEXT) + 26
    footer = wrapped(origin(run, *others), TEXT, WIDTH - LEFT - RIGHT)
    height = len(footer) * TEXT * LEADING
    _write(figure, BOTTOM + height, footer, TEXT)
    figure.add_artist(line([LEFT, WIDTH - RIGHT], [BOTTOM + height + 10] * 2, FAINT))
    if run.simulated:
        _watermark(figure)
    return Frame(figure, BOTTOM + height + 24, y)


def line(xs: Sequence[float], ys: Sequence[float], colour: str) -> Line2D:
    """Return a line through points in pixels from the lower left corner."""
    return Line2D([x / WIDTH for x in xs], [y / HEIGHT for y in ys], color=colour, linewidth=1.5)


def shade(axes: Axes, of: Timeline) -> None:
    """Draw the pauses between phases in grey."""
    for ends in of.pauses:
        axes.axvspan(*ends, color=FAINT, alpha=0.5, linewidth=0, zorder=0)


def shares(
    left: float, bottom: float, width: float, height: float
) -> tuple[float, float, float, float]:
    """Return a box, given in pixels, in shares of the figure."""
    return left / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT


def _across(widths: Sequence[float], columns: int) -> float:
    return sum(max(widths[column::columns]) for column in range(columns))


def _headline(figure: Figure, y: float, sentences: Sequence[Sentence]) -> float:
    """Write sentences in bold and what they rest on plainly; return how high they are."""
    gap, width, start = 14, WIDTH - LEFT - RIGHT, y
    parts = [(one.says, f"({one.basis})" if one.basis else "") for one in sentences]

    def fits(pixels: float) -> bool:
        return all(
            WIDER * measured(says, pixels, bold=True) + gap + measured(basis, TEXT) <= width
            for says, basis in parts
        )

    size = next((pixels for pixels in TITLES if fits(pixels)), TITLES[-1])
    for says, basis in parts:
        lines = wrapped(says, size, width, bold=True)
        end = LEFT + WIDER * measured(lines[-1], size, bold=True) + gap
        y -= _write(figure, y, lines, size, bold=True)
        if basis and end + measured(basis, TEXT) <= WIDTH - RIGHT:
            base = (y + size * (LEADING - ASCENT)) / HEIGHT
            figure.text(end / WIDTH, base, basis, fontsize=SMALLEST, color=GREY, va="baseline")
        elif basis:
            y -= _write(figure, y, [basis], TEXT)
    return start - y


def _write(
    figure: Figure, y: float, texts: Sequence[str], pixels: float, *, bold: bool = False
) -> float:
    """Write lines downwards from `y`; return how high they are."""
    width = WIDTH - LEFT - RIGHT
    lines = [row for text in texts for row in wrapped(text, pixels, width, bold=bold)]
    for number, row in enumerate(lines):
        figure.text(
            LEFT / WIDTH,
            (y - pixels * (number * LEADING + ASCENT)) / HEIGHT,
            row,
            fontsize=points(pixels),
            color=INK if bold else GREY,
            weight="bold" if bold else "normal",
            va="baseline",
        )
    return len(lines) * pixels * LEADING


def _watermark(figure: Figure) -> None:
    figure.text(
        0.5,
        0.45,
        "SIMULATED",
        fontsize=points(250),
        color="#efefef",
        weight="bold",
        ha="center",
        va="center",
        rotation=24,
        zorder=-10,
    )
