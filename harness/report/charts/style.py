"""How every chart looks: colours by what a variant does, letters that the last row can read, files that come out the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    """Turn pixels on the slide into the points that matplotlib counts in."""
    return pixels * 72 / DPI


SMALLEST = points(24)
RC: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same letters
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
    "svg.fonttype": "path",
    "svg.hashsalt": "fastapi-bench",
}


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, marker, hatch and line of one kind of variant: four cues, so that none of them is ever the only one."""

    colour: str
    marker: str
    hatch: str
    line: LineStyleType


# Okabe & Ito (2008), "Color Universal Design": told apart by readers with any kind of colour vision.
LOOKS = {
    "holds the loop": Look("#D55E00", "X", "//", "-"),
    "thread": Look("#0072B2", "s", "\\\\", "--"),
    "awaits": Look("#009E73", "o", "..", "-."),
    "process": Look("#CC79A7", "D", "xx", ":"),
    "spare": Look("#000000", "v", "++", ":"),
    "unbounded": Look("#E69F00", "^", "||", "-"),
    "bounded": Look("#56B4E9", "P", "--", "--"),
}
KINDS = {
    "blocking": "holds the loop",
    "inline": "holds the loop",
    "threaded": "thread",
    "awaiting": "awaits",
    "processes": "process",
    "unbounded": "unbounded",
    "bounded": "bounded",
}


def looks(scenario: Scenario) -> dict[str, Look]:
    """Give each variant the look of its kind: by name, else by where it runs, else the next one free. The same name looks the same everywhere."""
    taken: dict[str, str] = {
        variant.name: KINDS[variant.name] for variant in scenario.variants if variant.name in KINDS
    }
    for variant in scenario.variants:
        if variant.name not in taken:
            on_loop = "holds the loop" if variant is scenario.baseline else "awaits"
            wanted = {"thread": "thread", "process": "process"}.get(variant.runs_on, on_loop)
            free = [
                kind for kind in (wanted, *reversed(LOOKS)) if kind not in taken.values()
            ]  # the trap's own look last
            taken[variant.name] = free[0] if free else wanted
    return {variant.name: LOOKS[taken[variant.name]] for variant in scenario.variants}


def handles(scenario: Scenario) -> list[Line2D]:
    """Give what a legend shows of each variant."""
    return [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=look.marker,
            linestyle=look.line,
            linewidth=2.5,
            markeredgecolor="white",
            label=name,
        )
        for name, look in looks(scenario).items()
    ]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw under our settings alone, whatever the user's own matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def save(figure: Figure, stem: Path) -> None:
    """Write a figure as SVG and as PNG; the same figure gives the same bytes."""
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(stem.with_suffix(".png"), dpi=DPI, metadata={"Software": None})
