"""Paired ratios by Student's t, with a floor and with blocks that the noise asks for (method 4).

Per block d = log(subject / over). The interval is mean ± t(n - 1, 1 - alpha / 2) * max(s, w) / √n:
s is the standard deviation of d, and w what the windows' own errors alone would make of it, so that
an interval is never narrower than its windows allow. Sources: Bakirov & Székely, "Student's t-test
for Gaussian scale mixtures" (2006), and Ibragimov & Müller, "t-statistic based correlation and
heterogeneity robust inference" (2010): at alpha up to 8.3 % it holds for independent Gaussians of
unequal variance.

How many blocks there are depends on the spread of the first ones alone, never on the ratio, as in
Stein, "A two-sample test for a linear hypothesis whose power is independent of the variance"
(1945). The wider of two intervals counts: that by the spread of the first blocks, and that by the
spread of all. How often this errs was simulated: tests/unit/test_simulation.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np
from scipy.special import stdtr, stdtrit

from harness.judge.interval import Interval, Judgement, Verdict, judge
from harness.model.reading import Bound

ALPHA = 0.05  # family-wise, over all contrasts of a scenario
POWER = 0.8  # with which the number of blocks that would tell is given


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences block by block, in the order of their measuring.

    `floor` is the standard deviation that the windows' own errors make. The first `first` blocks
    were planned, the others came because of the spread of those. `bound` says whether the
    differences are values or only bound them.
    """

    differences: Sequence[float]
    first: int
    floor: float = 0.0
    bound: Bound = field(default=Bound.EXACT)

    @property
    def n(self) -> int:
        """The number of blocks."""
        return len(self.differences)

    @property
    def mean(self) -> float:
        """The estimate."""
        return float(np.mean(self.differences))

    @property
    def spread(self) -> float:
        """The standard deviation of the differences, and never less than the floor."""
        return self._spread(self.n)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the two-sided interval of confidence 1 - alpha."""
        half = max(quantile(df, 1 - alpha / 2) * error for df, error in self._errors())
        return self.mean - half, self.mean + half

    def ratio(self, alpha: float) -> Interval:
        """Return the interval of the ratio, where the differences are those of logarithms."""
        low, high = self.interval(alpha)
        found = Interval(math.exp(self.mean), math.exp(low), math.exp(high), self.n, self.bound)
        if self.bound is Bound.AT_LEAST:
            return replace(found, high=math.inf)
        return replace(found, low=0.0) if self.bound is Bound.AT_MOST else found

    def above(self, value: float) -> float:
        """Return the one-sided p of the hypothesis that the true difference is below `value`."""
        return max(_tail((self.mean - value), error, df) for df, error in self._errors())

    def below(self, value: float) -> float:
        """Return the one-sided p of the hypothesis that the true difference is above `value`."""
        return max(_tail((value - self.mean), error, df) for df, error in self._errors())

    def detectable(self, blocks: int, alpha: float) -> float:
        """Return the difference that so many blocks would tell from none with a power of 80 %.

        It takes the spread as known, and so is true to about a third where blocks are few.
        """
        z = NormalDist().inv_cdf(POWER)
        return (quantile(blocks - 1, 1 - alpha / 2) + z) * self.spread / math.sqrt(blocks)

    def blocks_wanted(self, alpha: float, half_width: float, most: int) -> int:
        """Return how many blocks the spread of the first ones asks for, for this half-width."""
        needed = quantile(self.first - 1, 1 - alpha / 2) * self._spread(self.first) / half_width
        return min(most, max(self.first, math.ceil(needed**2)))

    def _errors(self) -> list[tuple[int, float]]:
        """Return degrees of freedom and standard error, by the first blocks and by all."""
        counts = dict.fromkeys((self.first, self.n))
        return [(count - 1, self._spread(count) / math.sqrt(self.n)) for count in counts]

    def _spread(self, count: int) -> float:
        return max(float(np.std(self.differences[:count], ddof=1)), self.floor)


def quantile(df: float, share: float) -> float:
    """Return a quantile of Student's t."""
    return float(stdtrit(df, share))


def directional(paired: Paired, at_least: float) -> tuple[float, float]:
    """Return one-sided p values against a claim being false, and against its being true.

    The claim is that the difference is `at_least` so much. A bound can only speak for one side.
    """
    confirms = 1.0 if paired.bound is Bound.AT_MOST else paired.above(at_least)
    refutes = 1.0 if paired.bound is Bound.AT_LEAST else paired.below(at_least)
    return confirms, refutes


def judge_claims(claims: Sequence[tuple[Paired, float]], alpha: float = ALPHA) -> list[Judgement]:
    """Judge claims, each that a difference is at least so much: one-sided, by Holm's steps."""
    found = [Judgement.UNDECIDED] * len(claims)
    tested = [directional(paired, at_least) for paired, at_least in claims]
    steps = sorted(range(len(claims)), key=lambda one: min(tested[one]))
    for step, number in enumerate(steps):
        confirms, refutes = tested[number]
        if min(confirms, refutes) > alpha / (len(claims) - step):
            break
        found[number] = Judgement.CONFIRMED if confirms < refutes else Judgement.REFUTED
    return found


def blocks_to_tell(paired: Paired, alpha: float, same_within: float) -> int | None:
    """Return how many blocks would settle an unclear verdict with a power of 80 %.

    Either by telling the difference that is estimated from none, or by showing that it is within
    the margin. None where no number up to a thousand would.
    """
    more = range(paired.n + 1, 1001)
    return next((n for n in more if _settled(paired, n, alpha, same_within) >= POWER), None)


def _settled(paired: Paired, blocks: int, alpha: float, same_within: float) -> float:
    """Return the chance that so many blocks tell, if estimate and spread are what is true."""
    error = max(paired.spread, 1e-12) / math.sqrt(blocks)
    half = quantile(blocks - 1, 1 - alpha / 2) * error
    room, drawn = math.log1p(same_within) - half, NormalDist(paired.mean, error)
    if room >= half:
        return 1.0
    same = drawn.cdf(room) - drawn.cdf(-room) if room > 0 else 0.0
    return same + drawn.cdf(-half) + 1 - drawn.cdf(half)


def verdict(gain: Interval, same_within: float) -> Verdict:
    """Return how the subject stands; a bound may be above or below 1, and never the same."""
    found = judge(gain, same_within)
    if gain.bound is not Bound.EXACT and found is Verdict.SAME:
        return Verdict.UNCLEAR
    return found


def _tail(distance: float, error: float, df: int) -> float:
    """Return the chance of a t beyond distance / error."""
    if error <= 0:
        return 0.0 if distance > 0 else 1.0
    return float(stdtr(df, -distance / error))
