"""Traps: what one runs into, as a sentence that is said only with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.model.metric import Metric

Fate = Literal["answered", "abandoned", "refused", "failed"]  # of a call to the upstream


@dataclass(frozen=True, slots=True)
class Trap:
    """`says` in a few words what one runs into, without a number that could be measured.

    What was measured of `subject` and of `over` follows it: the metric `by`, or how many calls to
    the upstream per request met this fate.
    """

    says: str
    subject: str
    over: str
    by: Metric | Fate
