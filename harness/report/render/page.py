"""The page: one HTML file that asks nothing of the network, light or dark, on paper as well."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.judge.caveats import Caveat
from harness.report import own_app
from harness.report.calls import calls
from harness.report.document import Document
from harness.report.family import Family, groups, parts
from harness.report.forest import of_family
from harness.report.opening import openings

TEMPLATES = Path(__file__).with_name("templates")


def page(document: Document, folder: Path, *, png: bool = False) -> str:
    """Return the page; the SVGs of the document's charts are read from `folder`.

    `png` says that there are PNGs beside them.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["prose"] = prose
    environment.tests["family"] = lambda part: isinstance(part, Family)

    def embedded(name: str) -> str:
        return base64.b64encode((folder / f"{name}.svg").read_bytes()).decode()

    return environment.get_template("page.html.j2").render(
        document=document,
        groups=groups(document),
        parts=parts(document),
        openings=openings(document),
        calls_of=calls,
        forest_of=of_family,
        simulated=Caveat.SIMULATED.says.capitalize() if document.simulated else "",
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704  our file
        embedded=embedded,
        png=png,
        own_facts=lambda own: list(own_app.facts(own)),
        own_table=own_app.table,
        own_predicted=lambda own: list(own_app.predicted(own)),
        own_to_do=own_app.to_do,
    )


def prose(text: str) -> Markup:
    """Return a text as HTML, with what stands in backticks as code."""
    marked = re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text)))
    return Markup(marked)  # noqa: S704  it was escaped
