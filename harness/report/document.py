"""The report as one document: what is said of a run, once, for every format to write.

Renderers take it and decide nothing but how it looks. A chart is in it by its caption; what it
draws are the values in `Section.run`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.caveats import stand_in
from harness.judge.interval import Judgement
from harness.model.record import Record, Skipped
from harness.model.scenario import GROUPS, Claim, Scenario
from harness.report import comparisons, sentences, wording
from harness.report.captions import Caption, captions
from harness.report.code import Code, code
from harness.report.conditions import conditions, origin
from harness.report.findings import Finding, distance, findings
from harness.report.own_app import OwnRoute, headline, own_route
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

    `scenario` is the name of its scenario, `title` that for people.
    """

    scenario: str
    title: str
    says: str
    measured: Cell
    judgement: Judgement
    verdict: str

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

    `in_short` is the answer in one line, `stand_in` the label of what a stand-in served. `own` is
    what is said of somebody's own app, None for a scenario of the catalogue.
    """

    run: ScenarioRun
    answer: tuple[Sentence, ...]
    in_short: str
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
        return self.scenario.question

    @property
    def heading(self) -> str:
        """The question; of one of several points, which one."""
        return self.scenario.title if self.scenario.at else self.question

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
    said = (*([headline(own)] if own else []), *_answer(run))
    caveats = [Remark(one.says, one.remedy) for one in run.answer.caveats]
    void = [
        Remark(comparisons.of_void(run, one), "; ".join(why.remedy for why in one.why))
        for one in run.answer.void
    ]
    void += [
        Remark(f"what was seen once ({wording.listed(names)}): {reason.says}", reason.remedy)
        for reason, names in comparisons.void_once(run).items()
    ]
    return Section(
        run=run,
        answer=said,
        in_short=_in_short(run, said),
        stand_in=stand_in(run.answer.caveats),
        claims=tuple(_claim(run, *one) for one in run.claims),
        charts=captions(run, everything=everything),
        variants=None if own else variants(run),
        taxes=taxes(run),
        code=code(run.record.asked, run.scenario),
        findings=() if own else tuple(findings(run)),
        traps=traps(run),
        conditions=tuple(conditions(run)),
        caveats=tuple(caveats),
        void=tuple(void),
        note=_note(run),
        own=own,
    )


def _notes(sections: Sequence[Section]) -> Iterator[str]:
    """Say what the intervals of a run speak of."""
    answers = sum(one.run.answered for one in sections)
    if not answers:
        return
    missing = round(ERRS * answers)
    of_all = f", so of {answers} scenarios about {missing} will miss somewhere" if missing else ""
    yield (
        "95 %: in 95 of 100 runs all intervals of one scenario's answer are right together, by the "
        f"metric that decides it{of_all}."
    )
    yield (
        "Intervals speak of the typical block of this machine in that hour. A faster or slower "
        "machine moves ratios between waiting and computing."
    )
    if any(one.run.once for one in sections):
        yield "Other figures were seen once, without interval, or have one that holds by itself."
    if any("*" in claim.says for one in sections for claim in one.claims):
        yield "Claims marked * were changed after earlier data."


def _note(run: ScenarioRun) -> str:
    """Say which metric decides, what the noise asked for, and what of the rest may be said."""
    asked = run.answer.asked_by_noise
    noise = f" Noise asked for {asked} blocks, where {run.design.planned_blocks} were planned."
    if not run.blocks:
        return f"One metric decides, as declared beforehand: {run.label(run.primary)}."
    rest = (
        "What else is shown was seen once, or is exploratory"
        if run.once
        else "What else is shown is exploratory; its intervals hold each by itself"
    )
    return (
        f"One metric decides, as declared beforehand: {run.label(run.primary)}."
        f"{noise if asked else ''} {rest}."
    )


def _answer(run: ScenarioRun) -> tuple[Sentence, ...]:
    """Say each contrast; of a server that is compared with nothing, its level; or why neither."""
    found = run.answer
    if found.invalid:
        return (Sentence(f"no answer: {found.invalid}"),)
    if not run.blocks:
        return (Sentence("not measured yet"),)
    if found.level is not None:
        return (sentences.of_level(run.primary, found.level),)
    said = [comparisons.of_contrast(run, one, levels=True) for one in found.contrasts]
    because = (comparisons.why(run), comparisons.collections(run))
    more = [*(one for one in because if one), *comparisons.failures(run)]
    return (*said, *more) if said else (Sentence("no answer: there are too few blocks"),)


def _claim(run: ScenarioRun, claim: Claim, contrast: Contrast, judgement: Judgement) -> JudgedClaim:
    measured, verdict = Cell(f"no answer, {contrast.why}"), str(judgement)
    if contrast.gain:
        measured = wording.gain(contrast.gain, stand_in(run.answer.caveats))
    elif not run.design.profile.judged:
        measured, verdict = Cell("n/a"), f"not judged ({run.record.asked.profile} run)"
    says = sentences.of_claim(claim, run.label(run.primary))
    one = run.scenario
    return JudgedClaim(one.name, one.title, says, measured, judgement, verdict)


def _in_short(run: ScenarioRun, said: tuple[Sentence, ...]) -> str:
    """Return every tax where that is the question, else the comparison that says most.

    That is the best of the variants that were claimed to be better than the baseline; else the
    one that is farthest from it.
    """
    over = run.scenario.baseline.name
    if found := taxes(run):
        more = (f"{one} {time}" for one, other, time, _ in found.rows if str(other) == over)
        return f"µs that a request takes more than {over}: {'; '.join(more)}"
    made = [one for one in run.answer.contrasts if one.gain and one.over == over]
    claimed = {one.subject for one in run.scenario.claims if one.over == over and one.at_least > 1}
    if fixes := [one for one in made if one.subject in claimed]:
        return _line(run, max(fixes, key=lambda one: one.gain.estimate if one.gain else 0.0))
    if made:
        return _line(run, max(made, key=lambda one: distance(one.gain)))
    return str(said[0])


def _line(run: ScenarioRun, contrast: Contrast) -> str:
    return str(comparisons.of_contrast(run, contrast, levels=True))
