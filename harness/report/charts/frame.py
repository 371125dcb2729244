"""The frame of every chart, laid out in pixels from the top: question, what one sees, conditions; below the chart, where it comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

from harness.judge.caveats import Caveat
from harness.report.charts.style import DPI, FAINT, GREY, HEIGHT, INK, SMALLEST, WIDTH, Look, points
from harness.report.reading import Reading

LEFT, RIGHT, TOP, BOTTOM = 60, 60, 36, 28  # margins
TEXT = 24.0  # pixels
LEADING, ASCENT = (
    1.3,
    0.95,
)  # from line to line, and from the top of a line to where its letters stand, as shares of their size
HANDLE = 120  # pixels: the line before a name in a legend, and the gaps beside it
TITLES = (
    38,
    36,
    34,
    32,
    30,
    28,
)  # pixels: the largest that keeps a sentence and its interval on one line


@dataclass(frozen=True, slots=True)
class Slide:
    """A figure and what is left of it for the chart, in pixels from the bottom."""

    figure: Figure
    bottom: float
    top: float

    def axes(self, left: float, right: float, *, below: float) -> Axes:
        """Add axes between two distances from the left edge, with `below` pixels kept for ticks and label."""
        bottom = self.bottom + below
        return self.figure.add_axes(
            (left / WIDTH, bottom / HEIGHT, (right - left) / WIDTH, (self.top - bottom) / HEIGHT)
        )

    def legend(self, handles: Sequence[Line2D]) -> Slide:
        """Write a legend, in as few rows as there is room for, and give what it leaves of the slide."""
        widths = [measured(str(handle.get_label()), TEXT) + HANDLE for handle in handles]
        columns = next(
            n
            for n in range(len(widths), 0, -1)
            if n == 1 or sum(max(widths[i::n]) for i in range(n)) <= WIDTH - LEFT - RIGHT
        )
        rows = -(-len(widths) // columns)
        across = [
            handles[row * columns + column]
            for column in range(columns)
            for row in range(rows)
            if row * columns + column < len(handles)
        ]
        corner = (50 / WIDTH, (self.top + 14) / HEIGHT)
        self.figure.legend(
            handles=across,
            loc="upper left",
            bbox_to_anchor=corner,
            ncols=columns,
            frameon=False,
            handlelength=2.2,
        )
        return replace(self, top=self.top - (0.75 + 1.65 * rows) * TEXT)


@dataclass(frozen=True, slots=True)
class Label:
    """A variant's words beside the chart: where its mark lies in the axes' own units, its look, a bold line, and plain ones."""

    x: float
    y: float
    look: Look
    name: str
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> float:
        """How much room it takes, in pixels."""
        return (1 + len(self.lines)) * TEXT * LEADING + 14


def slide(reading: Reading, title: Sequence[str], subtitle: str) -> Slide:
    """Lay out the frame around the sentences of the title."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    y = (
        HEIGHT
        - TOP
        - _write(figure, HEIGHT - TOP, [reading.scenario.question.replace("`", "")], TEXT)
        - 8
    )
    y -= _headline(figure, y, title) + 8
    y -= _write(figure, y, [subtitle], TEXT) + 26
    footer = wrapped(origin(reading), TEXT, WIDTH - LEFT - RIGHT)
    height = len(footer) * TEXT * LEADING
    _write(figure, BOTTOM + height, footer, TEXT)
    figure.add_artist(_line([LEFT, WIDTH - RIGHT], [BOTTOM + height + 10] * 2, FAINT))
    if Caveat.SIMULATED in reading.answer.caveats:
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
    return Slide(figure, BOTTOM + height + 24, y)


def origin(reading: Reading) -> str:
    """Say where a chart comes from and what is doubtful about it, in one line."""
    void = (
        () if reading.profile.judged else (why for one in reading.answer.voided for why in one.why)
    )
    doubts = ", ".join(
        dict.fromkeys(
            doubt.name.lower().replace("_", "-") for doubt in (*reading.answer.caveats, *void)
        )
    )
    return f"run {reading.folder} · seed {reading.asked.seed} · commit {reading.asked.commit[:20] or 'unknown'} · doubts: {doubts or 'none known'}"


def conditions(reading: Reading) -> str:
    """Say how hard was looked, and on what."""
    machine = reading.machine.get("machine", {})
    cores = machine.get("cores")
    on = ", ".join(
        part
        for part in (
            str(machine.get("cpu", "")),
            f"{cores} core{'' if cores == 1 else 's'}" if cores else "",
        )
        if part
    )
    blocks = len(reading.blocks)
    return f"profile {reading.asked.profile}, {blocks} block{'' if blocks == 1 else 's'}" + (
        f" · {on}" if on else ""
    )


