"""How every chart looks: a style for each kind of variant, letters that the last row can read.

The same figure gives the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType, RcKeyType

from harness.model.scenario import Scenario

WIDTH, HEIGHT, DPI = 1920, 1080, 100  # pixels
INK, GREY, FAINT = "#1a1a1a", "#4d4d4d", "#d9d9d9"


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
    "axes.edgecolor": GREY,
    "axes.linewidth": 1.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "white",
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a CPU's name is no formula
    "hatch.linewidth": 2,
    "lines.linewidth": 3.5,
    "lines.markersize": 13,
    "path.simplify": False,  # so that what is drawn does not depend on where the axes lie
    "svg.fonttype": "none",  # text stays text: smaller, faster, and it can be searched
    "svg.hashsalt": "fastapi-bench",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of variant is drawn: by four marks, so that none of them is the only one."""

    colour: str
    marker: str
    hatch: str
    line: LineStyleType

    @property
    def lines(self) -> dict[str, Any]:
        """What matplotlib is told of a line."""
        return {"color": self.colour, "linestyle": self.line, "linewidth": 2.5}

    @property
    def marks(self) -> dict[str, Any]:
        """What matplotlib is told of markers without a line."""
        mark = {"marker": self.marker, "color": self.colour, "markeredgecolor": "white"}
        return {**mark, "linestyle": "", "zorder": 4}


# Okabe & Ito (2008), "Color Universal Design": different for readers with any colour vision.
STYLES = {
    "holds the loop": Style("#D55E00", "X", "//", "-"),
    "ninth": Style("#767676", "*", "oo", (0, (5, 1))),  # beyond their eight, for large scenarios
    "eighth": Style("#7A4B28", "p", "OO", (0, (3, 1, 1, 1))),
    "thread": Style("#0072B2", "s", "\\\\", "--"),
    "awaits": Style("#009E73", "o", "..", "-."),
    "process": Style("#CC79A7", "D", "xx", ":"),
    "spare": Style("#000000", "v", "++", ":"),
    "unbounded": Style("#E69F00", "^", "||", "-"),
    "bounded": Style("#56B4E9", "P", "--", "--"),
}
KINDS = {
    "blocking": "holds the loop",
    "inline": "holds the loop",
    "threaded": "thread",
    "awaiting": "awaits",
    "processes": "process",
    "unbounded": "unbounded",
    "bounded": "bounded",
    "enlarged": "bounded",
    "gathered": "awaits",
    "modelled": "spare",
}


def styles(scenario: Scenario) -> dict[str, Style]:
    """Return the style of each variant: by its name, else by where it runs, else the next free one.

    The same name has the same style everywhere.
    """
    variants = scenario.variants
    names, taken = {variant.name for variant in variants}, dict[str, str]()
    for name, kind in KINDS.items():
        if name in names and kind not in taken.values():
            taken[name] = kind
    for variant in variants:
        if variant.name not in taken:
            on_loop = "holds the loop" if variant is scenario.baseline else "awaits"
            wanted = {"thread": "thread", "process": "process"}.get(variant.runs_on, on_loop)
            # What holds the loop comes last: its style is a warning.
            free = [kind for kind in (wanted, *reversed(STYLES)) if kind not in taken.values()]
            taken[variant.name] = free[0] if free else wanted
    return {variant.name: STYLES[taken[variant.name]] for variant in variants}


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
    written = drawn.getvalue().replace(f"'{FONT}'", FONTS)
    stem.with_suffix(".svg").write_text(written, encoding="utf-8")
    if not png:
        return
    quick = {"compress_level": 1}  # a third of the time, for files that are a fifth larger
    figure.savefig(stem.with_suffix(".png"), dpi=DPI, metadata={"Software": None}, pil_kwargs=quick)
