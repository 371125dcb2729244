"""What will be done, and in which order.

A run is a randomized complete block design: within a block every variant of a scenario meets the same
load once, next to its rivals in time. The order inside the blocks is balanced, so that slow drift of the
machine and the effect of going first fall on all variants alike and cancel in the ratio.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from harness.model.scenario import LATENCY_LOAD, Scenario

LEVEL = 0.05  # of error, family-wise: over all looks and contrasts of a scenario
BYSTANDER_RATE = 420.0  # requests/s to the route that does no work: a few percent of a core, and 1000 of them in less than two and a half seconds
TYPICAL_CEILING = 2000.0  # requests/s: good enough for an estimate of time, which only a percentile that decides makes longer
WORTH = {
    "p50": 205,
    "p99": 1005,
}  # requests that give such a quantile, with some to spare for rounding
PILOT_S = 1.5  # of closed loop, to place the rates by
START_S, PROBE_S, RAMP_S = 0.7, 0.8, 0.3  # what a trial costs besides its windows
WARM_UP_S = 0.5  # of closed loop, in place of the probe
SWEEP_RAMP_S = (
    1.2  # before a closed loop of another size is looked at: what gives way takes a while to
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How hard to look. More blocks narrow the intervals, longer windows steady what they are made of.

    `looks` are the blocks after which the data may be judged; `closed_s` and `open_s` are the measured windows in
    seconds; `loads` are open-model loads as shares of the smallest ceiling, besides the scenario's own. Where it is not `probed`,
    only the pilot asks one request at a time, and the other trials know no ceiling.
    """

    looks: tuple[int, ...]
    closed_s: float
    open_s: float
    loads: tuple[float, ...] = ()
    judged: bool = True
    probed: bool = True


