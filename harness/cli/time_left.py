"""How long it still takes: the plan's seconds, at the pace seen so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from harness.design.design import Design
from harness.experiment.events import (
    Answered,
    BlockStarted,
    Event,
    TrialEnded,
    TrialStarted,
    WorkersAwaited,
)
from harness.judge.answer import answer
from harness.model.facts import Measurement

LONG_S = 90  # from here on, minutes read better


class TimeLeft:
    """An estimate that follows events.

    `known` are the measurements of an earlier start, which are not made again.
    """

    def __init__(
        self,
        designs: Iterable[Design],
        known: Sequence[Measurement] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._left = {one.scenario.name: _planned_s(one, known) for one in designs}
        self._planned_s = sum(self._left.values())
        self._began = self._spent_s = self._expected_s = 0.0
        self._waits = False

    def follow(self, event: Event) -> None:
        """Take in what happened."""
        match event:
            case BlockStarted(design=design, attempt=attempt) if attempt:
                self._left[design.scenario.name] += design.block_s
            case WorkersAwaited():
                self._waits = True  # in the first trial, which says nothing of the pace
            case TrialStarted():
                self._began = self._now()
            case TrialEnded(trial=trial):
                if not self._waits:
                    self._spent_s += self._now() - self._began
                    self._expected_s += trial.seconds
                self._waits = False
                self._left[trial.scenario] = max(0.0, self._left[trial.scenario] - trial.seconds)
            case Answered(answer=found):
                self._left[found.scenario.name] = 0.0
            case _:
                pass

    @property
    def share_done(self) -> float:
        """How much of the plan is done, from 0 to 1."""
        done = 1 - sum(self._left.values()) / self._planned_s if self._planned_s else 1.0
        return max(0.0, done)

    @property
    def seconds(self) -> float:
        """The seconds that are left."""
        pace = self._spent_s / self._expected_s if self._expected_s else 1.0
        return sum(self._left.values()) * pace

    def __str__(self) -> str:
        return f"{in_words(self.seconds)} left"


def in_words(seconds: float) -> str:
    """Write a length of time, in minutes where it is long."""
    return f"{seconds / 60:.0f} min" if seconds > LONG_S else f"{seconds:.0f} s"


def _planned_s(design: Design, known: Sequence[Measurement]) -> float:
    """Return the seconds that are left of a design, by its plan."""
    mine = [one for one in known if one.trial.scenario == design.scenario.name]
    found = answer(design, mine)
    if found.settled and found.blocks in design.looks:
        return 0.0
    # Of a block that was measured again, the last attempt counts.
    done = {(one.trial.block, one.trial.variant): one.trial.seconds for one in mine}
    return max(0.0, design.seconds - sum(done.values()))
