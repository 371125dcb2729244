"""How long it still takes: the plan's seconds, at the pace of what was measured so far.

What a scenario takes before its first trial, its services and its load, is counted apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence

from harness.design.design import TYPICAL_CEILING, TYPICAL_S, Design, Placing
from harness.design.lengths import in_words
from harness.experiment.events import (
    Answered,
    BlockStarted,
    Event,
    MoreBlocksAsked,
    TrialEnded,
    TrialStarted,
    WorkersAwaited,
)
from harness.judge.answer import answer, blocks_wanted
from harness.judge.blocks import whole_blocks
from harness.model.facts import Measurement

Keys = Collection[tuple[str, str, int, int, str]]  # of trials


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
        self._known = {one.trial.key for one in known}
        self._designs = {one.scenario.name: one for one in designs}
        self._left = {name: _planned_s(one, known) for name, one in self._designs.items()}
        self._planned_s = sum(self._left.values())
        self._began = self._spent_s = self._expected_s = 0.0
        self._to_set_up = {name for name, left_s in self._left.items() if left_s}
        self._set_up_s: list[float] = []
        self._sets_up = self._waits = False

    def follow(self, event: Event) -> None:
        """Take in what happened."""
        match event:
            case WorkersAwaited():
                self._waits = True  # until the first trial ends, which says nothing of the rest
            case BlockStarted(design=design, attempt=attempt):
                name = design.scenario.name
                self._began = self._now()  # its servers are started before its first trial
                self._sets_up = name in self._to_set_up
                self._to_set_up.discard(name)
                if attempt:
                    self._left[name] += design.block_s
            case TrialStarted() if self._sets_up:
                if not self._waits:
                    self._set_up_s.append(self._now() - self._began)
                self._began, self._sets_up = self._now(), False
            case MoreBlocksAsked(design=design, blocks=blocks):
                name = design.scenario.name
                self._left[name] += (blocks - design.planned_blocks) * design.block_s
            case TrialEnded(trial=trial):
                if not self._waits:
                    self._spent_s += self._now() - self._began
                    self._expected_s += trial.seconds
                self._began, self._waits = self._now(), False
                self._left[trial.scenario] = max(0.0, self._left[trial.scenario] - trial.seconds)
            case Answered(answer=found):
                name = found.scenario.name
                again = 0.0 if found.invalid else _exploring_s(self._designs[name], self._known)
                self._left[name] = again
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
        set_up_s = sum(self._set_up_s) / max(1, len(self._set_up_s))
        return sum(self._left.values()) * pace + len(self._to_set_up) * set_up_s

    def __str__(self) -> str:
        return f"{in_words(self.seconds)} left"


def _planned_s(design: Design, known: Sequence[Measurement]) -> float:
    """Return the seconds that are left of a design, by its plan and what its noise asks for."""
    mine = [one for one in known if one.trial.scenario == design.scenario.name]
    keys = {one.trial.key for one in mine}
    found, blocks = answer(design, mine), whole_blocks(design.scenario, mine)
    wanted = blocks_wanted(design, blocks)
    if found.invalid:
        return 0.0
    if design.profile.judged and len(blocks) >= wanted:
        return _exploring_s(design, keys)
    # Of a block that was measured again, the last attempt counts.
    done = {(one.trial.kind, one.trial.block, one.trial.variant): one.trial.seconds for one in mine}
    more_s = (wanted - design.planned_blocks) * design.block_s
    return max(0.0, design.seconds + more_s - sum(done.values()))


def _exploring_s(design: Design, known: Keys) -> float:
    """Return the seconds of what is seen once, when the answer is known."""
    exploring = design.exploring(0, Placing(TYPICAL_CEILING, TYPICAL_S))
    return sum(one.seconds for one in exploring if one.key not in known)