PROFILES = {
    "smoke": Profile(looks=(1,), closed_s=1, open_s=1, judged=False),
    "quick": Profile(looks=(6,), closed_s=1, open_s=2.4),
    "standard": Profile(
        looks=(8, 16, 28), closed_s=4, open_s=6, loads=(LATENCY_LOAD, 0.9, 1.1, 2.0)
    ),
    "gate": Profile(
        looks=(8, 16, 28), closed_s=1, open_s=0, probed=False
    ),  # of two sides, in the closed loop alone
    "thorough": Profile(
        looks=(8, 16, 28, 40), closed_s=6, open_s=25, loads=(LATENCY_LOAD, 0.9, 1.1, 2.0)
    ),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An open-model load: `rate` requests/s, which is `load` times the smallest ceiling, over `window_s`."""

    load: float
    rate: float
    window_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run of one fresh server process: the unit of replication. Block 0 is the pilot, which places the rates and is never judged.

    `seed` belongs to the block: every variant in it gets the same arrivals and the same PYTHONHASHSEED. `attempt` counts how often the block
    had to be measured again.
    """

    scenario: str
    variant: str
    block: int
    position: int
    seed: int
    closed_s: float
    offers: tuple[Offer, ...] = ()
    sweep: tuple[int, ...] = ()
    attempt: int = 0
    probed: bool = True

    @property
    def key(self) -> tuple[str, int, int, str]:
        """Tell this trial from the others of its run."""
        return self.scenario, self.block, self.attempt, self.variant

    @property
    def seconds(self) -> float:
        """Estimate how long this takes."""
        return (
            START_S
            + (PROBE_S + RAMP_S if self.probed else WARM_UP_S)
            + self.closed_s
            + sum(RAMP_S + offer.window_s for offer in self.offers)
            + len(self.sweep) * (SWEEP_RAMP_S + self.closed_s)
        )


def looks(scenario: Scenario, profile: Profile) -> tuple[int, ...]:
    """Give the blocks after which this scenario is judged: the profile's, but none so early that no data could reach the level."""
    if not profile.judged:
        return profile.looks
    fewest = fewest_blocks(level(scenario, profile))
    return tuple(max(look, fewest) for look in profile.looks)


def level(scenario: Scenario, profile: Profile) -> float:
    """Give the error level of one contrast at one look: 5 % split equally over looks and contrasts (Bonferroni)."""
    return LEVEL / len(profile.looks) / max(1, len(scenario.pairs))


def fewest_blocks(error: float) -> int:
    """Count the blocks below which no data at all reaches the level: the signed-rank test needs 2 / 2^n <= error."""
    return math.ceil(math.log2(2 / error))


def loads(scenario: Scenario, profile: Profile) -> tuple[float, ...]:
    """Give the loads at which this scenario is measured, lowest first."""
    return tuple(sorted({*scenario.loads, *profile.loads}))


def spare(scenario: Scenario, profile: Profile) -> int:
    """Count the blocks that may be measured again: half the plan. A scenario that needs more has more than a third of its blocks void."""
    return looks(scenario, profile)[-1] // 2


def pilot(scenario: Scenario, seed: int) -> list[Trial]:
    """Meet every variant once, briefly, to learn the ceilings."""
    drawn = _seed(scenario, seed, 0)
    return [
        Trial(
            scenario=scenario.name,
            variant=variant.name,
            block=0,
            position=position,
            seed=drawn,
            closed_s=PILOT_S,
        )
        for position, variant in enumerate(scenario.variants)
    ]


def blocks(
    scenario: Scenario, profile: Profile, seed: int, smallest_ceiling: float
) -> list[list[Trial]]:
    """Lay out every block up to the last look. `smallest_ceiling` in requests/s places the rates."""
    offers = tuple(
        _offer(scenario, load, load * smallest_ceiling, profile)
        for load in loads(scenario, profile)
    )
    drawn = orders(
        [variant.name for variant in scenario.variants], random.Random(f"{seed} {scenario.name}")
    )  # noqa: S311  a design, not a secret
    return [
        [
            Trial(
                scenario=scenario.name,
                variant=name,
                block=block,
                position=position,
                seed=_seed(scenario, seed, block),
                closed_s=profile.closed_s,
                offers=offers,
                sweep=scenario.sweep,
                probed=profile.probed,
            )
            for position, name in enumerate(next(drawn))
        ]
        for block in range(1, looks(scenario, profile)[-1] + 1)
    ]


def seconds(scenario: Scenario, profile: Profile) -> float:
    """Estimate how long a scenario takes up to its last look, before its rates are known."""
    return sum(
        trial.seconds
        for block in [pilot(scenario, 0), *blocks(scenario, profile, 0, TYPICAL_CEILING)]
        for trial in block
    )


def lines(scenario: Scenario, profile: Profile, seed: int) -> Iterator[str]:
    """Write down what would be done, in which order."""
    yield f"{scenario.name}: {scenario.question}"
    yield f"  a pilot of {len(scenario.variants)} trials places the rates; then blocks of {', '.join(v.name for v in scenario.variants)}"
    yield (
        f"  judged after {', '.join(map(str, looks(scenario, profile)))} blocks by {scenario.primary.label}"
        + ("" if profile.judged else ", without an answer")
    )
    offered = ", ".join(f"{load:g}×" for load in loads(scenario, profile))
    offered = f"open loads of {offered} the smallest ceiling, then " if offered else ""
    clients = ", ".join(map(str, (scenario.clients, *scenario.sweep)))
    yield f"  each trial: a fresh server, {offered}{clients} clients for {profile.closed_s:g} s"
    for block in blocks(scenario, profile, seed, TYPICAL_CEILING)[: looks(scenario, profile)[0]]:
        yield f"  block {block[0].block}: {', '.join(trial.variant for trial in block)}"
    yield f"  about {seconds(scenario, profile) / 60:.1f} min up to the last look"


def orders(names: list[str], rng: random.Random) -> Iterator[tuple[str, ...]]:
    """Draw balanced orders without end: AB and BA twice in every four blocks, all six of three, the rotations of four and more."""
    while True:
        few = 3  # beyond three, all permutations would take too many blocks
        if len(names) <= few:
            group = list(permutations(names)) * (2 if len(names) == few - 1 else 1)
        else:
            rng.shuffle(names := list(names))
            group = [(*names[i:], *names[:i]) for i in range(len(names))]
        rng.shuffle(group)
        yield from group


def _offer(scenario: Scenario, load: float, rate: float, profile: Profile) -> Offer:
    """Give the window that decides time for the requests that its quantile takes."""
    decides = profile.judged and scenario.primary.at == load
    wanted_s = WORTH.get(scenario.primary.name, 0) / rate if decides else 0
    return Offer(load, round(rate, 2), max(profile.open_s, math.ceil(10 * wanted_s) / 10))


def again(block: list[Trial], attempt: int) -> list[Trial]:
    """Lay a block out once more: in the same order, under arrivals of its own, lest a schedule that is odd by chance comes back."""
    return [replace(trial, attempt=attempt, seed=trial.seed + attempt) for trial in block]


def _seed(scenario: Scenario, seed: int, block: int) -> int:
    return random.Random(f"{seed} {scenario.name} {block}").randrange(2**31)  # noqa: S311  a design, not a secret
