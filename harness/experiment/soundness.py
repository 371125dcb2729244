"""What a selfcheck finds, in words, and whether it is as it must be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from harness.experiment.calibration import STALL_S, Clock
from harness.judge.guards import BUSY, LATE_S
from harness.load.driver import OpenTimes

APP = 10_000  # requests/s: what an empty FastAPI route serves on one fast core
FASTEST = APP / BUSY  # the generator may use so much of a core, and must not be the limit
# Without timerfd, gevent's timer is late by a millisecond, and the way to the server and back
# takes half of one; more is the machine's.
ERROR_P50_MS = 1.5
ERROR_P99_MS = 1000 * LATE_S  # what voids a measurement as lag must not come in as error
# Arrivals 10 ms apart place a stall of 1 s within 1 %; the other is for waking up.
STALL_OFF = 0.02
MORE = 0.15  # by which another generator may be ahead of ours, by chance, in a few short windows


class Grade(Enum):
    """Whether something is as it must be; the value is the mark in front of its line."""

    SOUND = "✓"
    UNSOUND = "✗"
    NOTE = "·"  # worth knowing, and no fault of the instrument


@dataclass(frozen=True, slots=True)
class Step:
    """What is about to be done, in words."""

    says: str


class Finding(ABC):
    """Something that was found, about a `topic`."""

    topic: ClassVar[str]

    @property
    @abstractmethod
    def grade(self) -> Grade:
        """Whether it is as it must be."""

    @property
    @abstractmethod
    def says(self) -> str:
        """What was found, with figures."""

    def __str__(self) -> str:
        return f"{self.grade.value} {self.says}"


@dataclass(frozen=True, slots=True)
class GeneratorCeiling(Finding):
    """How fast the generator is at best, and its own CPU seconds per request."""

    topic = "the generator's ceiling"
    requests_per_s: float
    cpu_s: float

    @property
    def grade(self) -> Grade:
        """Sound where it is faster than any app on one core."""
        return sound_if(self.requests_per_s >= FASTEST)

    @property
    def says(self) -> str:
        """What was found, with figures."""
        needed = f"too slow: {FASTEST:,.0f}/s are needed to measure an app of {APP:,.0f}/s"
        verdict = "faster than any app on one core" if self.grade is Grade.SOUND else needed
        figures = f"{self.requests_per_s:,.0f} requests/s, {self.cpu_s * 1e6:.1f} µs of CPU each"
        return f"the generator's ceiling: {figures}: {verdict}"


@dataclass(frozen=True, slots=True)
class ClockError(Finding):
    """How true the generator's clock is at a rate of requests/s."""

    topic = "the clock"
    rate: float
    clock: Clock

    @property
    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        clock = self.clock
        late = clock.lag_p99 > 1000 * LATE_S
        wrong = abs(clock.error_p50) > ERROR_P50_MS or abs(clock.error_p99) > ERROR_P99_MS
        found = {"sends too late": late, "adds too much of its own": wrong}
        return [words for words, so in found.items() if so]

    @property
    def grade(self) -> Grade:
        """Sound where it is on time, and adds little to the response times."""
        return sound_if(not self.faults)

    @property
    def says(self) -> str:
        """What was found, with figures."""
        clock = self.clock
        lag = f"lag {clock.lag_p50:.2f} ms, p99 {clock.lag_p99:.2f} ms"
        error = f"error of p50 {clock.error_p50:+.2f} ms, of p99 {clock.error_p99:+.2f} ms"
        verdict = " and ".join(self.faults) or "true"
        return f"the clock at {self.rate:g}/s: {lag}; {error}: {verdict}"


@dataclass(frozen=True, slots=True)
class StallSeen(Finding):
    """The p99, in ms, of a server that stands still for a second: as counted, and as it must be."""

    topic = "the stall"
    counted_ms: float
    truth_ms: float

    @property
    def grade(self) -> Grade:
        """Sound where the stall is seen in full."""
        return sound_if(abs(self._off) <= STALL_OFF)

    @property
    def says(self) -> str:
        """What was found, with figures."""
        seen = self.grade is Grade.SOUND
        verdict = "seen in full" if seen else f"more than {STALL_OFF:.0%} off"
        figures = f"p99 {self.counted_ms:.0f} ms, where it must be {self.truth_ms:.0f} ms"
        return f"the stall of {STALL_S:g} s: {figures} ({self._off:+.1%}): {verdict}"

    @property
    def _off(self) -> float:
        return self.counted_ms / self.truth_ms - 1


@dataclass(frozen=True, slots=True)
class OtherCapacity(Finding):
    """How much of an app's capacity another generator reaches, as a ratio to ours in turn."""

    topic = "other load generators"
    driver: str
    requests_per_s: float
    ratio: float

    @property
    def grade(self) -> Grade:
        """Sound where it does not get more out of the app than ours, a note where it gets less."""
        if self.ratio > 1 + MORE:
            return Grade.UNSOUND
        return Grade.SOUND if self.ratio >= 1 - MORE else Grade.NOTE

    @property
    def says(self) -> str:
        """What was found, with figures."""
        verdict = {
            Grade.SOUND: "the same as ours",
            Grade.NOTE: "less than ours, so it is the limit itself",
            Grade.UNSOUND: "more than ours, so ours is the limit",
        }[self.grade]
        reached = f"{self.requests_per_s:,.0f} requests/s"
        return f"capacity by {self.driver}: {reached}, {self.ratio:.2f}× of ours: {verdict}"


@dataclass(frozen=True, slots=True)
class OtherTimes(Finding):
    """The response times that another generator and ours see at the same rate of requests/s."""

    topic = "other load generators"
    driver: str
    rate: float
    theirs: OpenTimes
    ours: OpenTimes

    @property
    def grade(self) -> Grade:
        """Sound where the medians agree, else a note: they are taken one after the other."""
        apart_ms = 1000 * abs(self.ours.p50_s - self.theirs.p50_s)
        agree = apart_ms <= max(ERROR_P50_MS, MORE * 1000 * self.theirs.p50_s)
        return Grade.SOUND if agree else Grade.NOTE

    @property
    def says(self) -> str:
        """What was found, with figures."""
        theirs, ours = (f"{1000 * one.p50_s:.1f} ms" for one in (self.theirs, self.ours))
        verdict = "they agree" if self.grade is Grade.SOUND else "they differ"
        figures = f"{theirs}, where ours says {ours}"
        return f"median response at {self.rate:.0f}/s by {self.driver}: {figures}: {verdict}"


@dataclass(frozen=True, slots=True)
class MissingDriver(Finding):
    """A load generator that is not installed."""

    topic = "other load generators"
    why: str
    remedy: str

    @property
    def grade(self) -> Grade:
        """A note: it is only a cross-check."""
        return Grade.NOTE

    @property
    def says(self) -> str:
        """What was found."""
        return f"capacity by another load generator: {self.why}; {self.remedy}"


def overall(found: Sequence[Finding]) -> str:
    """Return the result of all findings in one sentence."""
    wrong = dict.fromkeys(one.topic for one in found if one.grade is Grade.UNSOUND)
    if not wrong:
        return "The instrument is sound here: fast enough, right in time, unbiased."
    topics = ", ".join(wrong)
    remedy = "see what bench.py doctor finds, and check again"
    return f"The instrument is not sound here, as for {topics}: {remedy}."


def sound_if(so: bool) -> Grade:  # noqa: FBT001  what is asked
    """Return the grade of what must be so."""
    return Grade.SOUND if so else Grade.UNSOUND
