"""What a page begins with, and the figures that speak of several questions together."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from harness.report.captions import Caption
from harness.report.document import Document
from harness.report.family import families
from harness.report.language import say
from harness.report.map_figure import MapFigure, map_of


@dataclass(frozen=True, slots=True)
class Opening:
    """A figure with its words; picture and `html`, which follows it, are safe markup."""

    heading: str
    svg_name: str
    caption: Caption
    picture: Markup
    html: Markup


def openings(found: Document) -> list[Opening]:
    """Return what the page of a document begins with: the map, where there is one."""
    return [
        Opening(say("map.heading"), one.svg_name, one.caption, one.picture, one.html)
        for one in maps(found)
    ]


def maps(found: Document) -> list[MapFigure]:
    """Return the map of a document, where it has one that is complete."""
    return [one for family in families(found) if family.complete and (one := map_of(family))]
