"""Jinja, as every template of page and deck is rendered by."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.report.language import does, group, metric, question, say, spoken, unit

TEMPLATES = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """Return the one environment; what is said speaks the language of the moment.

    So a macro file must call `say` inside its macros: what stands outside of them is kept.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["prose"] = prose
    made.globals |= {
        "say": say,
        "spoken": spoken,
        "question": question,
        "does": does,
        "group": group,
        "metric": metric,
        "unit": unit,
        "asset": asset,
    }
    return made


@cache
def asset(name: str) -> Markup:
    """Return a script or a style sheet of ours, as it stands in its file."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704  our file


def prose(text: str) -> Markup:
    """Return a text as HTML, with what stands in backticks as code."""
    marked = re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text)))
    return Markup(marked)  # noqa: S704  it was escaped
