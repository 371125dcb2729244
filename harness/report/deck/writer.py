"""How a slide writes what is on record: every number with the id of what stands behind it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape

from harness.judge.answer import Contrast
from harness.judge.interval import Judgement, Verdict
from harness.model.metric import Metric
from harness.model.scenario import CLIENTS
from harness.report import language, wording
from harness.report.claims import find
from harness.report.document import Document
from harness.report.headline import claim_id, told
from harness.report.language import spoken, templates
from harness.report.render.environment import prose
from harness.report.scenario_run import ScenarioRun

SPAN = Markup('<span class="{}" data-{}="{}">{}</span>')
MARKED = re.compile(r"\b(async|await)\b")  # the words that a listing is about


@dataclass(frozen=True, slots=True)
class Pair:
    """A comparison that is judged, and the run that it is of; its `contrast` has a gain."""

    run: ScenarioRun
    contrast: Contrast

    @property
    def subject(self) -> str:
        """The name of the variant that is compared."""
        return self.contrast.subject

    @property
    def over(self) -> str:
        """The name of the one that it is compared with."""
        return self.contrast.over

    @property
    def id(self) -> str:
        """The id of the claim."""
        return claim_id(self.run.scenario.name, self.subject, self.over)

    @property
    def gain(self) -> float:
        """How many times better the subject is."""
        return self.contrast.gain.estimate if self.contrast.gain else 1.0

    @property
    def sure(self) -> tuple[float, float]:
        """The ends of its interval."""
        gain = self.contrast.gain
        return (gain.low, gain.high) if gain else (0.0, math.inf)

    @property
    def expected(self) -> bool:
        """Whether the subject is better, or what was claimed of the two is confirmed."""
        confirmed = any(
            judged is Judgement.CONFIRMED and contrast == self.contrast
            for _, contrast, judged in self.run.claims
        )
        return confirmed or self.contrast.verdict is Verdict.BETTER

    @property
    def how(self) -> str:
        """The comparison in one word, as the keys of the language have it."""
        if math.isinf(self.gain):
            return "collapse"
        return "collapsed" if self.gain == 0 else str(self.contrast.verdict)


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is only written where a template has a place for it."""

    write: Callable[[], Markup]

    def __html__(self) -> Markup:
        """Write it."""
        return self.write()


class Writer:
    """Writes one slide.

    `ids` are those of the claims that it wrote, `facts` what else it took from the record, as text
    by id.
    """

    def __init__(self, document: Document, facts: dict[str, str]) -> None:
        self.document, self.facts = document, facts
        self.ids: dict[str, None] = {}
        self.runs = {one.name: one.run for one in document.sections if one.run.answered}

    def first(self, *names: str) -> ScenarioRun | None:
        """Return the first of these scenarios that has an answer; None where none has."""
        return next((self.runs[name] for name in names if name in self.runs), None)

    def pair(self, scenario: str, subject: str = "", over: str = "") -> Pair | None:
        """Return a comparison, without names the one that says most; None where none is judged."""
        run = self.runs.get(scenario)
        if run is None:
            return None
        made = (one for one in run.answer.contrasts if (one.subject, one.over) == (subject, over))
        found = next(made, None) if subject else told(run)
        return Pair(run, found) if found and found.gain else None

    def number(self, claim: str) -> Markup:
        """Write the number of a claim, marked with its id."""
        self.ids[claim] = None
        return SPAN.format("n", "claim", claim, find(self.document, claim).text)

    def interval(self, claim: str) -> Markup:
        """Write the interval of a claim; empty where it has none."""
        found = find(self.document, claim).interval
        return SPAN.format("ci", "interval", claim, found) if found else Markup()

    def level(self, run: ScenarioRun, variant: str) -> Markup:
        """Write what a variant reached, by the metric that decides; empty where that is unknown."""
        if run.typical(run.primary, variant) is None:
            return Markup()
        return self.number(claim_id(run.scenario.name, variant))

    def fact(self, name: str, text: object) -> Markup:
        """Write something else of the record, marked with where it is from."""
        self.facts[name] = str(text)
        return SPAN.format("fact", "fact", name, text)

    def does(self, run: ScenarioRun, variant: str) -> Markup:
        """Write what a variant does."""
        name = f"{run.scenario.name}.{variant}.does"
        self.facts[name] = language.does(run.scenario, variant)
        return SPAN.format("fact", "fact", name, prose(self.facts[name]))

    def metric(self, run: ScenarioRun, metric: Metric) -> Markup:
        """Write the name of a metric and where it is read."""
        return self.fact(f"{run.scenario.name}.metric", run.named(metric))

    def at(self, run: ScenarioRun) -> Markup:
        """Write the point at which a scenario was asked."""
        return self.fact(f"{run.scenario.name}.at", wording.point(run.scenario.at))

    def asked(self, run: ScenarioRun) -> Markup:
        """Write how long a request waits and how many ask at once."""
        values = {**run.scenario.knobs, CLIENTS: run.scenario.clients}
        return self.fact(f"{run.scenario.name}.asked", wording.point(values))

    def budget(self, run: ScenarioRun) -> Markup:
        """Write what every variant may use."""
        return self.fact(f"{run.scenario.name}.budget", wording.budget(run.scenario.budget))

    def title(self, slide: str, pair: Pair) -> Markup:
        """Write a comparison as the title of a slide; where it came out otherwise, plainly."""
        run, subject, over = pair.run, pair.subject, pair.over
        return words(
            f"deck.{slide}.title" if pair.expected else f"deck.any.{pair.how}",
            ratio=Later(lambda: self.number(pair.id)),
            subject=Later(lambda: self.does(run, subject)),
            over=Later(lambda: self.does(run, over)),
            before=Later(lambda: self.level(run, over)),
            after=Later(lambda: self.level(run, subject)),
        )

    def basis(self, pair: Pair, *, named: bool = True) -> Markup:
        """Write what a comparison rests on: interval, blocks, and the metric by its name."""
        run, gain = pair.run, pair.contrast.gain
        blocks = self.fact(f"{pair.id}.blocks", gain.n if gain else 0)
        interval = self.interval(pair.id)
        key = "deck.basis" if interval else "deck.basis_without"
        said = words(key, interval=interval, blocks=blocks)
        return (
            Markup("{} · {}").format(self.metric(run, pair.contrast.metric), said)
            if named
            else said
        )


def words(key: str, /, **values: object) -> Markup:
    """Return a template of the language as HTML with these values, of which markup stays so."""
    return prose(templates(spoken())[key]).format(**values)


def paragraphs(key: str) -> list[Markup]:
    """Return what a template says, paragraph by paragraph."""
    return [prose(one) for one in templates(spoken())[key].strip().splitlines() if one.strip()]


def listing(run: ScenarioRun, variant: str) -> list[Markup]:
    """Return the lines of a variant's handler as HTML, as they were measured.

    Empty where they are not on record.
    """
    code = run.record.asked.code.get(f"{run.scenario.name}/{variant}", "")
    for one in ast.parse(code).body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.decorator_list:
            lines = code.splitlines()[one.decorator_list[0].lineno - 1 : one.end_lineno]
            return [_marked(line) for line in lines]
    return []


def _marked(line: str) -> Markup:
    return Markup(MARKED.sub(r"<mark>\1</mark>", str(escape(line))))  # noqa: S704  it was escaped
