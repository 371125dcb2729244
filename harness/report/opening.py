"""What a page begins with: the figures that speak of several questions together."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.captions import Caption
from harness.report.document import Document
from harness.report.family import families
from harness.report.forest import Forest, of_family, of_stack
from harness.report.map import MapFigure, map_of


@dataclass(frozen=True, slots=True)
class Opening:
    """A figure with its words; `html` is safe markup that follows it."""

    heading: str
    svg_name: str
    caption: Caption
    html: str = ""


def forests(found: Document) -> list[Forest]:
    """Return the forest plots of a document: of each family, and of the whole stack."""
    known = families(found)
    made = (*map(of_family, known), of_stack(known))
    return [one for one in made if one]


def openings(found: Document) -> list[Opening]:
    """Return what the page of a document begins with."""
    stack = of_stack(families(found))
    return [*map(_of_map, maps(found)), *([_of_stack(stack)] if stack else [])]


def maps(found: Document) -> list[MapFigure]:
    """Return the map of a document, where it has one that is complete."""
    return [one for family in families(found) if family.complete and (one := map_of(family))]


def _of_map(one: MapFigure) -> Opening:
    return Opening("The map: when async pays", one.svg_name, one.caption, one.html)


def _of_stack(forest: Forest) -> Opening:
    return Opening(forest.question, forest.file, forest.caption)
