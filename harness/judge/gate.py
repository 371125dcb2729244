"""The gate: whether head is slower than base, variant by variant, and whether that can be told here at all.

Each variant that both sides have is a contest of two, conducted like any scenario: in blocks that hold either side once. Judged are capacity, which shows what
waits longer, and CPU per request, which shows what computes longer. Red takes three things: an interval that excludes 1, an estimate beyond the margin,
and a second run, under another seed, that says so too. A contest passes by its capacity, which shows both where the processor bounds it;
where the processor is idle for a part of the time, CPU per request spreads several times wider than a margin, so it may only accuse.
How often that errs was simulated: tests/test_gate.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.design.plan import LEVEL, PROFILES, looks
from harness.judge import statistics
from harness.judge.answer import answer, gain, values, whole_blocks
from harness.judge.caveats import Caveat, Void
from harness.judge.statistics import Interval
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import (
    Metric,
    Scenario,
    Variant,
    capacity,
    cpu_per_request,
    until_failure,
)
from harness.store.records import Run

PROFILE = "gate"
BASE, HEAD = "base", "head"
METRICS = CAPACITY, CPU = replace(capacity, prorated=True), replace(cpu_per_request, prorated=True)
MARGIN = 0.03  # unless one is given
FAILING = {Void.ERRORS, Void.OTHER_ANSWERS, Void.RESTARTED}  # which no noise makes
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Ruling(StrEnum):
    """What one run says of one metric of one contest."""

    SLOWER = "slower"
    NO_SLOWER = "no slower"
    UNCLEAR = "unclear"


class Verdict(StrEnum):
    """What all runs say of a contest."""

    REGRESSION = "regression"
    UNCLEAR = "unclear"
    INVALID = "invalid"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Change:
    """How many times as costly head is as base, by one metric: above 1 is slower. `tells` is the smallest ratio that as many blocks tell four times in five."""

    metric: Metric
    cost: Interval
    ruling: Ruling
    tells: float


@dataclass(frozen=True, slots=True)
class Ruled:
    """One run of one contest. Where `invalid` says why, nothing is ruled; `broken` where an app or a service failed."""

    changes: tuple[Change, ...] = ()
    voided: int = 0
    caveats: tuple[Caveat, ...] = ()
    invalid: str = ""
    broken: bool = False

    @property
    def settled(self) -> bool:
        """Say whether no further block is wanted."""
        return bool(self.invalid or self.suspects) or self.cleared

    @property
    def cleared(self) -> bool:
        """Say whether capacity is no slower, and CPU per request not seen to be."""
        return not self.suspects and any(
            change.metric == CAPACITY and change.ruling is Ruling.NO_SLOWER
            for change in self.changes
        )

    @property
    def suspects(self) -> dict[str, Change]:
        """Give what is slower, by the metric's name."""
        return {
            change.metric.name: change for change in self.changes if change.ruling is Ruling.SLOWER
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A contest with its run, and the second one where the first made it suspect."""

    contest: Scenario
    first: Ruled
    second: Ruled | None = None

    @property
    def verdict(self) -> Verdict:
        """Put the runs together."""
        if self.first.invalid:
            return Verdict.INVALID
        if self.confirmed:
            return Verdict.REGRESSION
        return Verdict.PASSED if self.first.cleared else Verdict.UNCLEAR

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Name the metrics by which the first run found head slower, where the second did as well, by whichever."""
        return tuple(self.first.suspects) if self.second and self.second.suspects else ()


def contests(head: Scenario, base: Scenario) -> tuple[list[Scenario], list[str]]:
    """Pair the variants that both sides have, each as served there, and name those that only one has. Questions, loads and knobs are head's."""
    sides = {HEAD: head, BASE: base}
    names = {
        side: [variant.name for variant in scenario.variants] for side, scenario in sides.items()
    }
    both = [name for name in names[HEAD] if name in names[BASE]]
    lone = [
        f"{head.name}/{name} (only {side} has it)"
        for side in sides
        for name in names[side]
        if name not in both
    ]
    return [_contest(head, base, name) for name in both], lone


def ruled(contest: Scenario, measurements: Sequence[Measurement], margin: float) -> Ruled:
    """Judge one run of a contest by its whole blocks."""
    profile = PROFILES[PROFILE]
    found, whole = answer(contest, profile, measurements), whole_blocks(contest, measurements)
    void, first = len(found.voided), looks(contest, profile)[0]
    if found.invalid or len(whole) < first:
        broken = 2 * sum(bool(FAILING.intersection(one.why)) for one in found.voided) > void
        return Ruled(
            voided=void,
            invalid=found.invalid or f"{len(whole)} of the {first} blocks it takes were measured",
            broken=broken,
        )
    costs = [
        (metric, cost) for metric in METRICS if (cost := gain(metric, BASE, HEAD, whole, level()))
    ]  # what serves nothing has no CPU per request
    if CAPACITY not in dict(costs):
        return Ruled(voided=void, invalid="the capacity could not be read in every block")
    return Ruled(
        tuple(
            Change(metric, cost, rule(cost, margin), tells(metric, whole, len(whole)))
            for metric, cost in costs
        ),
        void,
        found.caveats,
    )


def rule(cost: Interval, margin: float) -> Ruling:
    """Say what an interval of head's cost over base's means."""
    if cost.low > 1 and cost.estimate >= 1 + margin:
        return Ruling.SLOWER
    return Ruling.NO_SLOWER if cost.high < 1 + margin else Ruling.UNCLEAR


def level() -> float:
    """Give the error level of one metric at one look: 5 % split equally (Bonferroni)."""
    return LEVEL / len(PROFILES[PROFILE].looks) / len(METRICS)


def tells(metric: Metric, whole: Sequence[Mapping[str, Measurement]], number: int) -> float:
    """Estimate the smallest ratio that so many blocks tell four times in five, by how the blocks on record spread."""
    of_base, of_head = (
        values(metric, side, [dict(block) for block in whole]) for side in (BASE, HEAD)
    )
    differences = statistics.log_ratios(of_base, of_head)
    centre = statistics.hodges_lehmann(differences)[0]
    return (
        statistics.detectable([one - centre for one in differences], number, level())
        if math.isfinite(centre)
        else math.inf
    )


def results(run: Run, second: Run, margin: float) -> list[Result]:
    """Read what a gate found back from its records."""
    first, again = run.read(), second.read()
    asked_again = {one.trial.scenario for one in again}
    return [
        Result(
            contest,
            ruled(contest, first, margin),
            ruled(contest, again, margin) if contest.name in asked_again else None,
        )
        for contest in run.asked.scenarios
    ]


def exit_code(results: Sequence[Result], *, strict: bool) -> int:
    """Say it to a shell: 0 pass, 1 a confirmed regression, 3 nothing valid or something broken, 4 unclear where that is not let pass."""
    verdicts = [result.verdict for result in results]
    if Verdict.REGRESSION in verdicts:
        return 1
    if any(run.broken for result in results for run in (result.first, result.second) if run) or all(
        verdict is Verdict.INVALID for verdict in verdicts
    ):
        return 3
    return 4 if strict and set(verdicts) != {Verdict.PASSED} else 0


def seconds_of(text: str) -> float:
    """Read a length of time such as 10m, 90s or 1h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if not found or not float(found[1]):
        raise BenchError(f"{text!r} is no length of time", hint="write it like 10m, 90s or 1h")
    return float(found[1]) * UNITS[found[2]]


def share_of(text: str) -> float:
    """Read a share such as 3% or 0.03: above 0 and at most a quarter, for nobody needs a gate to see more."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", text.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else 0.0
    if not 0 < share <= 0.25:  # noqa: PLR2004  see above
        raise BenchError(
            f"{text!r} is no margin", hint="give more than 0 % and at most 25 %, like 3%"
        )
    return share


def _contest(head: Scenario, base: Scenario, name: str) -> Scenario:
    sides: list[Variant] = []
    for side, scenario in ((BASE, base), (HEAD, head)):
        variant = scenario.variant(name)
        sides.append(
            replace(variant, name=side, file=variant.source, budget=scenario.budget_of(variant))
        )
    primary = (
        until_failure if head.primary.counts_failures else capacity
    )  # which lets the guards know that some may fail
    return replace(
        head,
        name=f"{head.name}-{name}",
        home=head.folder,
        question=f"Is {name} slower than it was?",
        primary=primary,
        variants=tuple(sides),
        claims=(),
        loads=(),
        sweep=(),
    )
