"""The design of one scenario's experiment: what will be done, and in which order.

A randomized complete block design. First an evidence pass, in which every variant is seen at work.
Then blocks: in each, every variant meets the same load once on a fresh server, next to its rivals
in time, in a balanced order, so that slow drift of the machine and the effect of going first fall
on all variants alike and cancel in the ratio. Last, when the answer is known, what is seen once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import count, islice

from harness.design import script
from harness.design.lengths import in_words
from harness.design.orders import orders
from harness.design.profile import Profile
from harness.model.app import Budget
from harness.model.facts import CLOSED
from harness.model.scenario import Scenario
from harness.model.trial import Kind, Phase, Trial

ALPHA = 0.05  # family-wise error, over all comparisons of a scenario
TYPICAL_CEILING, TYPICAL_S = 2000.0, 0.01  # requests/s and seconds, for an estimate of time
JITTER_S = 0.1  # by which ramps differ, so that no rhythm of the machine is met at equal steps


@dataclass(frozen=True, slots=True)
class Placing:
    """What the loads are placed by, as it was seen.

    `smallest_ceiling` in requests/s, None where no open load is asked; `slowest_s` is the
    response of the slowest variant, alone.
    """

    smallest_ceiling: float | None
    slowest_s: float


@dataclass(frozen=True)
class Design:
    """A scenario under a profile, with everything that follows from the two."""

    scenario: Scenario
    profile: Profile

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every comparison that is made, as (subject, over).

        Each variant with the baseline, and what the claims add.
        """
        over = self.scenario.baseline.name
        compared = [(variant.name, over) for variant in self.scenario.variants[1:]]
        claimed = [(claim.subject, claim.over) for claim in self.scenario.claims]
        return (*compared, *(pair for pair in claimed if pair not in compared))

    @cached_property
    def alpha(self) -> float:
        """The error of one comparison: ALPHA split equally (Bonferroni)."""
        return ALPHA / max(1, self._compared)

    @cached_property
    def planned_blocks(self) -> int:
        """The blocks that are planned before the noise is known."""
        few = 2  # comparisons
        return self.profile.few if self._compared <= few else self.profile.blocks

    @property
    def _compared(self) -> int:
        """The number of comparisons: one in both directions is the same."""
        return len({frozenset(pair) for pair in self.pairs})

    @property
    def most_blocks(self) -> int:
        """The blocks that are measured at most; at one of many points no more than planned."""
        return self.planned_blocks if self.scenario.at and self.profile.once else self.profile.most

    def retry_budget(self, blocks: int) -> int:
        """Return how many of so many blocks may be measured again: half, and at least two.

        A scenario that needs more has more than a third of its blocks void.
        """
        return max(2, blocks // 2)

    @cached_property
    def loads(self) -> tuple[float, ...]:
        """The open loads, lowest first, as shares of the smallest ceiling."""
        return tuple(sorted({*self.scenario.loads, *self.profile.loads}))

    @cached_property
    def places_first(self) -> bool:
        """Whether the evidence pass has a closed loop, by which open loads are placed.

        It takes none where the deciding trials have one before any open load is asked.
        """
        closed_decides = CLOSED in script.deciding(self.scenario) and self.profile.once
        return bool(self.loads) and not closed_decides

    def evidence(self, seed: int) -> list[Trial]:
        """Return the evidence pass: every variant, alone and briefly."""
        phases = script.evidence(self.scenario, closed=self.places_first)
        names = [variant.name for variant in self.scenario.variants]
        return self._trials("evidence", 0, names, self._seed(seed, 0), phases)

    def blocks(self, seed: int, placing: Placing) -> Iterator[list[Trial]]:
        """Yield block after block, without end; none where no load that decides can be placed."""
        names = [variant.name for variant in self.scenario.variants]
        drawn = orders(names, random.Random(f"{seed} {self.scenario.name}"))  # noqa: S311  a design
        phases = self._phases(placing, deciding=True)
        for block in count(1) if phases else ():
            own = self._seed(seed, block)
            ordered = self._trials("deciding", block, next(drawn), own, phases)
            yield [_jittered(trial) for trial in ordered]

    def exploring(self, seed: int, placing: Placing) -> list[Trial]:
        """Return what is seen once when the answer is known; nothing where every block saw it."""
        phases = self._phases(placing, deciding=False)
        if not self.profile.once or not phases:
            return []
        return self._trials("exploring", 0, self.explored, self._seed(seed, -1), phases)

    @property
    def explored(self) -> list[str]:
        """The variants that are seen once when the answer is known."""
        names = [variant.name for variant in self.scenario.variants]
        return names[:1] if self.profile.alone else names

    @cached_property
    def seconds(self) -> float:
        """An estimate of how long it takes, with the blocks that are planned."""
        placing = Placing(TYPICAL_CEILING, TYPICAL_S)
        once = [*self.evidence(0), *self.exploring(0, placing)]
        return sum(trial.seconds for trial in once) + self.planned_blocks * self.block_s

    @cached_property
    def block_s(self) -> float:
        """An estimate of how long a block takes."""
        block = next(self.blocks(0, Placing(TYPICAL_CEILING, TYPICAL_S)))
        return sum(trial.seconds for trial in block)

    def _phases(self, placing: Placing, *, deciding: bool) -> list[Phase]:
        """Return the phases of a deciding trial, or those that are seen once."""
        every = script.loads(self.scenario, self.profile, self.loads, placing)
        if not self.profile.once:
            return every
        decides = script.deciding(self.scenario)
        return [phase for phase in every if (phase.name in decides) is deciding]

    def _trials(
        self, kind: Kind, block: int, names: Sequence[str], seed: int, phases: Sequence[Phase]
    ) -> list[Trial]:
        return [
            Trial(
                scenario=self.scenario.name,
                variant=name,
                kind=kind,
                block=block,
                position=position,
                seed=seed,
                phases=tuple(phases),
            )
            for position, name in enumerate(names)
        ]

    def _seed(self, seed: int, block: int) -> int:
        drawn = random.Random(f"{seed} {self.scenario.name} {block}")  # noqa: S311  a design
        return drawn.randrange(2**31)


def retry(block: Sequence[Trial], attempt: int) -> list[Trial]:
    """Return the trials of a voided block's next attempt: same order, new arrivals."""
    return [replace(trial, attempt=attempt, seed=trial.seed + attempt) for trial in block]


def lines(design: Design, seed: int) -> Iterator[str]:
    """Write down what would be done, in which order."""
    scenario, profile = design.scenario, design.profile
    placing = Placing(TYPICAL_CEILING, TYPICAL_S)
    blocks = list(islice(design.blocks(seed, placing), design.planned_blocks))
    most = f", up to {design.most_blocks} where they are noisy" * (
        design.most_blocks > design.planned_blocks
    )
    judged = f"judged by {scenario.primary.label}" if profile.judged else "without an answer"
    yield f"{scenario.title}: {scenario.question}"
    yield f"  budget: {_budgets(scenario)}"
    yield f"  evidence, once: {_listed(design.evidence(seed)[0])}"
    yield f"  {design.planned_blocks} blocks{most}, {judged}"
    yield "  the servers of a block start together, and wait stopped until their turn"
    yield f"  each trial: {_listed(blocks[0][0])}"
    for block in blocks:
        yield f"  block {block[0].block}: {', '.join(trial.variant for trial in block)}"
    if once := design.exploring(seed, placing):
        yield f"  once, when the answer is known: {_listed(once[0])}"
    yield f"  about {in_words(design.seconds)} with the blocks that are planned"


def _budgets(scenario: Scenario) -> str:
    """Write the budget of all variants, and of those that have their own."""
    own = {one.name: one.budget for one in scenario.variants if one.budget}
    named = [f"{name} {_amounts(budget)}" for name, budget in own.items()]
    return "; ".join([_amounts(scenario.budget), *named])


def _amounts(budget: Budget) -> str:
    return ", ".join(f"{name} {number}" for name, number in asdict(budget).items())


def _listed(trial: Trial) -> str:
    """Write the phases of a trial."""
    return ", ".join(map(_phase, trial.phases))


def _phase(one: Phase) -> str:
    window = f"for {one.window_s:.2g} s"
    if one.model == "open":
        return f"an open load of {one.load:g}× the smallest ceiling {window}"
    if not one.clients:
        return f"at rest {window}"
    if one.clients == 1:
        route = "the route that does nothing" if one.stream == "idle" else "the work"
        return f"one client asking for {route} {window}"
    return f"{one.clients} clients {window}"


def _jittered(trial: Trial) -> Trial:
    """Let the first ramp of a trial last a little longer, by a length of its own."""
    drawn = random.Random(f"{trial.seed} {trial.variant}").random()  # noqa: S311  a design
    first, *others = trial.phases
    longer = replace(first, ramp_s=round(first.ramp_s + JITTER_S * drawn, 3))
    return replace(trial, phases=(longer, *others))
