"""Carry out a gate within its budget: screen every contest, then measure suspects afresh."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby, islice

from harness.design.lengths import precisely
from harness.experiment.events import Event
from harness.experiment.run import Driver, Known, measure, placing_of, run_experiment
from harness.judge.blocks import whole_blocks
from harness.judge.counts import CountChange
from harness.judge.gate import Confirmed, Contest, ContestResult, Screened
from harness.judge.screening import LOOKS, confirm, screen
from harness.model.errors import BenchError
from harness.store.run import Run

SET_UP_S = 1.0  # of a scenario: its services and its load

# Brings up what the contests of one scenario need, and returns what drives the trials of each.
Stage = Callable[[Sequence[Contest], Run], AbstractContextManager[Callable[[Contest], Driver]]]
Clock = Callable[[], float]  # seconds


@dataclass(frozen=True, slots=True)
class Gate:
    """What is compared, how it is brought up, and until when: `ends` in seconds of the clock.

    The screen is kept in the run `first`, fresh blocks in `again`. `counts` are what was counted
    before, by the name of the contest: where there are any, no fresh block is needed.
    """

    contests: Sequence[Contest]
    stage: Stage
    first: Run
    again: Run
    seed: int
    margin: float
    ends: float
    now: Clock = time.monotonic
    counts: Mapping[str, tuple[CountChange, ...]] = field(default_factory=dict)

    def events(self) -> Iterator[Event | ContestResult]:
        """Measure every contest, and suspects afresh as far as time allows, the clearest first.

        Yields each event, and each result as it is known, again where more became known.
        """
        for contest in self.contests:
            if counts := self.counts.get(contest.name):
                yield ContestResult(contest, Screened(), counts=counts)
        broken: dict[str, str] = {}
        for _, group in groupby(self.contests, lambda one: one.scenario.home):
            yield from self._screened(list(group), broken)
        found = screen(self.contests, self.first.read(), self.margin)
        results = [
            ContestResult(
                contest,
                Screened(invalid=broken[contest.name], broken=True)
                if contest.name in broken
                else screened,
                counts=self.counts.get(contest.name, ()),
            )
            for contest, screened in zip(self.contests, found, strict=True)
        ]
        yield from results
        suspected = (one for one in results if one.screened.suspects and not one.counts)
        suspects = sorted(suspected, key=_clearness)
        total = sum(len(one.screened.suspects) for one in suspects)
        for one in suspects:
            fresh = yield from self._fresh(one, total)
            yield ContestResult(one.contest, one.screened, fresh)

    def _screened(self, group: Sequence[Contest], broken: dict[str, str]) -> Iterator[Event]:
        """Measure the first blocks of the contests of one scenario; note those that failed."""
        with self.stage(group, self.first) as driver_of:
            for contest in group:
                try:
                    yield from run_experiment(
                        contest.design, self.seed, driver_of(contest), self.first
                    )
                except BenchError as error:
                    broken[contest.name] = str(error)

    def _fresh(
        self, suspect: ContestResult, total: int
    ) -> Generator[Event, None, Confirmed | None]:
        """Measure a suspect afresh, up to the look that settles it; None without time for one."""
        contest, found = suspect.contest, None
        metrics = [change.metric for change in suspect.screened.suspects.values()]
        try:
            with self.stage([contest], self.again) as driver_of:
                drive = driver_of(contest)
                for look in LOOKS:
                    left_s = self.ends - self.now()
                    taken = len(self._known(self.again, contest)) // len(contest.scenario.variants)
                    if (look - taken) * contest.design.block_s > left_s:
                        break
                    yield from self._blocks(contest, drive, look)
                    measured = self.again.read()
                    found = confirm(contest, measured, metrics, total, self.margin)
                    if found.settled:
                        break
        except BenchError as error:
            return Confirmed({}, (), settled=True, invalid=str(error), broken=True)
        return found

    def _blocks(self, contest: Contest, drive: Driver, look: int) -> Iterator[Event]:
        """Measure blocks until so many are whole, as long as not too many are void."""
        design, seed = contest.design, self.seed + 1
        screened = self._known(self.first, contest)
        evidence = {
            one.trial.variant: one for one in screened.values() if one.trial.kind == "evidence"
        }
        placing = placing_of(design, evidence)
        known = self._known(self.again, contest)
        for block in islice(design.blocks(seed, placing), look + design.retry_budget(look)):
            if len(whole_blocks(contest.scenario, list(known.values()))) >= look:
                return
            yield from measure(design, block, drive, self.again, known)

    @staticmethod
    def _known(run: Run, contest: Contest) -> Known:
        mine = (one for one in run.read() if one.trial.scenario == contest.name)
        return {one.trial.key: one for one in mine}


def require_enough(
    contests: Sequence[Contest], seconds: float, spent_s: float, *, installed: bool = False
) -> None:
    """Refuse a budget in which not every contest can be screened, and one suspect measured.

    `spent_s` of it were spent, to install both sides where they are `installed`.
    """
    scenarios = len({one.scenario.home for one in contests})
    screening_s = scenarios * SET_UP_S + sum(one.design.seconds for one in contests)
    suspect_s = max(LOOKS[0] * one.design.block_s for one in contests)
    needed_s = spent_s + screening_s + suspect_s
    if needed_s > seconds:
        spent = f", {precisely(spent_s)} of them to install both sides" if installed else ""
        least = math.ceil(needed_s / 60)
        raise BenchError(
            f"a budget of {precisely(seconds)} is too short for {len(contests)} variants: "
            f"it takes {least} min to look at each of them once{spent}",
            hint=f"--budget {least}m, or name fewer scenarios",
        )


def _clearness(result: ContestResult) -> float:
    """Sort the clearest suspect first."""
    return -max(one.cost.low for one in result.screened.suspects.values())
