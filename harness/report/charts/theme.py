"""How every chart looks: letters that the last row can read, in light and in the dark.

The same figure gives the same bytes each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import RcKeyType

from harness.model.scenario import Scenario
from harness.report.styles import STYLES, Style, styles

__all__ = [
    "DPI",
    "FAINT",
    "FONT",
    "FONTS",
    "GREY",
    "HEIGHT",
    "INK",
    "RC",
    "SMALLEST",
    "STYLES",
    "TEXT",
    "WIDTH",
    "Style",
    "arrow",
    "drawing",
    "handles",
    "points",
    "save",
    "styles",
]

WIDTH, HEIGHT, DPI = 1920, 1080, 100  # pixels
INK, GREY, FAINT, PAPER = "#1a1a1a", "#4d4d4d", "#d9d9d9", "#ffffff"
# What takes the place of a colour where the reader's screen is dark; other colours stay.
DARK = {
    INK: "#ececec",
    GREY: "#b4b4b4",
    FAINT: "#44484f",
    PAPER: "#16181b",
    "#efefef": "#24272c",  # the watermark
    "#111111": "#e6e6e6",  # some of the styles
    "#767676": "#a0a0a0",
    "#7a4b28": "#c99468",
    "#6a51a3": "#a99bd8",
    "#0072b2": "#3f9fd8",
    "#00694d": "#3fd0a4",  # all answers
    "#8f1d5c": "#ff96c5",
    "#666666": "#a2a2a2",
    "#f1f1ee": "#22262b",  # the areas of the map, and its words
    "#fdebdc": "#33261a",
    "#fbd3b4": "#4a3320",
    "#f7b585": "#634328",
    "#f19a5e": "#7d5430",
    "#e98146": "#986438",
    "#dcebf6": "#1a2733",
    "#b5d6ed": "#1f3850",
    "#86bbe0": "#264c6e",
    "#5a9fd0": "#2f618c",
    "#3b88c0": "#3a77a8",
    "#8a3d00": "#ffb27a",
    "#00497a": "#9ad0ff",
    "#b00020": "#ff8a8a",
}


def points(pixels: float) -> float:
    """Return pixels in the points that matplotlib counts in."""
    return pixels * 72 / DPI


TEXT = 24.0  # pixels
SMALLEST = points(TEXT)
FONT = "DejaVu Sans"  # comes with matplotlib, so every machine lays out the same letters
# What a reader's machine shows: the first has the same widths, the others are narrower.
FONTS = f"'{FONT}', 'Bitstream Vera Sans', Verdana, Arial, Helvetica, sans-serif"
RC: dict[RcKeyType, Any] = {
    "font.family": FONT,
    "font.size": SMALLEST,
    "axes.labelsize": SMALLEST,
    "axes.labelcolor": GREY,
    "xtick.labelcolor": GREY,
    "ytick.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "axes.linewidth": 1.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a CPU's name is no formula
    "hatch.linewidth": 2,
    "lines.linewidth": 3.5,
    "lines.markersize": 13,
    "path.simplify": False,  # so that what is drawn does not depend on where the axes lie
    "svg.fonttype": "none",  # text stays text: smaller, faster, and it can be searched
    "svg.hashsalt": "fastapi-bench",
}


def handles(scenario: Scenario) -> list[Line2D]:
    """Return what a legend shows of each variant."""
    return [
        Line2D([], [], **style.marks | style.lines, label=name)
        for name, style in styles(scenario).items()
    ]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with these settings alone, without those of the user's matplotlibrc."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def arrow(colour: str, head: float = 0.9) -> dict[str, object]:
    """Return the arrow that points to a value beyond the axes."""
    return {
        "arrowstyle": f"<|-,head_width=0.5,head_length={head}",
        "color": colour,
        "linewidth": 3,
        "shrinkA": 0,
        "shrinkB": 0,
    }


def save(figure: Figure, stem: Path, *, png: bool = False) -> None:
    """Write a figure as SVG, and as PNG too where that is wanted."""
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    written = themed(drawn.getvalue()).replace(f"'{FONT}'", FONTS)
    stem.with_suffix(".svg").write_text(written, encoding="utf-8")
    if not png:
        return
    quick = {"compress_level": 1}  # a third of the time, for files that are a fifth larger
    figure.savefig(
        stem.with_suffix(".png"),
        dpi=DPI,
        facecolor=PAPER,
        metadata={"Software": None},
        pil_kwargs=quick,
    )


def themed(svg: str) -> str:
    """Return an SVG whose colours follow the theme of the reader's screen.

    Each colour becomes a variable that is set in the dark alone. A page may set them as well.
    """
    used = {colour for colour in DARK if colour in svg}
    for colour in used:
        svg = re.sub(rf"(?<=: ){colour}\b", f"var(--{_name(colour)}, {colour})", svg)
    dark = "; ".join(f"--{_name(colour)}: {DARK[colour]}" for colour in sorted(used))
    style = f"<style>@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}</style>"
    return svg.replace(" <defs>", f" {style}\n <defs>", 1)


def _name(colour: str) -> str:
    return f"c{colour.removeprefix('#')}"
