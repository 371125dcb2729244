"""Text on a chart: how wide it is, and where it breaks."""

from __future__ import annotations

import re
from functools import cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from harness.report.charts.theme import DPI, FONT, points


def wrapped(text: str, pixels: float, width: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width` pixels.

    Between words, and inside a word that is wider behind one of its signs.
    """
    left = [
        (part, "" if number else " ")
        for word in text.split(" ")
        for number, part in enumerate(_parts(word, pixels, width, bold=bold))
    ]

    def joined(count: int) -> str:
        return "".join(f"{between}{part}" for part, between in left[:count]).strip()

    lines = []
    while left:
        fits, most = 1, len(left) + 1  # a search by halves: measuring takes most of the time
        while most - fits > 1:
            middle = (fits + most) // 2
            wide = measured(joined(middle), pixels, bold=bold) > width
            fits, most = (fits, middle) if wide else (middle, most)
        lines.append(joined(fits))
        left = left[fits:]
    return lines


def _parts(word: str, pixels: float, width: float, *, bold: bool) -> list[str]:
    """Return a word, in parts where it is wider than a line."""
    short = 1.2 * len(word) * pixels < width  # no letter is so much wider than high
    wide = not short and measured(word, pixels, bold=bold) > width
    return re.split(r"(?<=[(.,=])", word) if wide else [word]


@cache
def measured(text: str, pixels: float, *, bold: bool = False) -> float:
    """Return how wide a text is drawn, in pixels."""
    font = _font(pixels, bold=bold)
    extent = _renderer().get_text_width_height_descent
    width, _, _ = extent(text, font, ismath=False)  # type: ignore[no-untyped-call]  # it has none
    return float(width)


@cache
def _font(pixels: float, *, bold: bool) -> FontProperties:
    weight = "bold" if bold else "normal"
    return FontProperties(family=FONT, weight=weight, size=points(pixels))


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]  # it has no types
