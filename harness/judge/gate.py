"""The gate: whether head is slower than base, variant by variant, and whether that can be told.

Each variant that both sides have is a contest of two, in blocks that hold either side once. Judged
are capacity, which shows what waits longer, and CPU per request, which shows what computes longer.
First every contest is screened by few blocks. What is suspect is measured again under another seed,
and red comes from those fresh blocks alone. A contest passes by its capacity, which shows both
where the processor bounds it; where it idles a part of the time, CPU per request spreads several
times wider than a margin, so it can make a job red and never green. The tests are in screening.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from harness.design.design import Design
from harness.design.profile import GATE
from harness.judge.caveats import Caveat
from harness.judge.counts import CountChange
from harness.judge.interval import Interval
from harness.model.metric import Metric, capacity, cpu_per_request, until_failure
from harness.model.scenario import Scenario, Variant

BASE, HEAD = "base", "head"
METRICS = CAPACITY, CPU = capacity, cpu_per_request


class GateVerdict(StrEnum):
    """What a gate says of a contest."""

    REGRESSION = "regression"
    UNCLEAR = "unclear"
    INVALID = "invalid"
    PASSED = "passed"
    FASTER = "faster"


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

    It is `suspect` where fresh blocks are to tell, `cleared` where head is slower by no more than
    the margin and some room, and `faster` where it surely is. `detectable` is the smallest ratio
    that fresh blocks would make red with a power of 80 %.
    """

    metric: Metric
    cost: Interval
    suspect: bool
    cleared: bool
    faster: bool
    detectable: float


@dataclass(frozen=True, slots=True)
class Screened:
    """A contest after its first blocks.

    Where `invalid` says why, nothing is judged; `broken` where an app or a service failed.
    """

    changes: tuple[MetricChange, ...] = ()
    void: int = 0
    caveats: tuple[Caveat, ...] = ()
    invalid: str = ""
    broken: bool = False

    @property
    def suspects(self) -> dict[str, MetricChange]:
        """What may be slower, by the metric's name."""
        return {one.metric.name: one for one in self.changes if one.suspect}

    @property
    def cleared(self) -> bool:
        """Whether capacity is no slower, and CPU per request not seen to be."""
        return not self.suspects and self.capacity_cleared

    @property
    def capacity_cleared(self) -> bool:
        """Whether capacity is no slower, whatever CPU per request says."""
        return any(one.metric == CAPACITY and one.cleared for one in self.changes)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A suspect after fresh blocks: what each metric costs there, and which of them is slower.

    `settled` where no further block is wanted.
    """

    costs: Mapping[str, Interval]
    slower: tuple[str, ...]
    settled: bool
    invalid: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class ContestResult:
    """A contest with its screen, and the fresh blocks where that made it suspect.

    `counts` are what there is more of in each request of head: where there are any, it is red.
    """

    contest: Contest
    screened: Screened
    fresh: Confirmed | None = None
    counts: tuple[CountChange, ...] = ()

    @property
    def verdict(self) -> GateVerdict:
        """REGRESSION only if counts say so, or the fresh blocks too."""
        screened, fresh = self.screened, self.fresh
        if self.counts:
            return GateVerdict.REGRESSION
        if screened.invalid:
            return GateVerdict.INVALID
        if fresh and fresh.slower:
            return GateVerdict.REGRESSION
        capacity_known = CAPACITY.name in screened.suspects or screened.capacity_cleared
        if fresh and fresh.settled and not fresh.invalid and capacity_known:
            return GateVerdict.PASSED
        if not screened.cleared:
            return GateVerdict.UNCLEAR
        faster = any(one.faster for one in screened.changes)
        return GateVerdict.FASTER if faster else GateVerdict.PASSED

    @property
    def broken(self) -> bool:
        """Whether an app or a service failed."""
        return self.screened.broken or bool(self.fresh and self.fresh.broken)


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


def exit_code(results: Sequence[ContestResult], *, strict: bool) -> int:
    """Return the verdict for a shell.

    0 pass, 1 a confirmed regression, 3 nothing valid or something broken, 4 unclear where `strict`.
    """
    verdicts = {result.verdict for result in results}
    if GateVerdict.REGRESSION in verdicts:
        return 1
    if any(result.broken for result in results) or verdicts <= {GateVerdict.INVALID}:
        return 3
    return 4 if strict and not verdicts <= {GateVerdict.PASSED, GateVerdict.FASTER} else 0


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
        lanes=0,
    )
    return Contest(head.name, name, scenario)
