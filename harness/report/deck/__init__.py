"""The deck of a run: slides for fifteen minutes, one HTML file that asks nothing of the network.

Each slide is made from what is on record of its scenarios. Where the run has no answer to them it
is left out, and named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import Markup

from harness.model.errors import BenchError
from harness.model.record import Record
from harness.report.deck import contents
from harness.report.deck.contents import CODE, LANES, Pairs, Shows
from harness.report.deck.writer import Writer, paragraphs, words
from harness.report.document import Document, document
from harness.report.language import ENGLISH, speaking
from harness.report.render.environment import environment

VENDOR = Path(__file__).parents[1] / "vendor" / "reveal"
STYLES, SCRIPTS = ("reset.css", "reveal.css"), ("reveal.js", "notes.js")
FEW = 5  # scenarios: of no more than these, each has a slide, in the outline or not
OPENS = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)  # what HTML reads inside a script
MINUTE = 60
BUSIEST = f"{contents.MAP}-wait_ms-100-clients-400"
BYSTANDERS: Pairs = (("cpu_work", "processes", "inline"), ("thread_tokens", "", ""))
HURTS: Pairs = (
    ("http_call", "threaded", "awaiting"),
    ("client_choice", "requests_session", "httpx_client"),
    ("client_choice", "aiohttp_session", "httpx_client"),
)
PAYS: Pairs = (("cache_get", "awaiting", "threaded"), (BUSIEST, "awaiting", "threaded"))
OWN_TRAPS: Pairs = (
    ("http_connections", "", ""),
    ("streaming", "", ""),
    ("await_size", "batched", "item_by_item"),
    ("upstream_limit", "bounded", "unbounded"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """A slide of the outline: what it shows, for how many seconds, and what it needs for that.

    `name` is that of its words, and of its template unless that is given. `about` are scenarios,
    one of which at least must have an answer. Slides with the same `moves` blend into each other.
    """

    name: str
    seconds: int
    shows: Shows
    about: tuple[str, ...] = ()
    template: str = ""
    moves: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A slide as HTML; `ids` are those of the ratios on it, else of the levels."""

    slide: Slide
    body: Markup
    ids: tuple[str, ...]
    lasts: Markup


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck: its HTML, the names of its slides, and those that were `left_out`.

    `facts` are texts from the record that are on a slide and are no claims, by their ids.
    """

    html: str
    slides: tuple[str, ...]
    left_out: tuple[Slide, ...]
    facts: Mapping[str, str]


def _about(pairs: Pairs) -> tuple[str, ...]:
    return tuple(dict.fromkeys(scenario for scenario, _, _ in pairs))


def _pairs(name: str, seconds: int, wanted: Pairs) -> Slide:
    return Slide(
        name=name,
        seconds=seconds,
        shows=partial(contents.pairs, wanted, name),
        about=_about(wanted),
        template="pairs",
    )


OUTLINE = (
    Slide(name="guess", seconds=60, shows=contents.guess, about=CODE, moves="guess"),
    Slide(
        name="guessed",
        seconds=30,
        shows=contents.guessed,
        about=CODE,
        template="chart",
        moves="guess",
    ),
    Slide(name="lanes", seconds=75, shows=contents.played, about=LANES),
    Slide(
        name="blocking",
        seconds=60,
        shows=lambda write: contents.chart(write, "postgres_read", "blocking"),
        about=("postgres_read",),
        template="chart",
    ),
    Slide(name="before", seconds=20, shows=contents.before, about=CODE[:1], moves="word"),
    Slide(name="twist", seconds=75, shows=contents.twist, about=CODE[:1], moves="word"),
    Slide(name="formulas", seconds=60, shows=contents.formulas, about=("postgres_read", *LANES)),
    Slide(name="map", seconds=75, shows=contents.the_map, about=(contents.MAP,)),
    _pairs("bystander", 60, BYSTANDERS),
    _pairs("hurts", 70, HURTS),
    _pairs("pays", 50, PAYS),
    Slide(name="cliff", seconds=65, shows=contents.cliff, about=(contents.CLIFF,)),
    _pairs("traps", 50, OWN_TRAPS),
    Slide(name="forest", seconds=60, shows=contents.forest),
    Slide(name="tax", seconds=30, shows=contents.tax, about=(contents.TAX,)),
    Slide(name="how", seconds=20, shows=contents.how),
    Slide(name="limits", seconds=20, shows=contents.limits),
    Slide(name="app", seconds=20, shows=contents.app),
)
BEFORE = "forest"  # where the slides of a few scenarios stand that the outline does not know


def deck(record: Record, language: str = ENGLISH) -> Deck:
    """Return the deck of a run in a language, one of LANGUAGES.

    Raises BenchError where nothing in it is judged, or it is of somebody's own app.
    """
    with speaking(language):
        found, facts = document(record, everything=False), dict[str, str]()
        if found.own or not any(one.run.answered for one in found.sections):
            raise BenchError(
                f"there is nothing to tell of {record.name}: no scenario in it has an answer",
                hint="give a run of the catalogue that is judged, such as results/reference",
            )
        made, left_out = [], []
        for slide in _slides(found):
            if (one := _made(slide, Writer(found, facts))) is not None:
                made.append(one)
            else:
                left_out.append(slide)
        page = environment().get_template("deck/deck.html.j2")
        html = page.render(
            slides=made,
            left_out=left_out,
            simulated=found.simulated,
            origin=found.origin,
            name=record.name,
            words=words,
            paragraphs=paragraphs,
            vendored_css=_vendored(STYLES),
            vendored_js=_vendored(SCRIPTS),
        )
    names = tuple(one.slide.name for one in made)
    return Deck(html, names, tuple(left_out), facts)


def _slides(found: Document) -> tuple[Slide, ...]:
    """Return the outline, with slides for a few scenarios that it says nothing of."""
    names = [one.name for one in found.sections]
    told = {name for slide in OUTLINE for name in slide.about}
    own = tuple(
        Slide(
            name="scenario",
            seconds=MINUTE,
            shows=partial(_of_scenario, name),
            about=(name,),
            template="chart",
        )
        for name in names
        if name not in told and len(names) <= FEW
    )
    at = next(number for number, slide in enumerate(OUTLINE) if slide.name == BEFORE)
    return (*OUTLINE[:at], *own, *OUTLINE[at:])


def _of_scenario(name: str, write: Writer) -> contents.Content:
    return contents.chart(write, name)


def _made(slide: Slide, write: Writer) -> Made | None:
    content = slide.shows(write)
    if content is None:
        return None
    template = environment().get_template(f"deck/{slide.template or slide.name}.html.j2")
    body = template.render(
        write=write, words=words, slide=slide, n=write.number, ci=write.interval, **content
    )
    minutes, seconds = divmod(slide.seconds, MINUTE)
    lasts = write.fact(f"minutes.{slide.name}", f"{minutes}:{seconds:02}")
    ids = tuple(one for one in write.ids if "/" in one) or tuple(write.ids)
    return Made(slide, Markup(body), ids, lasts)  # noqa: S704  it was escaped


def _vendored(names: tuple[str, ...]) -> Markup:
    """Return files of reveal.js, so written that HTML does not see an end inside them."""
    texts = ((VENDOR / name).read_text(encoding="utf-8") for name in names)
    safe = "\n".join(OPENS.sub(r"\\x3c", text) for text in texts)
    return Markup(safe)  # noqa: S704  vendored, held by its hash
