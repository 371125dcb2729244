"""The gate: whether head is slower than base, variant by variant, and whether that can be told.

Each variant that both sides have is a contest of two, measured like any scenario: in blocks that
hold either side once. Judged are capacity, which shows what waits longer, and CPU per request,
which shows what computes longer. Red takes three things: an interval that excludes 1, an estimate
beyond the margin, and a second run, under another seed, that says so too. A contest passes by its
capacity, which shows both where the processor bounds it. Where the processor is idle for a part of
the time, CPU per request spreads several times wider than a margin, so it can make a job red and
never green. How often that errs was simulated: see the tests of the gate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from harness.design.design import ALPHA, Design
from harness.design.profile import GATE
from harness.judge import statistics
from harness.judge.answer import Block, answer, gain, values, whole_blocks
from harness.judge.caveats import Caveat, VoidReason
from harness.judge.statistics import Interval
from harness.model.facts import Measurement
from harness.model.metric import Metric, capacity, cpu_per_request, until_failure
from harness.model.scenario import Scenario, Variant

BASE, HEAD = "base", "head"
METRICS = CAPACITY, CPU = replace(capacity, prorated=True), replace(cpu_per_request, prorated=True)
GATE_ALPHA = ALPHA / len(GATE.looks) / len(METRICS)  # of one metric at one look (Bonferroni)
MARGIN = 0.03  # unless one is given
# What no noise makes: an app or a service failed.
FAILURES = {VoidReason.ERRORS, VoidReason.OTHER_ANSWERS, VoidReason.RESTARTED}


class MetricVerdict(StrEnum):
    """What one run says of one metric of one contest."""

    SLOWER = "slower"
    NO_SLOWER = "no slower"
    UNCLEAR = "unclear"


class GateVerdict(StrEnum):
    """What all runs say of a contest."""

    REGRESSION = "regression"
    UNCLEAR = "unclear"
    INVALID = "invalid"
    PASSED = "passed"


@dataclass(frozen=True)
class Contest:
    """A variant that both sides have, as a question about its two states."""

    of: str
    variant: str
    scenario: Scenario

    @property
    def name(self) -> str:
        """The name by which it is on record."""
        return self.scenario.name

    @property
    def title(self) -> str:
        """The name that people know: scenario/variant."""
        return f"{self.of}/{self.variant}"

    @cached_property
    def design(self) -> Design:
        """How it is measured."""
        return Design(self.scenario, GATE)


@dataclass(frozen=True, slots=True)
class MetricChange:
    """How many times as costly head is as base, by one metric: above 1 is slower.

    `detectable` is the smallest ratio that as many blocks tell with a power of 80 %.
    """

    metric: Metric
    cost: Interval
    verdict: MetricVerdict
    detectable: float


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """One run of one contest.

    Where `invalid` says why, nothing is judged; `broken` where an app or a service failed.
    """

    changes: tuple[MetricChange, ...] = ()
    void: int = 0
    caveats: tuple[Caveat, ...] = ()
    invalid: str = ""
    broken: bool = False

    @property
    def settled(self) -> bool:
        """Whether no further block is wanted."""
        return bool(self.invalid or self.suspects) or self.cleared

    @property
    def cleared(self) -> bool:
        """Whether capacity is no slower, and CPU per request not seen to be."""
        return not self.suspects and any(
            change.metric == CAPACITY and change.verdict is MetricVerdict.NO_SLOWER
            for change in self.changes
        )

    @property
    def suspects(self) -> dict[str, MetricChange]:
        """What is slower, by the metric's name."""
        slower = (one for one in self.changes if one.verdict is MetricVerdict.SLOWER)
        return {change.metric.name: change for change in slower}


@dataclass(frozen=True, slots=True)
class ContestResult:
    """A contest with its run, and the confirmation run where the first made it suspect."""

    contest: Contest
    first: RunVerdict
    second: RunVerdict | None = None

    @property
    def verdict(self) -> GateVerdict:
        """REGRESSION only if the confirmation run also finds head slower."""
        if self.first.invalid:
            return GateVerdict.INVALID
        if self.confirmed:
            return GateVerdict.REGRESSION
        return GateVerdict.PASSED if self.first.cleared else GateVerdict.UNCLEAR

    @property
    def confirmed(self) -> tuple[str, ...]:
        """The metrics by which the first run found head slower, where the second did too.

        The second may do so by either metric.
        """
        return tuple(self.first.suspects) if self.second and self.second.suspects else ()


