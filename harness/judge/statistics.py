"""What the measurements allow to be said: paired ratios, exact intervals, verdicts. Pure functions of sequences.

Estimator: Hodges & Lehmann (1963), with the interval that inverts Wilcoxon's signed-rank test. It is exact
because the order inside a block was drawn at random: no normality is assumed, and drift, bursts of a noisy
neighbour and unequal variances are all fine. A bootstrap over so few blocks would be wrong two to three times too often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.design.plan import LEVEL

POWER, RESAMPLES = 0.8, 500  # with which the smallest effect is found; drawn to estimate it


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between two bounds, over `n` blocks."""

    estimate: float
    low: float
    high: float
    n: int

    @property
    def bounded(self) -> bool:
        """Say whether there were enough blocks for the interval to mean anything."""
        return not (self.low <= 0 and self.high == math.inf)


class Verdict(StrEnum):
    """How a variant stands to the baseline, by the primary metric."""

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
    differences: Sequence[float], level: float = LEVEL
) -> tuple[float, float, float]:
    """Estimate the centre of paired differences, with its exact interval of confidence `1 - level`.

    Returns (estimate, low, high); the bounds are infinite where so few differences cannot reach the level.
    """
    walsh, k = _walsh(differences), _rank(len(differences), level)
    low, high = (walsh[k - 1], walsh[-k]) if k else (-math.inf, math.inf)
    return float(np.median(walsh)), float(low), float(high)


def ratio(subject: Sequence[float], baseline: Sequence[float], level: float = LEVEL) -> Interval:
    """Estimate subject / baseline from values paired by block. A collapse is a result: 0 and infinity are values like others."""
    estimate, low, high = hodges_lehmann(log_ratios(subject, baseline), level)
    return Interval(math.exp(estimate), math.exp(low), math.exp(high), len(subject))


def difference(
    subject: Sequence[float], baseline: Sequence[float], level: float = LEVEL
) -> Interval:
    """Estimate subject - baseline, in their unit, from values paired by block."""
    return Interval(
        *hodges_lehmann([s - b for s, b in zip(subject, baseline, strict=True)], level),
        len(subject),
    )


def log_ratios(subject: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Pair values by block; two collapses cancel."""
    return [_log(s) - _log(b) if s != b else 0.0 for s, b in zip(subject, baseline, strict=True)]


def typical(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Estimate the level of one metric over its runs, by the same law (on logarithms)."""
    return ratio(values, [1.0] * len(values), level)


def judge(gain: Interval, same_within: float) -> Verdict:
    """Say how the subject stands, given how many times better it is."""
    if 1 / (1 + same_within) < gain.low and gain.high < 1 + same_within:
        return Verdict.SAME
    if gain.low > 1:
        return Verdict.BETTER
    if gain.high < 1:
        return Verdict.WORSE
    return Verdict.UNCLEAR


def blocks_needed(gain: Interval, same_within: float) -> int | None:
    """Estimate how many blocks would settle an unclear verdict: the interval narrows with their square root. None where nothing can be said."""
    if gain.low <= 0 or gain.high == math.inf:
        return None
    half_width = (math.log(gain.high) - math.log(gain.low)) / 2
    return math.ceil(gain.n * (half_width / math.log(1 + same_within)) ** 2)


def judge_claim(gain: Interval, at_least: float) -> Judgement:
    """Compare the whole interval with what was claimed."""
    if gain.low >= at_least:
        return Judgement.CONFIRMED
    if gain.high < at_least:
        return Judgement.REFUTED
    return Judgement.UNDECIDED


def detectable(differences: Sequence[float], blocks: int, level: float = LEVEL) -> float:
    """Estimate the smallest ratio that so many blocks tell from 1 four times in five, given the paired log-differences of a variant with itself.

    They are resampled with either sign, for nothing tells the two sides apart. An effect only shifts the interval, so the one
    that is found in `POWER` of all cases is as far from nothing as the low end that so many lie above.
    """
    rng = np.random.default_rng(0)
    drawn = rng.choice(differences, (RESAMPLES, blocks)) * rng.choice(
        (-1.0, 1.0), (RESAMPLES, blocks)
    )
    k = _rank(blocks, level)
    lows = _walsh(drawn)[:, k - 1] if k else [-math.inf]
    return math.exp(-float(np.quantile(lows, 1 - POWER, method="lower")))


def _walsh(differences: ArrayLike) -> NDArray[np.float64]:
    """Average each with itself and every other, in order; along the last axis of shape (..., n)."""
    d = np.asarray(differences, float)
    i, j = np.triu_indices(d.shape[-1])
    with np.errstate(invalid="ignore"):
        return np.sort(
            np.nan_to_num((d[..., i] + d[..., j]) / 2, nan=0, posinf=np.inf, neginf=-np.inf)
        )  # a collapse either way cancels


@cache
def _rank(n: int, level: float) -> int:
    """Give the rank of the average that bounds the interval of `n` differences; 0 where so few cannot reach the level."""
    pmf = np.array([1.0])  # of the signed-rank statistic when nothing differs
    for rank in range(1, n + 1):
        still = np.zeros(rank)
        pmf = (np.concatenate([pmf, still]) + np.concatenate([still, pmf])) / 2
    return int(np.searchsorted(np.cumsum(pmf), level / 2, side="right"))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
