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
    lines = [""]
    for word in text.split(" "):
        wide = measured(word, pixels, bold=bold) > width
        parts = re.split(r"(?<=[(.,=])", word) if wide else [word]
        for number, part in enumerate(parts):
            longer = f"{lines[-1]}{'' if number else ' '}{part}".strip()
            if lines[-1] and measured(longer, pixels, bold=bold) > width:
                lines.append(part)
            else:
                lines[-1] = longer
    return lines


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
