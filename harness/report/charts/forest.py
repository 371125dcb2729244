"""Forest plots: a panel per point, a row per comparison, its ratio and interval on a log axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from harness.judge.answer import Contrast
from harness.judge.interval import Interval, Verdict
from harness.model.reading import Bound
from harness.report.charts.frame import LEADING, RIGHT, Frame, frame
from harness.report.charts.frame import LEFT as EDGE
from harness.report.charts.text import measured, wrapped
from harness.report.charts.theme import (
    FAINT,
    GREY,
    HEIGHT,
    INK,
    SMALLEST,
    STYLES,
    TEXT,
    WIDTH,
    Style,
)
from harness.report.forest import Forest, Row
from harness.report.wording import between, times

COLUMN, NARROWER = 720, 540  # pixels from the left, where the panels begin at most
FEW = 6  # rows that are tall enough for labels of several lines
GAP = 14  # pixels between a text and what is beside it
LINE = TEXT * LEADING
TICKS, ROOM = 100, 14  # pixels below the axes, and between two ticks
ROOMY, TALLEST = 3 * LINE, 8 * LINE  # rows: with room for an interval in words, and at most
NEAREST = 1.25  # times 1: how far the axis reaches at least
WIDE, NARROW = (1, 2, 5), (1, 1.1, 1.2, 1.5, 2, 3, 5, 6, 7, 8, 9)  # ticks per power of ten
BETTER, WORSE = STYLES["awaits"], STYLES["holds the loop"]
NOTHING = replace(STYLES["spare"], colour="#737373", marker="d")


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of the chart in pixels from the bottom: a head where `row` is None."""

    middle: float
    height: float
    head: str = ""
    row: Row | None = None


def plot(forest: Forest) -> Figure:
    """Draw a forest plot."""
    first, *others = forest.runs
    page = frame(first, forest.caption, *others, question=forest.question)
    numbers = 2 * GAP + max(measured(_written(one), TEXT, bold=True) for one in _found(forest))
    most = COLUMN if len(forest.rows) > FEW else NARROWER
    column = min(most, EDGE + 2 * GAP + max(map(_width, forest.rows)))
    width = (WIDTH - RIGHT - column) / len(forest.panels)
    titles = [wrapped(panel, TEXT, width - GAP, bold=True) for panel in forest.panels]
    page = replace(page, top=page.top - max(map(len, titles)) * LINE - GAP)
    slots = list(_slots(page, forest))
    page = replace(page, bottom=slots[-1].middle - slots[-1].height / 2 - TICKS)
    low, high = _limits([one.gain for one in _found(forest) if one and one.gain], forest.reach)
    for number, title in enumerate(titles):
        left = column + number * width
        axes = page.axes(left, left + width - numbers, below=TICKS)
        axes.set(xlim=(low, high), xscale="log", yticks=[], ylim=(page.bottom + TICKS, page.top))
        _text(page, left, page.top + GAP + LINE * len(title), "\n".join(title), bold=True)
        _ground(axes, width - numbers, [one for one in slots if one.row and one.row.found[number]])
        for slot in slots:
            if slot.row:
                contrast = slot.row.found[number]
                _mark(axes, slot.middle, contrast)
                _number(page, left + width - GAP, slot, contrast)
    for slot in slots:
        _label(page, slot, column)
    return page.figure


def _found(forest: Forest) -> list[Contrast | None]:
    return [one for row in forest.rows for one in row.found]


def _width(row: Row) -> float:
    """Return how wide the label of a row is on one line."""
    return _beside(row) + measured(row.does, TEXT)


def _beside(row: Row) -> float:
    return measured(f"{row.name} ", TEXT, bold=True) + GAP


def _slots(page: Frame, forest: Forest) -> Iterator[Slot]:
    """Yield the rows from the top down: a head takes the lines that it needs, rows the rest."""
    heads = [_head(group.head) for group in forest.groups]
    room = page.top - page.bottom - TICKS - sum(len(head) * LINE + GAP for head in heads)
    height, y = min(room / len(forest.rows), TALLEST), page.top
    for head, group in zip(heads, forest.groups, strict=True):
        y -= len(head) * LINE + GAP
        yield Slot(y + len(head) * LINE / 2, len(head) * LINE, head="\n".join(head))
        for row in group.rows:
            y -= height
            yield Slot(y + height / 2, height, row=row)


def _head(text: str) -> list[str]:
    return wrapped(text, TEXT, WIDTH - EDGE - RIGHT, bold=True)


def _limits(found: Sequence[Interval], reach: float) -> tuple[float, float]:
    """Return the ends of the axis, which hold 1 and every interval within reach."""
    ends = [one for gain in found for one in (gain.low, gain.estimate, gain.high)]
    logs = [math.log(min(max(one, 1 / reach), reach)) for one in ends]
    low, high = (max([*side, math.log(NEAREST)]) for side in ([-one for one in logs], logs))
    pad = 0.08 * max(low, high)
    return math.exp(-low - pad), math.exp(high + pad)


