"""Experiments under simulated noise, judged step by step by the parts that the harness has."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from benchmarks.noise import Noise
from harness.catalogue import catalogue
from harness.design.design import ALPHA, Design
from harness.design.orders import orders
from harness.design.profile import PROFILES
from harness.judge.paired import Paired

POSTGRES = catalogue()["postgres_read"]
FOUR = Design(POSTGRES, PROFILES["quick"])  # three comparisons with the baseline
TWO = Design(POSTGRES.drop({"threaded", "offloaded"}), PROFILES["quick"])
REPETITIONS = 1000
# Three standard errors of a rate of 5 % in so many simulations: 2.1 %.
DOUBT = 3 * math.sqrt(ALPHA * (1 - ALPHA) / REPETITIONS)
Bounds = tuple[float, float]
Rule = Callable[[Design, Sequence[Sequence[float]], float], list[Bounds]]
Order = Callable[[Sequence[str], random.Random], Iterator[tuple[str, ...]]]


def as_planned(design: Design, found: Sequence[Sequence[float]], floor: float) -> list[Bounds]:
    """Look once, and go on as far as the noise of the planned blocks asks for."""
    planned, close_to = design.planned_blocks, design.scenario.primary.definition.close_to
    early = [Paired(one[:planned], planned, floor) for one in found]
    blocks = max(one.blocks_wanted(design.alpha, close_to, design.most_blocks) for one in early)
    every = [Paired(one[:blocks], planned, floor) for one in found]
    return [one.interval(design.alpha) for one in every]


def experiments(
    noise: Noise,
    design: Design = TWO,
    *,
    order: Order = orders,
    repetitions: int = REPETITIONS,
) -> Iterator[list[list[float]]]:
    """Yield for each experiment the log-differences of every comparison, block by block."""
    names = [variant.name for variant in design.scenario.variants]
    slots = noise(np.random.default_rng(0), repetitions, len(names) * design.most_blocks)
    for seed, measured in enumerate(slots.reshape(repetitions, design.most_blocks, len(names))):
        rng = random.Random(seed)  # noqa: S311  a simulation, not a secret
        turns = islice(order(names, rng), design.most_blocks)
        blocks = [
            dict(zip(turn, one, strict=True))
            for turn, one in zip(turns, measured.tolist(), strict=True)
        ]
        yield [[one[subject] - one[over] for one in blocks] for subject, over in design.pairs]


def wrong(
    found: Iterator[list[list[float]]],
    design: Design = TWO,
    *,
    rule: Rule = as_planned,
    floor: float = 0.0,
) -> float:
    """Return the share of experiments with equal variants in which any are said to differ."""
    said = [
        any(low > 0 or high < 0 for low, high in rule(design, differences, floor))
        for differences in found
    ]
    return sum(said) / len(said)
