"""A scenario that was asked at several points, as every format shows it: once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.model.metric import Metric
from harness.model.scenario import Scenario, Variant
from harness.report import language, quantities, sentences, wording
from harness.report.document import Document, JudgedClaim, Remark, Section
from harness.report.headline import told
from harness.report.language import say
from harness.report.said import in_short
from harness.report.wording import Cell, Column, Table

MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Family:
    """The sections of one scenario's points, in the order of its points."""

    sections: tuple[Section, ...]

    @property
    def name(self) -> str:
        """The name of the scenario without a point."""
        return self.sections[0].scenario.home

    @property
    def group(self) -> str:
        """The scenario's group."""
        return self.sections[0].group

    @property
    def question(self) -> str:
        """The scenario's question."""
        return self.sections[0].question

    @property
    def metric(self) -> Metric:
        """The metric that decides."""
        return self.sections[0].run.primary

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants, the first of which is the baseline."""
        return self.sections[0].scenario.variants

    @property
    def points(self) -> tuple[str, ...]:
        """The points in words."""
        return tuple(wording.point(one.scenario.at) for one in self.sections)

    @property
    def complete(self) -> bool:
        """Whether every point is measured, or has no answer; only then its charts are drawn.

        To draw them with each point would take much of a run's time.
        """
        return all(one.run.blocks or one.run.answer.invalid for one in self.sections)

    @property
    def in_short(self) -> tuple[tuple[str, str], ...]:
        """Each point with its answer in one line; what a variant does is said once."""
        answers, known = [], set[str]()
        for one in self.sections:
            answers.append(f"{in_short(one.run, one.answer, known)}{one.stand_in}")
            if contrast := told(one.run):
                known |= {contrast.subject, contrast.over}
        return tuple(zip(self.points, answers, strict=True))

    @property
    def note(self) -> str:
        """What decides, and what the intervals hold for."""
        return say("tables.family.note", metric=self.sections[0].run.label(self.metric))

    @property
    def notes(self) -> tuple[tuple[str, Remark], ...]:
        """Doubts and reasons of void blocks, each once: "note" or "void", and the remark."""
        caveats = dict.fromkeys(one for section in self.sections for one in section.caveats)
        void = Counter(
            (reason, point)
            for point, section in zip(self.points, self.sections, strict=True)
            for block in section.run.answer.void
            for reason in block.why
        )
        remarks = []
        for reason in dict.fromkeys(reason for reason, _ in void):
            where = {point: many for (why, point), many in void.items() if why is reason}
            blocks = wording.count(sum(where.values()), "block")
            says, remedy = language.reason(reason)
            what = say("words.void.whose", block=blocks, names=wording.listed(list(where)))
            remarks.append(("void", Remark(say("words.void.says", what=what, why=says), remedy)))
        return (*(("note", one) for one in caveats), *remarks)

    @property
    def table(self) -> Table:
        """A row for each point: each variant's level, each comparison and its claim."""
        ratios = (
            Column(say("tables.family.ratio", subject=subject, over=over), cells)
            for (subject, over), cells in self.ratios.items()
        )
        points = Column("", tuple(map(Cell, self.points)))
        return Table((points, *self._levels(), *ratios))

    @property
    def ratios(self) -> dict[tuple[str, str], tuple[Cell, ...]]:
        """Every comparison, as (subject, over), at each point; one of two that are reversed."""
        pairs: list[tuple[str, str]] = []
        for subject, over in (pair for one in self.sections for pair in one.run.design.pairs):
            if not {(subject, over), (over, subject)} & set(pairs):
                pairs.append((subject, over))
        return {pair: tuple(_gain(one, *pair) for one in self.sections) for pair in pairs}

    @property
    def claims(self) -> tuple[tuple[str, JudgedClaim], ...]:
        """Each claim with the point at which it was made."""
        pairs = zip(self.points, self.sections, strict=True)
        return tuple((point, claim) for point, section in pairs for claim in section.claims)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenario at each of its points."""
        return tuple(one.scenario for one in self.sections)

    @property
    def traps(self) -> tuple[tuple[str, str], ...]:
        """Each trap with the point at which it was measured, and its figures."""
        pairs = zip(self.points, self.sections, strict=True)
        return tuple((point, str(said)) for point, one in pairs for said in one.traps)

    def contrasts(self, subject: str, over: str) -> tuple[Contrast | None, ...]:
        """Return one comparison at each point; None where it was not made."""
        return tuple(_contrast(one, subject, over) for one in self.sections)

    def does(self, variant: str) -> str:
        """Return what a variant does."""
        return language.does(self.sections[0].scenario, variant)

    def _levels(self) -> Iterator[Column]:
        unit = language.unit(self.metric.unit.name)
        for variant in self.variants:
            cells = tuple(_level(section, variant) for section in self.sections)
            name = say("words.variant", name=variant.name, does=self.does(variant.name))
            yield Column(say("tables.head.metric", name=name, unit=unit), cells)


Part = Section | Family


def parts(found: Document) -> list[Part]:
    """Return the sections of a document, those of one scenario's points as a family."""
    families: dict[str, list[Section]] = {}
    for one in found.sections:
        if one.scenario.at:
            families.setdefault(one.scenario.home, []).append(one)
    first = {id(points[0]): Family(tuple(points)) for points in families.values()}
    kept = (one for one in found.sections if not one.scenario.at or id(one) in first)
    return [first.get(id(one), one) for one in kept]


def families(found: Document) -> list[Family]:
    """Return the families of a document."""
    return [one for one in parts(found) if isinstance(one, Family)]


def groups(found: Document) -> dict[str, list[Part]]:
    """Return the parts of a document by group."""
    grouped: dict[str, list[Part]] = {}
    for one in parts(found):
        grouped.setdefault(one.group, []).append(one)
    return grouped


def _contrast(section: Section, subject: str, over: str) -> Contrast | None:
    made = {(one.subject, one.over): one for one in section.run.answer.contrasts}
    return made.get((subject, over))


def _gain(section: Section, subject: str, over: str) -> Cell:
    """Write a comparison, and how what was claimed of it is judged."""
    found, claims = _contrast(section, subject, over), section.run.scenario.claims
    judged = "".join(
        say(
            "tables.family.claim", says=sentences.claimed(claim), sign=one.sign, verdict=one.verdict
        )
        for claim, one in zip(claims, section.claims, strict=True)
        if {claim.subject, claim.over} == {subject, over}
    )
    if found is None:
        return Cell("–", remark=judged)
    if found.gain is None:
        return Cell(section.no_answer, remark=judged)
    return wording.gain(found.gain, judged)


def _level(section: Section, variant: Variant) -> Cell:
    """Write a level, and the memory of the server beside it."""
    run = section.run
    found = run.typical(run.primary, variant.name)
    rss = None if variant.runs_on == "elsewhere" else run.median(quantities.rss, variant.name)
    memory = ""
    if found and rss:
        memory = say("tables.family.memory", memory=f"{rss / MEGABYTE:,.0f}")
        held = run.median(quantities.held, variant.name)
        if held is not None:
            memory += say("tables.family.held", memory=f"{held / 1e3:,.1f}")
    return wording.cell(found, lambda value: wording.amount(value, run.primary), memory)
