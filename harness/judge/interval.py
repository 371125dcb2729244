"""An estimate with its interval, and the words for how it stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from harness.model.reading import Bound


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between two bounds, over `n` blocks; `bound` where it is only a bound itself."""

    estimate: float
    low: float
    high: float
    n: int
    bound: Bound = Bound.EXACT

    @property
    def bounded(self) -> bool:
        """Whether there were enough blocks for the interval to mean anything."""
        return not (self.low <= 0 and self.high == math.inf)


class Verdict(StrEnum):
    """How a variant stands to another, by one metric."""

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


def judge(gain: Interval, same_within: float) -> Verdict:
    """Return how the subject stands, given how many times better it is."""
    if 1 / (1 + same_within) < gain.low and gain.high < 1 + same_within:
        return Verdict.SAME
    if gain.low > 1:
        return Verdict.BETTER
    return Verdict.WORSE if gain.high < 1 else Verdict.UNCLEAR
