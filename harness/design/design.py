"""The design of one scenario's experiment: what will be done, and in which order.

A randomized complete block design: within a block every variant meets the same load once, next to
its rivals in time. The order inside the blocks is balanced, so that slow drift of the machine and
the effect of going first fall on all variants alike and cancel in the ratio.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations

from harness.design.profile import Profile
from harness.model.scenario import Scenario
from harness.model.trial import Offer, Trial

ALPHA = 0.05  # family-wise error: over all looks and contrasts of a scenario
BYSTANDER_RATE = 420.0  # requests/s: a few percent of a core, and 1000 of them in 2.4 s
TYPICAL_CEILING = 2000.0  # requests/s, for an estimate of time before the rates are known
FEW = 3  # variants up to which all orders are used; beyond, that would take too many blocks


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
        """The error of one contrast at one look: ALPHA split equally (Bonferroni)."""
        return ALPHA / len(self.profile.looks) / max(1, len(self.pairs))

    @cached_property
    def fewest_blocks(self) -> int:
        """The blocks below which no data could reach alpha.

        The signed-rank test needs 2 / 2^n <= alpha.
        """
        return math.ceil(math.log2(2 / self.alpha))

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """The blocks after which it is judged: the profile's, but none that is too early."""
        if not self.profile.judged:
            return self.profile.looks
        return tuple(max(look, self.fewest_blocks) for look in self.profile.looks)

    @property
    def last_block(self) -> int:
        """The number of the last block that is planned."""
        return self.looks[-1]

    @property
    def retry_budget(self) -> int:
        """How many blocks may be measured again: half the plan.

        A scenario that needs more has more than a third of its blocks void.
        """
        return self.last_block // 2

    @cached_property
    def loads(self) -> tuple[float, ...]:
        """The open loads, lowest first, as shares of the smallest ceiling."""
        return tuple(sorted({*self.scenario.loads, *self.profile.loads}))

    def pilot(self, seed: int) -> list[Trial]:
        """Return a brief trial of every variant, which places the rates."""
        drawn = self._seed(seed, 0)
        return [
            Trial(
                scenario=self.scenario.name,
                variant=variant.name,
                block=0,
                position=position,
                seed=drawn,
                closed_s=self.profile.pilot_s,
            )
            for position, variant in enumerate(self.scenario.variants)
        ]

    def blocks(self, seed: int, smallest_ceiling: float) -> list[list[Trial]]:
        """Return every block up to the last look; `smallest_ceiling` in requests/s places rates."""
        offers = tuple(self._offer(load, load * smallest_ceiling) for load in self.loads)
        names = [variant.name for variant in self.scenario.variants]
        drawn = orders(names, random.Random(f"{seed} {self.scenario.name}"))  # noqa: S311  a design
        return [
            [
                Trial(
                    scenario=self.scenario.name,
                    variant=name,
                    block=block,
                    position=position,
                    seed=self._seed(seed, block),
                    closed_s=self.profile.closed_s,
                    offers=offers,
                    sweep=self.scenario.sweep,
                    probed=self.profile.probed,
                )
                for position, name in enumerate(next(drawn))
            ]
            for block in range(1, self.last_block + 1)
        ]

    @cached_property
    def seconds(self) -> float:
        """An estimate of how long it takes up to its last look."""
        return self.pilot_s + self.last_block * self.block_s

    @cached_property
    def pilot_s(self) -> float:
        """An estimate of how long the pilot takes."""
        return sum(trial.seconds for trial in self.pilot(0))

    @cached_property
    def block_s(self) -> float:
        """An estimate of how long a block takes."""
        return sum(trial.seconds for trial in self.blocks(0, TYPICAL_CEILING)[0])

    def _offer(self, load: float, rate: float) -> Offer:
        """Give the window that decides time for the requests that its quantile takes."""
        primary = self.scenario.primary
        decides = self.profile.judged and primary.at == load
        wanted_s = primary.definition.requests / rate if decides else 0
        window_s = max(self.profile.open_s, math.ceil(10 * wanted_s) / 10)
        return Offer(load, round(rate, 2), window_s)

    def _seed(self, seed: int, block: int) -> int:
        drawn = random.Random(f"{seed} {self.scenario.name} {block}")  # noqa: S311  a design
        return drawn.randrange(2**31)


def retry(block: Sequence[Trial], attempt: int) -> list[Trial]:
    """Return the trials of a voided block's next attempt: same order, new arrivals."""
    return [replace(trial, attempt=attempt, seed=trial.seed + attempt) for trial in block]


def orders(names: list[str], rng: random.Random) -> Iterator[tuple[str, ...]]:
    """Draw balanced orders without end.

    Of two, AB and BA twice in every four blocks; of three, all six orders in every six; of four
    and more, the rotations of a drawn order.
    """
    while True:
        if len(names) <= FEW:
            group = list(permutations(names)) * (2 if len(names) < FEW else 1)
        else:
            rng.shuffle(names := list(names))
            group = [(*names[i:], *names[:i]) for i in range(len(names))]
        rng.shuffle(group)
        yield from group


def lines(design: Design, seed: int) -> Iterator[str]:
    """Describe what would be done, in which order, and how long it takes."""
    scenario, profile = design.scenario, design.profile
    names = ", ".join(variant.name for variant in scenario.variants)
    yield f"{scenario.name}: {scenario.question}"
    yield f"  a pilot of {len(scenario.variants)} trials places the rates; then blocks of {names}"
    looks = ", ".join(map(str, design.looks))
    unjudged = "" if profile.judged else ", without an answer"
    yield f"  judged after {looks} blocks by {scenario.primary.label}{unjudged}"
    offered = ", ".join(f"{load:g}×" for load in design.loads)
    offered = f"open loads of {offered} the smallest ceiling, then " if offered else ""
    clients = ", ".join(map(str, (scenario.clients, *scenario.sweep)))
    yield f"  each trial: a fresh server, {offered}{clients} clients for {profile.closed_s:g} s"
    for block in design.blocks(seed, TYPICAL_CEILING)[: design.looks[0]]:
        yield f"  block {block[0].block}: {', '.join(trial.variant for trial in block)}"
    yield f"  about {design.seconds / 60:.1f} min up to the last look"