def _ground(axes: Axes, width: float, slots: Sequence[Slot]) -> None:
    """Draw the line at 1 beside every row, the ticks, and which side is the better one."""
    ticks = _ticks(*axes.get_xlim(), width)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{one:g}" for one in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.spines["left"].set_visible(False)
    lows, highs = ([one.middle + side * one.height / 2 for one in slots] for side in (-1, 1))
    joined = [0, *(n for n in range(1, len(slots)) if lows[n - 1] - highs[n] > 1), len(slots)]
    for first, last in pairwise(joined):
        ends = lows[last - 1], highs[first]
        axes.vlines(ticks, *ends, color=FAINT, linewidth=1, zorder=0)
        axes.vlines([1], *ends, color=INK, linewidth=2, zorder=1)
    for says, aside, ha, style in (("worse", -8, "right", WORSE), ("better", 8, "left", BETTER)):
        axes.annotate(
            says,
            (1, 0),
            (aside, -44),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha=ha,
            va="top",
            color=style.colour,
            weight="bold",
        )


def _ticks(low: float, high: float, width: float) -> list[float]:
    """Return round factors between the ends: 1, then the outermost that have room."""
    steps = WIDE if high / low > 10 else NARROW  # noqa: PLR2004  a power of ten
    every = (round(step * 10.0**power, 3) for power in range(-3, 4) for step in steps)
    far = sorted((one for one in every if low <= one <= high), key=lambda one: -abs(math.log(one)))
    scale = width / math.log(high / low)

    def clear(one: float, other: float) -> bool:
        halves = (measured(f"{one:g}", TEXT) + measured(f"{other:g}", TEXT)) / 2
        return abs(math.log(one / other)) * scale >= halves + ROOM

    kept = [1.0]
    for one in far:
        if all(clear(one, other) for other in kept):
            kept.append(one)
    return sorted(kept)


def _mark(axes: Axes, y: float, contrast: Contrast | None) -> None:
    """Draw a ratio with its interval; arrows point to what lies beyond the axes."""
    if contrast is None or contrast.gain is None:
        return
    found, style, (low, high) = contrast.gain, _style(contrast), axes.get_xlim()
    ends = [min(max(one, low), high) for one in (found.low, found.high)]
    axes.plot(ends, [y, y], color=style.colour, linewidth=5, solid_capstyle="butt", zorder=3)
    if low <= found.estimate <= high:
        axes.plot([found.estimate], [y], **style.marks | {"markersize": 11})
    for end, beyond, marker in ((low, found.low < low, "<"), (high, found.high > high, ">")):
        if beyond:
            marks = style.marks | {"marker": marker, "markersize": 14, "clip_on": False}
            axes.plot([end], [y], **marks)


def _number(page: Frame, right: float, slot: Slot, contrast: Contrast | None) -> None:
    """Write a ratio beside the axes, and its interval below where the row has room."""
    gain = contrast.gain if contrast else None
    lines = [_written(contrast), between(gain, times) if gain and slot.height >= ROOMY else ""]
    for number, text in enumerate(lines):
        page.figure.text(
            right / WIDTH,
            (slot.middle - number * LINE) / HEIGHT,
            text,
            fontsize=SMALLEST,
            weight="normal" if number else "bold",
            color=_style(contrast).colour if contrast and not number else GREY,
            ha="right",
            va="center",
            zorder=5,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1} if number and text else None,
        )


def _style(contrast: Contrast) -> Style:
    return {Verdict.BETTER: BETTER, Verdict.WORSE: WORSE}.get(contrast.verdict, NOTHING)


def _written(contrast: Contrast | None) -> str:
    """Write a ratio in little room."""
    if contrast is None:
        return ""
    if contrast.gain is None:
        return "–"
    found = contrast.gain
    if math.isinf(found.estimate) or found.estimate == 0:
        return "∞" if found.estimate else "0"
    sign = {Bound.EXACT: "", Bound.AT_LEAST: "≥ ", Bound.AT_MOST: "≤ "}[found.bound]
    return f"{sign}{times(found.estimate)}"


def _label(page: Frame, slot: Slot, column: float) -> None:
    """Write a head, or the name of a variant and what it does, as far as the row has room."""
    if slot.row is None:
        _text(page, EDGE, slot.middle + slot.height / 2, slot.head, bold=True)
        return
    name, does, room = slot.row.name, slot.row.does, column - EDGE - 2 * GAP
    beside, lines = _beside(slot.row), wrapped(does, TEXT, room) if does else []
    wide = beside + measured(does, TEXT) > room
    if slot.height >= max(ROOMY, (1 + len(lines)) * LINE):
        top = slot.middle + (1 + len(lines)) * LINE / 2
        _text(page, EDGE, top, name, bold=True)
        _text(page, EDGE, top - LINE, "\n".join(lines))
        return
    if wide:  # as far as it goes
        does = f"{wrapped(does, TEXT, room - beside - measured(' …', TEXT))[0]} …"
    _text(page, EDGE, slot.middle + LINE / 2, name, bold=True)
    _text(page, EDGE + beside, slot.middle + LINE / 2, does)


def _text(page: Frame, x: float, top: float, text: str, *, bold: bool = False) -> None:
    """Write lines downwards from `top`."""
    for number, line in enumerate(text.split("\n") if text else []):
        page.figure.text(
            x / WIDTH,
            (top - number * LINE - LINE / 2) / HEIGHT,
            line,
            fontsize=SMALLEST,
            weight="bold" if bold else "normal",
            color=INK if bold else GREY,
            va="center",
        )
