"""The map for the page and for slides: its picture, what is said of it, and the calculator."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.model.scenario import CLIENTS
from harness.report import wording
from harness.report.captions import Caption, setup
from harness.report.family import Family
from harness.report.language import say, spoken, templates, unit
from harness.report.map import AWAITING, BLOCKING, CORNERS, HOME, WAIT, Cell, Map, theory_of
from harness.report.map_picture import CLOSE_TO, Picture
from harness.report.render.environment import environment
from harness.report.sentences import Sentence, confidence

CALC = "map.calc."  # what the keys of the calculator's templates begin with


@dataclass(frozen=True, slots=True)
class MapFigure:
    """The map: its chart by name, its words; the picture and the calculator are safe markup."""

    map: Map
    svg_name: str
    html: Markup
    caption: Caption
    picture: Markup

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What is said of it."""
        return self.caption.title


def map_of(family: Family) -> MapFigure | None:
    """Return the map of a family; None of another one, and where a corner is missing."""
    found = theory_of(family)
    if found is None:
        return None
    title = tuple(_sentences(found))
    subtitle = f"{say('map.about')} · {setup(found.runs[0])}"
    alt = say("map.alt", found=say("words.list.clause").join(one.says for one in title))
    return MapFigure(
        map=found,
        svg_name=f"{HOME}-map",
        html=calculator(found.costs[AWAITING].busy_s, found.threads, list(_missed(found))),
        caption=Caption("map", title, subtitle, alt),
        picture=_rendered("map_picture.html.j2", map=Picture(found), alt=alt, close=CLOSE_TO),
    )


def calculator(cpu_s: float, threads: int, missed: Sequence[str] = ()) -> Markup:
    """Return what the theory missed, and sliders, set to this CPU time and so many threads."""
    sliders = [  # name, and where it begins, ends, stands, as decimal logarithms
        ("wait", -1, 3, 1),
        ("rate", 0, 5, math.log10(300)),
        ("cpu", -2, 2, math.log10(1000 * cpu_s)),
        ("threads", 0, 3, math.log10(threads)),
        ("connections", 0, 3, 3),
    ]
    return _rendered("map.html.j2", sliders=sliders, missed=missed, words=js_words())


def js_words() -> dict[str, str]:
    """Return the words of the calculator's script, by their names in it."""
    found = templates(spoken())
    said = {key.removeprefix(CALC): found[key] for key in found if key.startswith(CALC)}
    return {**said, "unit": unit("requests/s")}


def _rendered(template: str, **values: object) -> Markup:
    page = environment().get_template(template).render(**values)
    return Markup(page)  # noqa: S704  it was escaped


def _sentences(found: Map) -> Iterator[Sentence]:
    """Yield what blocking costs and awaiting brings at most, and how often the theory is right."""
    costs = min(found.cells, key=lambda cell: cell.ratio(BLOCKING).seen)
    brings = max(found.cells, key=lambda cell: cell.ratio(AWAITING).seen)
    threads_serve, awaiting_serves = costs.ratio(BLOCKING).turned, brings.ratio(AWAITING)
    if threads_serve.gain:
        factor = wording.times(threads_serve.seen)
        says = say("map.costs", at=_at(costs), factor=factor)
        yield Sentence(says, confidence(threads_serve.gain))
    if awaiting_serves.gain:
        factor = wording.times(awaiting_serves.seen)
        says = say("map.brings", at=_at(brings), factor=factor, threads=found.threads)
        yield Sentence(says, confidence(awaiting_serves.gain))
    yield Sentence(_hits(found))


def _at(cell: Cell) -> str:
    return say("map.at", wait=f"{cell.at[WAIT]:g}", clients=f"{cell.at[CLIENTS]:g}")


def _hits(found: Map) -> str:
    held, hits = len(found.held_out), len(found.held_out) - len(found.misses)
    if not held:
        return say("map.not_judged")
    return say("map.hits", hits=hits, held=held, fed=len(CORNERS), close=CLOSE_TO)


def _missed(found: Map) -> Iterator[str]:
    """Write each comparison that the theory did not foresee."""
    for cell, one in found.misses:
        yield say(
            "map.missed",
            subject=one.subject,
            at=_at(cell),
            seen=wording.times(one.seen),
            basis=confidence(one.gain) if one.gain else "",
            predicted=wording.times(one.predicted),
        )
