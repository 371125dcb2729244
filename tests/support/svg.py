"""What a chart's SVG shows: its words, and where it draws its data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
FRAMES = ("matplotlib.axis", "text", "legend")  # groups that hold no data


@dataclass(frozen=True, slots=True)
class Shown:
    """The words of a chart beside its axes' numbers, and the places of its data.

    Places are shares of their axes, so that they do not depend on where these lie.
    """

    words: str
    places: tuple[float, ...]

    def same_as(self, other: Shown) -> bool:
        """Return whether the words are equal and the data is nowhere off by half a pixel."""
        alike = self.words == other.words and len(self.places) == len(other.places)
        return alike and np.allclose(self.places, other.places, rtol=0, atol=5e-4)


def shown(file: Path) -> Shown:
    """Read a chart that was drawn as SVG."""
    root = ET.parse(file).getroot()  # noqa: S314  our own file
    axes = [group for group in root.iter(f"{SVG}g") if group.get("id", "").startswith("axes_")]
    words = " ".join(_words(root))
    return Shown(words, tuple(place for group in axes for place in _places(group)))


def _words(group: ET.Element) -> Iterator[str]:
    """Yield what is written, ticks aside."""
    for child in group:
        if child.tag == f"{SVG}text":
            yield from (child.text or "").split()
        elif not (child.get("id") or "").startswith(("xtick_", "ytick_")):
            yield from _words(child)


def _places(axes: ET.Element) -> Iterator[float]:
    """Yield where data is drawn; the first patch of axes is their own background."""
    background, *groups = [child for child in axes if child.tag == f"{SVG}g"]
    xs, ys = _numbers(next(background.iter(f"{SVG}path")))
    left, low = min(xs), min(ys)
    width, height = max(xs) - left, max(ys) - low
    for group in groups:
        if not (group.get("id") or "").startswith(FRAMES):
            for element in _drawn(group):
                xs, ys = _numbers(element)
                yield from ((x - left) / width for x in xs)
                yield from ((y - low) / height for y in ys)


def _drawn(group: ET.Element) -> Iterator[ET.Element]:
    """Yield paths and markers, without what is only defined."""
    for child in group:
        if child.tag in {f"{SVG}path", f"{SVG}use"}:
            yield child
        elif child.tag == f"{SVG}g":
            yield from _drawn(child)


def _numbers(element: ET.Element) -> tuple[list[float], list[float]]:
    """Return the coordinates of a path or of a marker, across and down."""
    text = element.get("d") or f"{element.get('x')} {element.get('y')}"
    found = [float(number) for number in NUMBER.findall(text)]
    return found[::2], found[1::2]
