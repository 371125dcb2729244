"""The tests of a gate: a screen of all contests together, and fresh blocks for what is suspect.

The screen's errors borrow from all contests: Smyth, "Linear models and empirical Bayes methods for
assessing differential expression" (2004). Red is decided by fresh blocks alone, one-sided, at an
error of one in a thousand for the whole gate, split over suspects and looks. How often the whole
errs was simulated: tests/unit/test_gate_errors.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.special import digamma, polygamma, stdtr

from harness.design.profile import GATE
from harness.judge.blocks import Block, paired, void_blocks, whole_blocks, why_void
from harness.judge.caveats import Caveat, VoidReason, caveats_of
from harness.judge.gate import (
    BASE,
    CAPACITY,
    HEAD,
    METRICS,
    Confirmed,
    Contest,
    MetricChange,
    Screened,
)
from harness.judge.interval import Interval
from harness.judge.paired import POWER, Paired, quantile
from harness.model.facts import Measurement
from harness.model.metric import Metric
from harness.model.reading import Bound

MARGIN = 0.03  # unless one is given: red must be beyond it
ROOM = 0.02  # beyond the margin: what passes must be below both together
SUSPECT_P, SUSPECT_MEAN = 0.10, 0.01  # what the screen passes on
CLEAR = 0.975  # one-sided confidence with which a contest is no slower
LOOKS = (10, 18)  # fresh blocks after which a suspect is judged
RED_ALPHA = 0.001  # for the whole gate: that anything is red where nothing changed
FASTER_ALPHA = 0.001  # for the whole gate: that anything is said to be faster
BETWEEN = 2.0  # standard errors below the margin, at which a suspect is cleared
MOST_BORROWED = 60.0  # degrees of freedom
FEWEST_TO_BORROW = 3  # contests
# What no noise makes: an app or a service failed.
FAILURES = {VoidReason.ERRORS, VoidReason.OTHER_ANSWERS, VoidReason.RESTARTED}


def screen(
    contests: Sequence[Contest], measured: Sequence[Measurement], margin: float = MARGIN
) -> list[Screened]:
    """Judge the first blocks of every contest, all together; in the order of the contests."""
    blocks = [whole_blocks(one.scenario, measured)[: GATE.blocks] for one in contests]
    changes: list[list[MetricChange]] = [[] for _ in contests]
    for metric in METRICS:
        found = {
            number: difference
            for number, mine in enumerate(blocks)
            if len(mine) == GATE.blocks
            and (difference := paired(metric, BASE, HEAD, mine, GATE.blocks))
        }
        prior = borrowed(list(found.values()))
        for number, one in found.items():
            changes[number].append(_change(metric, one, prior, len(contests), margin))
    return [
        _screened(contest, mine, tuple(found), measured)
        for contest, mine, found in zip(contests, blocks, changes, strict=True)
    ]


def confirm(
    contest: Contest,
    measured: Sequence[Measurement],
    suspects: Sequence[Metric],
    total: int,
    margin: float = MARGIN,
) -> Confirmed:
    """Judge a contest by its fresh blocks, at the last planned look that they reach.

    `suspects` are the metrics that made it suspect, `total` is how many there are in the gate.
    """
    blocks = whole_blocks(contest.scenario, measured)
    look = max((one for one in LOOKS if one <= len(blocks)), default=0)
    if not look:
        failed = _failed(contest, measured)
        why = _too_few(contest, len(blocks), LOOKS[0], measured)
        return Confirmed({}, (), settled=failed, invalid=why, broken=failed)
    costs: dict[str, Interval] = {}
    slower, cleared = [], []
    for metric in suspects:
        found = paired(metric, BASE, HEAD, blocks[:look], look)
        if found is None:
            continue
        costs[metric.name] = found.ratio(2 * (1 - CLEAR))
        alpha = RED_ALPHA / len(LOOKS) / max(1, total)
        if found.above(0.0) < alpha and found.mean >= math.log1p(margin):
            slower.append(metric.name)
        if found.mean + BETWEEN * found.spread / math.sqrt(look) < math.log1p(margin):
            cleared.append(metric.name)
    settled = bool(slower) or len(cleared) == len(suspects)
    return Confirmed(costs, tuple(slower), settled)


@dataclass(frozen=True, slots=True)
class Prior:
    """What all contests say of the variance of one: so many degrees of freedom of this variance."""

    df: float
    variance: float


def borrowed(found: Sequence[Paired]) -> Prior:
    """Return the prior of the variances of block differences; none where there are few contests."""
    if len(found) < FEWEST_TO_BORROW:
        return Prior(0.0, 0.0)
    df = found[0].n - 1
    logs = np.log([max(_variance(one), 1e-12) for one in found])
    centred = logs - digamma(df / 2) + math.log(df / 2)
    excess = float(np.var(centred, ddof=1) - polygamma(1, df / 2))
    if excess <= 0:
        return Prior(MOST_BORROWED, math.exp(float(centred.mean())))
    half = 0.5 + 1 / excess  # Newton's steps for the inverse of the trigamma function
    for _ in range(60):
        trigamma = float(polygamma(1, half))
        half += trigamma * (1 - trigamma / excess) / float(polygamma(2, half))
    level = math.exp(float(centred.mean() + digamma(half)) - math.log(half))
    return Prior(min(MOST_BORROWED, 2 * half), level)


def _change(
    metric: Metric, found: Paired, prior: Prior, contests: int, margin: float
) -> MetricChange:
    own = found.n - 1
    df = prior.df + own
    variance = (prior.df * prior.variance + own * _variance(found)) / df
    error = math.sqrt(variance / found.n)
    mean, t = found.mean, found.mean / error
    suspect = stdtr(df, -t) < SUSPECT_P and mean > math.log1p(SUSPECT_MEAN)
    half = quantile(df, CLEAR) * error
    low = math.exp(mean - half)
    high = math.inf if found.bound is Bound.AT_LEAST else math.exp(mean + half)
    cost = Interval(math.exp(mean), low, high, found.n, found.bound)
    last = LOOKS[-1]
    needed = quantile(last - 1, 1 - RED_ALPHA / len(LOOKS)) + NormalDist().inv_cdf(POWER)
    return MetricChange(
        metric,
        cost,
        suspect=bool(suspect),
        cleared=mean + half < math.log1p(margin + ROOM),
        faster=bool(stdtr(df, t) < FASTER_ALPHA / contests / len(METRICS)),
        detectable=max(1 + margin, math.exp(needed * math.sqrt(variance / last))),
    )


def _variance(found: Paired) -> float:
    return max(float(np.var(found.differences, ddof=1)), found.floor**2)


def _screened(
    contest: Contest,
    blocks: Sequence[Block],
    changes: tuple[MetricChange, ...],
    measured: Sequence[Measurement],
) -> Screened:
    mine = [one for one in measured if one.trial.scenario == contest.name]
    found = {caveat for one in mine for caveat in caveats_of(contest.scenario, one)}
    void = len(void_blocks(contest.scenario, measured))
    caveats = tuple(caveat for caveat in Caveat if caveat in found)
    if len(blocks) < GATE.blocks:
        failed = _failed(contest, measured)
        why = _too_few(contest, len(blocks), GATE.blocks, measured)
        return Screened((), void, caveats, why, failed)
    if not any(one.metric == CAPACITY for one in changes):
        return Screened((), void, caveats, "the capacity could not be read in every block")
    return Screened(changes, void, caveats)


def _failed(contest: Contest, measured: Sequence[Measurement]) -> bool:
    """Return whether most of the void blocks are so because an app or a service failed."""
    void = void_blocks(contest.scenario, measured)
    return 2 * sum(bool(FAILURES.intersection(one.why)) for one in void) > len(void)


def _too_few(contest: Contest, blocks: int, wanted: int, measured: Sequence[Measurement]) -> str:
    """Say how many of the blocks that are wanted there are, and what made others void."""
    said = f"{blocks} of the {wanted} blocks it takes were measured"
    void = void_blocks(contest.scenario, measured)
    return f"{said}; others are void: {why_void(void)}" if void else said
