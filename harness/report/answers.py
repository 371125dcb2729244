"""The forest: every answer of a run as a row on one log axis, with 1 in the middle.

A row is one comparison, of the fix against its trap, in words of what each of them does. A scenario
that was asked at several points has one row among all answers, and a forest of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from harness.catalogue import catalogue
from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat
from harness.judge.interval import Interval, Verdict
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.scenario import CLIENTS, Scenario
from harness.report import language, wording
from harness.report.captions import origin
from harness.report.document import Document, Section
from harness.report.family import Family, Part, parts
from harness.report.findings import distance
from harness.report.headline import claim_id, ratio, told
from harness.report.language import does, say

# How many times 1 the axis may reach, and what is written along its upper half.
TICKS = {2.0: (1.25, 2.0), 5.0: (2.0, 5.0), 20.0: (2.0, 5.0, 20.0), 50.0: (5.0, 50.0)}
MIDDLE = 0.5  # where 1× lies, as a share of the axis
COLLAPSE = "collapse"

Drawn = Literal["better", "worse", "grey", "collapse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A comparison: `words` say what it is, `at` at which point, `ratio` and `interval` the answer.

    `part` is the anchor of its scenario on the page. `metric` is what decides, in plain words,
    `before` the level of the trap and `after` that of the fix; the claim ids are of the ratio and
    of these two. `low`, `estimate` and `high` are shares of the axis, 0 to 1; `below` and `above`
    say that the interval goes on beyond its ends. `verdict` is "grey" where nothing is clear, and
    "collapse" where one of the two gave way, or was not seen to fail: then there is only a bound.
    """

    part: str
    words: str
    at: str
    stand_in: str
    metric: str
    before: str
    after: str
    ratio: str
    interval: str
    claim: str
    claim_before: str
    claim_after: str
    low: float
    estimate: float
    high: float
    below: bool
    above: bool
    verdict: Drawn

    @property
    def side(self) -> Drawn:
        """The side of 1 that the estimate lies on."""
        return "better" if self.estimate >= MIDDLE else "worse"

    @property
    def says(self) -> str:
        """How it stands in a word, for readers who do not see the bar."""
        return say(f"forest.{self.side if self.verdict == COLLAPSE else self.verdict}")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows below a heading."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """What is written at a share of the axis."""

    label: str
    share: float


@dataclass(frozen=True, slots=True)
class Missing:
    """What has no answer, by the anchor of its scenario and its name, and why."""

    part: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A forest. `origin` says where it comes from, for where it stands alone."""

    groups: tuple[Group, ...]
    ticks: tuple[Tick, ...]
    missing: tuple[Missing, ...]
    origin: str

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def legend(self) -> tuple[str, ...]:
        """What the marks stand for that are in it."""
        shown = {
            "bar": True,
            "grey": any(row.verdict == "grey" for row in self.rows),
            "arrow": any(row.below or row.above for row in self.rows if row.verdict != COLLAPSE),
            COLLAPSE: any(row.verdict == COLLAPSE for row in self.rows),
        }
        return tuple(say(f"forest.legend_{name}") for name, there in shown.items() if there)


def answers(found: Document) -> Answers | None:
    """Return the forest of a run: a row per scenario, the groups in their order.

    None of one scenario, of somebody's own app, and where nothing was judged.
    """
    every = parts(found)
    speaking = {part.name: one for part in every if (one := chosen(part))}
    if len(every) < 2 or found.own or not speaking:  # noqa: PLR2004  one has its own chart
        return None
    reach = _reach(gain for _, _, gain in speaking.values())
    groups: dict[str, list[Row]] = {}
    for part in every:
        if part.name in speaking:
            section, contrast, gain = speaking[part.name]
            words = _instead(section.scenario, contrast.subject, contrast.over)
            row = _row(section, contrast, gain, reach, part=part.name, words=words)
            groups.setdefault(part.group, []).append(row)
    left = (part for part in every if part.name not in speaking)
    simulated = f"{language.reason(Caveat.SIMULATED)[0]} · " if found.simulated else ""
    return Answers(
        tuple(Group(language.group(name), _sorted(rows)) for name, rows in groups.items()),
        _ticks(reach),
        tuple(Missing(one.name, one.name, sections_of(one)[0].answer[0].says) for one in left),
        f"{simulated}{found.origin}",
    )


