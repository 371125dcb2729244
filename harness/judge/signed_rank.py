"""The signed-rank estimate and its exact interval, by which method 3 judged.

Hodges & Lehmann (1963), with the interval that inverts Wilcoxon's signed-rank test. It takes
differences that are independent and symmetric around the same centre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.design.design import ALPHA
from harness.judge.interval import Interval


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


def log_ratios(subject: Sequence[float], over: Sequence[float]) -> list[float]:
    """Return log(subject / over) block by block; two collapses cancel."""
    pairs = zip(subject, over, strict=True)
    return [_log(one) - _log(other) if one != other else 0.0 for one, other in pairs]


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