def contests(head: Scenario, base: Scenario) -> tuple[list[Contest], list[str]]:
    """Pair the variants that both sides have, and name those that only one has.

    Each is served as its side has it. Questions, loads and knobs are head's.
    """
    sides = {HEAD: head, BASE: base}
    names = {side: [one.name for one in scenario.variants] for side, scenario in sides.items()}
    both = [name for name in names[HEAD] if name in names[BASE]]
    lone = [
        f"{head.name}/{name} (only {side} has it)"
        for side in sides
        for name in names[side]
        if name not in both
    ]
    return [_contest(head, base, name) for name in both], lone


def judge_run(contest: Contest, measurements: Sequence[Measurement], margin: float) -> RunVerdict:
    """Judge one run of a contest by its whole blocks."""
    found = answer(contest.design, measurements)
    whole = whole_blocks(contest.scenario, measurements)
    void, fewest = len(found.void), contest.design.looks[0]
    if found.invalid or len(whole) < fewest:
        failed = sum(bool(FAILURES.intersection(one.why)) for one in found.void)
        why = found.invalid or f"{len(whole)} of the {fewest} blocks it takes were measured"
        return RunVerdict(void=void, invalid=why, broken=2 * failed > void)
    costs = {metric: gain(metric, BASE, HEAD, whole, GATE_ALPHA) for metric in METRICS}
    if costs[CAPACITY] is None:
        return RunVerdict(void=void, invalid="the capacity could not be read in every block")
    changes = tuple(
        MetricChange(metric, cost, judge_cost(cost, margin), detectable(metric, whole, len(whole)))
        for metric, cost in costs.items()
        if cost  # what serves nothing has no CPU per request
    )
    return RunVerdict(changes, void, found.caveats)


def judge_cost(cost: Interval, margin: float) -> MetricVerdict:
    """Return what an interval of head's cost over base's means."""
    if cost.low > 1 and cost.estimate >= 1 + margin:
        return MetricVerdict.SLOWER
    return MetricVerdict.NO_SLOWER if cost.high < 1 + margin else MetricVerdict.UNCLEAR


def detectable(metric: Metric, blocks: Sequence[Block], number: int) -> float:
    """Return the smallest ratio that so many blocks tell with a power of 80 %.

    By how the blocks on record spread; infinity where they do not tell.
    """
    of_base, of_head = (values(metric, side, blocks) for side in (BASE, HEAD))
    differences = statistics.log_ratios(of_base, of_head)
    centre = statistics.hodges_lehmann(differences)[0]
    if not math.isfinite(centre):
        return math.inf
    spread = [one - centre for one in differences]
    return statistics.minimum_detectable_effect(spread, number, GATE_ALPHA)


def exit_code(results: Sequence[ContestResult], *, strict: bool) -> int:
    """Return the verdict for a shell.

    0 pass, 1 a confirmed regression, 3 nothing valid or something broken, 4 unclear where `strict`.
    """
    verdicts = [result.verdict for result in results]
    if GateVerdict.REGRESSION in verdicts:
        return 1
    runs = [run for result in results for run in (result.first, result.second) if run]
    if any(run.broken for run in runs) or set(verdicts) <= {GateVerdict.INVALID}:
        return 3
    return 4 if strict and set(verdicts) != {GateVerdict.PASSED} else 0


def _contest(head: Scenario, base: Scenario, name: str) -> Contest:
    sides: list[Variant] = []
    for side, scenario in ((BASE, base), (HEAD, head)):
        variant = scenario.variant(name)
        budget = scenario.budget_of(variant)
        sides.append(replace(variant, name=side, file=variant.source, budget=budget))
    scenario = replace(
        head,
        name=f"{head.name}-{name}",
        folder=head.home,
        question=f"Is {name} slower than it was?",
        # The guards must know where some requests may fail.
        primary=until_failure if head.primary.counts_failures else capacity,
        variants=tuple(sides),
        claims=(),
        loads=(),
        sweep=(),
    )
    return Contest(head.name, name, scenario)