def points(family: Family) -> Answers | None:
    """Return the forest of a family: below each comparison a row per point.

    None where nothing was judged.
    """
    made = {pair: family.contrasts(*pair) for pair in family.ratios}
    known = [one.gain for found in made.values() for one in found if one and one.gain]
    if not known:
        return None
    reach, groups = _reach(known), []
    for pair, found in made.items():
        rows = [
            _row(section, one, one.gain, reach, part=section.name, words=point)
            for section, point, one in zip(family.sections, family.points, found, strict=True)
            if one and one.gain
        ]
        if rows:
            groups.append(Group(_instead(family.sections[0].scenario, *pair), tuple(rows)))
    missing = (
        Missing(section.name, point, section.answer[0].says)
        for section, point in zip(family.sections, family.points, strict=True)
        if not section.run.answered
    )
    where = origin(*(one.run for one in family.sections))
    return Answers(tuple(groups), _ticks(reach), tuple(missing), where)


def share(factor: float, reach: float) -> float:
    """Return where a factor lies on an axis from 1 / reach to reach; its ends hold what is beyond.

    0.5 is as far from the middle as 2.
    """
    return MIDDLE + math.log(min(max(factor, 1 / reach), reach)) / (2 * math.log(reach))


def in_plain_words(metric: Metric) -> str:
    """Return what a metric is for readers who do not know its name, and of how many clients."""
    key = f"forest.metric.{metric.name}"
    name = say(key) if language.known(key) else language.metric(metric.name)
    if metric.clients is None:
        return name
    return say("forest.of_clients", metric=name, clients=metric.clients)


def sections_of(part: Part) -> tuple[Section, ...]:
    """Return the sections of a scenario: one, or one for each of its points."""
    return part.sections if isinstance(part, Family) else (part,)


def chosen(part: Part) -> tuple[Section, Contrast, Interval] | None:
    """Return the comparison that speaks for a scenario; None without an answer.

    Of several points it is that at the scenario's own settings, else the one farthest from 1.
    """
    told_at = ((section, told(section.run)) for section in sections_of(part))
    found = [(section, one, one.gain) for section, one in told_at if one and one.gain]
    own = [one for one in found if _own(one[0].scenario)]
    return max(own or found, key=lambda one: distance(one[2]), default=None)


def _own(scenario: Scenario) -> bool:
    """Return whether a point has the values that the catalogue's scenario has of itself."""
    declared = _catalogue().get(scenario.home)
    if declared is None:
        return False
    own = {**declared.knobs, CLIENTS: declared.clients}
    return all(own.get(name) == value for name, value in scenario.at.items())


@cache
def _catalogue() -> dict[str, Scenario]:
    return catalogue(refused={})


def _row(
    section: Section, contrast: Contrast, gain: Interval, reach: float, *, part: str, words: str
) -> Row:
    scenario, subject, over = section.scenario, contrast.subject, contrast.over
    endless = math.isinf(gain.low) or gain.high == 0
    return Row(
        part=part,
        words=words,
        at="" if part == section.name else wording.point(scenario.at),
        stand_in=section.stand_in,
        metric=in_plain_words(contrast.metric),
        before=_level(section, contrast.metric, over),
        after=_level(section, contrast.metric, subject),
        ratio=ratio(gain),
        interval="" if endless else wording.between(gain, wording.times),
        claim=claim_id(scenario.name, subject, over),
        claim_before=claim_id(scenario.name, over),
        claim_after=claim_id(scenario.name, subject),
        low=share(gain.low, reach),
        estimate=share(gain.estimate, reach),
        high=share(gain.high, reach),
        below=gain.low < 1 / reach,
        above=gain.high > reach,
        verdict=_drawn(contrast, gain),
    )


def _drawn(contrast: Contrast, gain: Interval) -> Drawn:
    if contrast.verdict not in {Verdict.BETTER, Verdict.WORSE}:
        return "grey"
    if gain.bound is not Bound.EXACT or gain.estimate in {0.0, math.inf}:
        return "collapse"
    return "better" if contrast.verdict is Verdict.BETTER else "worse"


def _level(section: Section, metric: Metric, variant: str) -> str:
    found = section.run.typical(metric, variant)
    return wording.level(found, metric) if found else ""


def _instead(scenario: Scenario, subject: str, over: str) -> str:
    """Say what takes the place of what, by what the two variants do."""
    return say("forest.instead", subject=does(scenario, subject), over=does(scenario, over))


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows with the largest gain first."""
    return tuple(sorted(rows, key=lambda row: (-row.estimate, -row.low)))


def _reach(found: Iterable[Interval]) -> float:
    """Return how many times 1 the axis reaches: every interval as far as it may."""
    ends = [one for gain in found for one in (gain.low, gain.high) if 0 < one < math.inf]
    farthest = max((max(one, 1 / one) for one in ends), default=1.0)
    return next((reach for reach in TICKS if reach >= farthest), max(TICKS))


def _ticks(reach: float) -> tuple[Tick, ...]:
    factors = [1 / one for one in reversed(TICKS[reach])] + [1.0, *TICKS[reach]]
    return tuple(Tick(wording.times(one), share(one, reach)) for one in factors)
