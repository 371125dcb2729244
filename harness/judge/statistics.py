"""What the measurements allow to be said: paired ratios, intervals, verdicts.

Estimator: Hodges & Lehmann (1963), with the interval that inverts Wilcoxon's signed-rank test. It
is exact because the order inside a block was drawn at random: no normality is assumed, and drift,
bursts of a noisy neighbour and unequal variances are all fine. A bootstrap over so few blocks
would be wrong two to three times too often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.design.design import ALPHA

POWER, RESAMPLES = 0.8, 500  # of the minimum detectable effect; drawn to estimate it


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between two bounds, over `n` blocks."""

    estimate: float
    low: float
    high: float
    n: int

    @property
    def bounded(self) -> bool:
        """Whether there were enough blocks for the interval to mean anything."""
        return not (self.low <= 0 and self.high == math.inf)


class Verdict(StrEnum):
    """How a variant stands to the baseline, by one metric."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNCLEAR = "unclear"
    INVALID = "invalid"


class Judgement(StrEnum):
    """What a run says of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    INVALID = "invalid"


def hodges_lehmann(
    differences: Sequence[float], alpha: float = ALPHA
) -> tuple[float, float, float]:
    """Return (estimate, low, high) of the centre of paired differences.

    The interval has confidence `1 - alpha`; it is infinite where so few differences cannot reach
    it.
    """
    walsh, k = _walsh(differences), _rank(len(differences), alpha)
    low, high = (walsh[k - 1], walsh[-k]) if k else (-math.inf, math.inf)
    return float(np.median(walsh)), float(low), float(high)


def ratio(subject: Sequence[float], over: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return subject / over, from values paired by block.

    A collapse is a result: 0 and infinity are values like others.
    """
    estimate, low, high = hodges_lehmann(log_ratios(subject, over), alpha)
    return Interval(math.exp(estimate), math.exp(low), math.exp(high), len(subject))


def difference(subject: Sequence[float], over: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return subject - over, in their unit, from values paired by block."""
    paired = [one - other for one, other in zip(subject, over, strict=True)]
    return Interval(*hodges_lehmann(paired, alpha), len(subject))


def log_ratios(subject: Sequence[float], over: Sequence[float]) -> list[float]:
    """Return log(subject / over) block by block; two collapses cancel."""
    pairs = zip(subject, over, strict=True)
    return [_log(one) - _log(other) if one != other else 0.0 for one, other in pairs]


def typical(values: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return the level of one metric over its blocks, estimated on logarithms."""
    return ratio(values, [1.0] * len(values), alpha)


def judge(gain: Interval, same_within: float) -> Verdict:
    """Return how the subject stands, given how many times better it is."""
    if 1 / (1 + same_within) < gain.low and gain.high < 1 + same_within:
        return Verdict.SAME
    if gain.low > 1:
        return Verdict.BETTER
    return Verdict.WORSE if gain.high < 1 else Verdict.UNCLEAR


def blocks_needed(gain: Interval, same_within: float) -> int | None:
    """Return how many blocks would settle an unclear verdict; None where nothing can be said.

    The interval narrows with the square root of their number.
    """
    if gain.low <= 0 or gain.high == math.inf:
        return None
    half_width = (math.log(gain.high) - math.log(gain.low)) / 2
    return math.ceil(gain.n * (half_width / math.log(1 + same_within)) ** 2)


def judge_claim(gain: Interval, at_least: float) -> Judgement:
    """Compare the whole interval with what was claimed."""
    if gain.low >= at_least:
        return Judgement.CONFIRMED
    return Judgement.REFUTED if gain.high < at_least else Judgement.UNDECIDED


def minimum_detectable_effect(
    differences: Sequence[float], blocks: int, alpha: float = ALPHA
) -> float:
    """Return the smallest ratio that so many blocks tell from 1 with a power of 80 %.

    `differences` are the paired log-differences of a variant with itself. They are resampled with
    either sign, because nothing tells the two sides apart. An effect only shifts the interval, so
    the answer is exp(-q20) of the lower bounds of the resampled intervals.
    """
    rng = np.random.default_rng(0)
    shape = RESAMPLES, blocks
    drawn = rng.choice(differences, shape) * rng.choice((-1.0, 1.0), shape)
    k = _rank(blocks, alpha)
    lows = _walsh(drawn)[:, k - 1] if k else [-math.inf]
    return math.exp(-float(np.quantile(lows, 1 - POWER, method="lower")))


def _walsh(differences: ArrayLike) -> NDArray[np.float64]:
    """Return the averages of each with itself and every other, sorted; of shape (..., n)."""
    d = np.asarray(differences, float)
    i, j = np.triu_indices(d.shape[-1])
    with np.errstate(invalid="ignore"):
        averages = (d[..., i] + d[..., j]) / 2
    # A collapse either way cancels.
    return np.sort(np.nan_to_num(averages, nan=0, posinf=np.inf, neginf=-np.inf))


@cache
def _rank(n: int, alpha: float) -> int:
    """Return the rank of the average that bounds the interval of `n` differences.

    0 where so few cannot reach alpha.
    """
    pmf = np.array([1.0])  # of the signed-rank statistic when nothing differs
    for rank in range(1, n + 1):
        still = np.zeros(rank)
        pmf = (np.concatenate([pmf, still]) + np.concatenate([still, pmf])) / 2
    return int(np.searchsorted(np.cumsum(pmf), alpha / 2, side="right"))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