def wrapped(text: str, pixels: float, width: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width` pixels: between words, and a word that is wider after its signs."""
    lines = [""]
    for word in text.split(" "):
        parts = (
            re.split(r"(?<=[(.,=])", word) if measured(word, pixels, bold=bold) > width else [word]
        )
        for number, part in enumerate(parts):
            longer = f"{lines[-1]}{'' if number else ' '}{part}".strip()
            if lines[-1] and measured(longer, pixels, bold=bold) > width:
                lines.append(part)
            else:
                lines[-1] = longer
    return lines


@cache
def measured(text: str, pixels: float, *, bold: bool = False) -> float:
    """Measure how wide a text comes out, in pixels."""
    font = FontProperties(
        family="DejaVu Sans", weight="bold" if bold else "normal", size=points(pixels)
    )
    renderer = RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]
    return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0])  # type: ignore[no-untyped-call]


def beside(axes: Axes, labels: Sequence[Label], left: float, *, tied: bool = True) -> None:
    """Write labels in a column that starts at `left` pixels, each as near to its mark as the others let it, and tied to it by a thin line."""
    figure = axes.figure
    low, high = (edge * HEIGHT for edge in (axes.get_position().y0, axes.get_position().y1))
    ordered = fitting(sorted(labels, key=lambda label: -label.y), high - low)
    marks = [float(axes.transData.transform((label.x, label.y))[1]) for label in ordered]
    heights = [label.height for label in ordered]
    for label, mark, top, height in zip(
        ordered, marks, spread(marks, heights, low, high), heights, strict=True
    ):
        middle = top - height / 2
        if tied:
            start = float(axes.transData.transform((label.x, label.y))[0]) + 8
            edge = max(start, axes.get_position().x1 * WIDTH + 8)
            level = min(max(mark, low), high)
            figure.add_artist(
                _line([start, edge, left - 44], [level, level, middle], label.look.colour)
            )
        axes.plot(
            [(left - 24) / WIDTH],
            [middle / HEIGHT],
            marker=label.look.marker,
            color=label.look.colour,
            transform=figure.transFigure,
            clip_on=False,
        )
        y = top - 7
        for number, line in enumerate((label.name, *label.lines)):
            weight = "normal" if number else "bold"
            figure.text(
                left / WIDTH,
                y / HEIGHT,
                line,
                fontsize=SMALLEST,
                weight=weight,
                color=GREY if number else INK,
                va="top",
            )
            y -= TEXT * LEADING


def fitting(labels: Sequence[Label], room: float) -> list[Label]:
    """Leave out the last lines, of all labels alike, until they fit below each other."""
    kept = list(labels)
    while sum(label.height for label in kept) > room and (
        most := max(len(label.lines) for label in kept)
    ):
        kept = [replace(label, lines=label.lines[: most - 1]) for label in kept]
    return kept


def spread(
    marks: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Find the top of each label, given their marks from the top down: centred on the mark, pushed apart, kept within the bounds."""
    tops: list[float] = []
    for mark, height in zip(marks, heights, strict=True):
        below = tops[-1] - heights[len(tops) - 1] if tops else high
        tops.append(min(mark + height / 2, below))
    floor = low
    for i in reversed(range(len(tops))):
        tops[i] = max(tops[i], floor + heights[i])
        floor = tops[i]
    return tops


def _headline(figure: Figure, y: float, sentences: Sequence[str]) -> float:
    """Write sentences boldly and their intervals plainly, and return how much height they took."""
    gap, width = 14, WIDTH - LEFT - RIGHT
    parts = [
        (said, f"({rest}" if rest else "")
        for said, _, rest in (sentence.partition(" (") for sentence in sentences)
    ]

    def fits(pixels: float) -> bool:
        return all(
            measured(said, pixels, bold=True) + gap + measured(rest, TEXT) <= width
            for said, rest in parts
        )

    size = next((pixels for pixels in TITLES if fits(pixels)), TITLES[-1])
    start = y
    for said, rest in parts:
        lines = wrapped(said, size, width, bold=True)
        end = LEFT + measured(lines[-1], size, bold=True) + gap
        y -= _write(figure, y, lines, size, bold=True)
        if rest and end + measured(rest, TEXT) <= WIDTH - RIGHT:
            figure.text(
                end / WIDTH,
                (y + size * (LEADING - ASCENT)) / HEIGHT,
                rest,
                fontsize=SMALLEST,
                color=GREY,
                va="baseline",
            )
        elif rest:
            y -= _write(figure, y, [rest], TEXT)
    return start - y


def _write(
    figure: Figure, y: float, texts: Sequence[str], pixels: float, *, bold: bool = False
) -> float:
    """Write lines downwards from `y` and return how much height they took."""
    lines = [
        line for text in texts for line in wrapped(text, pixels, WIDTH - LEFT - RIGHT, bold=bold)
    ]
    for number, line in enumerate(lines):
        base = y - pixels * (number * LEADING + ASCENT)
        figure.text(
            LEFT / WIDTH,
            base / HEIGHT,
            line,
            fontsize=points(pixels),
            color=INK if bold else GREY,
            weight="bold" if bold else "normal",
            va="baseline",
        )
    return len(lines) * pixels * LEADING


def _line(xs: Sequence[float], ys: Sequence[float], colour: str) -> Line2D:
    return Line2D([x / WIDTH for x in xs], [y / HEIGHT for y in ys], color=colour, linewidth=1.5)
