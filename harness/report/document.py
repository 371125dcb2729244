"""The report as one document: what is said of a run, once, for every format to write.

Renderers take it and decide nothing but how it looks. A chart is in it by its caption; what it
draws are the values in `Section.run`. It is in the language that is spoken when it is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat
from harness.judge.interval import Judgement
from harness.model.record import Record, Skipped
from harness.model.scenario import GROUPS, Claim, Scenario
from harness.report import comparisons, language, own_app, sentences, wording
from harness.report.captions import Caption, captions
from harness.report.code import Code, code
from harness.report.conditions import conditions, origin
from harness.report.findings import Finding, findings
from harness.report.headline import Headline, headline
from harness.report.language import say
from harness.report.no_answer import no_answer
from harness.report.own_app import OwnRoute, own_route
from harness.report.said import answer, in_short, not_judged, note
from harness.report.scenario_run import ScenarioRun, scenario_run
from harness.report.sentences import Sentence
from harness.report.tables import taxes, variants
from harness.report.traps import traps
from harness.report.wording import Cell, Table

ERRS = 0.05  # of the answers, somewhere
SIGNS = {
    Judgement.CONFIRMED: "✓",
    Judgement.REFUTED: "✗",
    Judgement.UNDECIDED: "?",
    Judgement.INVALID: "–",
}


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim beside what was measured; `verdict` is the judgement in words.

    `scenario` is the name of its scenario, `title` that for people. `changed` says that it was
    changed after earlier data.
    """

    scenario: str
    title: str
    says: str
    measured: Cell
    judgement: Judgement
    verdict: str
    changed: bool = False

    @property
    def sign(self) -> str:
        """The judgement as a sign."""
        return SIGNS[self.judgement]


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said against a number, and what would help."""

    says: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One scenario: its question, its answer, and what that rests on.

    `in_short` is the answer in one line, `headline` the same in parts, None without an answer;
    `stand_in` is the label of what a stand-in served. `own` is what is said of somebody's own app,
    None for a scenario of the catalogue.
    """

    run: ScenarioRun
    answer: tuple[Sentence, ...]
    in_short: str
    headline: Headline | None
    stand_in: str
    claims: tuple[JudgedClaim, ...]
    charts: tuple[Caption, ...]
    variants: Table | None
    taxes: Table | None
    code: Code
    findings: tuple[Finding, ...]
    traps: tuple[Sentence, ...]
    conditions: tuple[tuple[str, str], ...]
    caveats: tuple[Remark, ...]
    void: tuple[Remark, ...]
    note: str
    own: OwnRoute | None = None

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.run.scenario

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name

    @property
    def group(self) -> str:
        """The scenario's group."""
        return self.scenario.group

    @property
    def question(self) -> str:
        """The scenario's question."""
        return self.own.question if self.own else language.question(self.scenario)

    @property
    def heading(self) -> str:
        """The question; of one of several points, which one."""
        return wording.title(self.scenario) if self.scenario.at else self.question

    @property
    def no_answer(self) -> str:
        """What stands in place of a number that there is not."""
        judged = self.run.design.profile.judged
        return say("words.no_answer.short") if judged else not_judged(self.run)

    def file(self, chart: Caption) -> str:
        """Return the name of a chart's files, without their ending."""
        return f"{self.name}-{chart.chart}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A run: where it comes from, what it says to each question, what could not be measured.

    `notes` say what its intervals speak of.
    """

    name: str
    origin: str
    notes: tuple[str, ...]
    simulated: bool
    sections: tuple[Section, ...]
    skipped: tuple[Skipped, ...]

    @property
    def own(self) -> bool:
        """Whether it is about somebody's own app."""
        return any(one.own for one in self.sections)

    @property
    def claims(self) -> tuple[JudgedClaim, ...]:
        """Every claim of the run."""
        return tuple(claim for section in self.sections for claim in section.claims)


def document(record: Record, *, everything: bool = True) -> Document:
    """Return what is said of a run, with `everything` that there is to draw.

    Raises BenchError where its profile is not known.
    """
    asked = record.asked.scenarios
    return assembled(record, [section(record, one, everything=everything) for one in asked])


def assembled(record: Record, sections: Sequence[Section]) -> Document:
    """Return the document of these sections, group by group."""
    order = [*GROUPS, ""]
    return Document(
        name=record.name,
        origin=origin(record),
        notes=tuple(_notes(sections)),
        simulated=any(one.run.simulated for one in sections),
        sections=tuple(sorted(sections, key=lambda one: order.index(one.group))),
        skipped=record.asked.skipped,
    )


def section(record: Record, scenario: Scenario, *, everything: bool = False) -> Section:
    """Return what is said of one scenario of a run; with `everything`, of all its charts too."""
    return _section(scenario_run(record, scenario), everything=everything)


def _section(run: ScenarioRun, *, everything: bool) -> Section:
    own = own_route(run) if run.record.asked.app else None
    said = (*([own_app.headline(own)] if own else []), *answer(run))
    void = [
        Remark(comparisons.of_void(run, one), _remedies(language.reason(why)[1] for why in one.why))
        for one in run.answer.void
    ]
    for reason, names in comparisons.void_once(run).items():
        says, remedy = language.reason(reason)
        what = say("words.void.once", names=wording.listed(names))
        void.append(Remark(say("words.void.says", what=what, why=says), remedy))
    return Section(
        run=run,
        answer=said,
        in_short=in_short(run, said),
        headline=headline(run),
        stand_in=_stand_in(run),
        claims=tuple(_claim(run, *one) for one in run.claims),
        charts=captions(run, everything=everything),
        variants=None if own else variants(run),
        taxes=taxes(run),
        code=code(run.record.asked, run.scenario),
        findings=() if own else tuple(findings(run)),
        traps=traps(run),
        conditions=tuple(conditions(run)),
        caveats=tuple(Remark(*language.reason(one)) for one in run.answer.caveats),
        void=tuple(void),
        note=note(run),
        own=own,
    )


def _remedies(remedies: Iterator[str]) -> str:
    return say("words.list.clause").join(remedies)


def _stand_in(run: ScenarioRun) -> str:
    """Return the label of what a stand-in served, for wherever its number appears."""
    return say("words.stand_in") if Caveat.STAND_IN in run.answer.caveats else ""


def _notes(sections: Sequence[Section]) -> Iterator[str]:
    """Say what the intervals of a run speak of."""
    answers = sum(one.run.answered for one in sections)
    if not answers:
        return
    missing = round(ERRS * answers)
    of_all = say("words.notes.missing", answers=answers, missing=missing) if missing else ""
    yield say("words.notes.together", of_all=of_all)
    yield say("words.notes.typical")
    if any(one.run.once for one in sections):
        yield say("words.notes.once")
    if any(claim.changed for one in sections for claim in one.claims):
        yield say("words.notes.changed")


def _claim(run: ScenarioRun, claim: Claim, contrast: Contrast, judgement: Judgement) -> JudgedClaim:
    verdict = say(f"words.judgement.{judgement}")
    measured = Cell(say("words.no_answer.because", why=no_answer(contrast.why)))
    if contrast.gain:
        measured = wording.gain(contrast.gain, _stand_in(run))
    elif not run.design.profile.judged:
        measured, verdict = Cell(say("words.unknown")), not_judged(run)
    return JudgedClaim(
        scenario=run.scenario.name,
        title=wording.title(run.scenario),
        says=sentences.of_claim(claim, run.label(run.primary)),
        measured=measured,
        judgement=judgement,
        verdict=verdict,
        changed=bool(claim.expected),
    )
