"""Noise of machines, to judge a method by: what runs vary by, in log units over slots in time.

Each returns an array of so many experiments by so many slots; a slot is one run of the variant
whose turn it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

STAYS, COMES, WILD = 0.5, 0.05, 0.1  # chances: of a neighbour in a slot, of a run that is wild

Array = NDArray[np.float64]
Noise = Callable[[Generator, int, int], Array]


def iid(rng: Generator, repetitions: int, slots: int) -> Array:
    """Vary each run by 3 %, on its own."""
    return rng.normal(0, 0.03, (repetitions, slots))


def wandering(rng: Generator, repetitions: int, slots: int) -> Array:
    """Let the machine wander by 5 %, correlated by 0.9 between runs, and vary each run by 2 %."""
    levels = [rng.normal(0, 0.05, repetitions)]
    while len(levels) < slots:
        levels.append(0.9 * levels[-1] + rng.normal(0, 0.05 * math.sqrt(1 - 0.9**2), repetitions))
    return np.stack(levels, axis=1) + rng.normal(0, 0.02, (repetitions, slots))


def bursts(rng: Generator, repetitions: int, slots: int) -> Array:
    """Add a noisy neighbour in one slot of twenty.

    It costs 20 % on average, and stays for two slots on average.
    """
    heights = [np.zeros(repetitions)]
    while len(heights) <= slots:
        staying = np.where(rng.random(repetitions) < STAYS, heights[-1], 0)
        heights.append(
            np.where(rng.random(repetitions) < COMES, rng.exponential(0.2, repetitions), staying)
        )
    return wandering(rng, repetitions, slots) + np.stack(heights[1:], axis=1)


def trend(rng: Generator, repetitions: int, slots: int) -> Array:
    """Warm up evenly by 10 % over the experiment, and vary each run by 2 %."""
    return rng.normal(np.linspace(0, -0.1, slots), 0.02, (repetitions, slots))


def beat(rng: Generator, repetitions: int, slots: int) -> Array:
    """Slow every fourth run by 8 %, as a job of the machine would, and vary each run by 2 %."""
    slow: Array = np.where(np.arange(slots) % 4, 0, 0.08)
    return slow + rng.normal(0, 0.02, (repetitions, slots))


def rhythm(rng: Generator, repetitions: int, slots: int) -> Array:
    """Slow one run by 8 % in each period of two to six runs, of any phase, as jittered runs meet.

    Vary each run by 2 %.
    """
    shape = repetitions, 1
    began = np.cumsum(1 + rng.uniform(0, 0.07, (repetitions, slots)), axis=1)
    period = rng.uniform(2, 6, shape)
    slow = np.where((began + rng.uniform(0, 10, shape)) % period < 1, 0.08, 0.0)
    return slow + rng.normal(0, 0.02, (repetitions, slots))


def t3(rng: Generator, repetitions: int, slots: int) -> Array:
    """Vary each run by Student's t of three degrees of freedom."""
    return 0.02 * rng.standard_t(3, (repetitions, slots))


def cauchy(rng: Generator, repetitions: int, slots: int) -> Array:
    """Vary each run without any variance that could be known."""
    return 0.01 * rng.standard_cauchy((repetitions, slots))


def skew(rng: Generator, repetitions: int, slots: int) -> Array:
    """Only ever slow a run, by 3 % on average."""
    return rng.exponential(0.03, (repetitions, slots))


def mix(rng: Generator, repetitions: int, slots: int) -> Array:
    """Vary nine runs of ten by 2 %, and the tenth by 20 %."""
    wild = rng.random((repetitions, slots)) < WILD
    return rng.normal(0, np.where(wild, 0.2, 0.02))


def hetero(rng: Generator, repetitions: int, slots: int) -> Array:
    """Vary each run by a spread of its own, on a machine of its own."""
    machine = np.exp(rng.normal(0, 1, (repetitions, 1)))
    own = np.exp(rng.normal(0, 0.7, (repetitions, slots)))
    return 0.02 * rng.normal(0, 1, (repetitions, slots)) * machine * own


NOISES: list[Noise] = [
    iid,
    wandering,
    bursts,
    trend,
    beat,
    rhythm,
    t3,
    cauchy,
    skew,
    mix,
    hetero,
]
