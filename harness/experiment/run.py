"""Carry out the plan of one scenario, one trial at a time, and keep what was seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import count

from harness.design import plan
from harness.design.plan import Profile, Trial
from harness.judge.answer import answer
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.store.records import Run

Driver = Callable[[Trial], Measurement]


def conduct(
    scenario: Scenario,
    profile: Profile,
    seed: int,
    drive: Driver,
    run: Run,
    settled: Callable[[Sequence[Measurement]], bool] | None = None,
) -> Generator[Trial | Measurement, None, None]:
    """Drive every trial not yet on record: the pilot, then block after block up to the look that settles the question: by its answer, unless told otherwise.

    A block with a void measurement is measured again, in the same order, as long as no more than half the plan has to be.
    Yields each trial as it begins and each measurement as it ends, already on disk. Interrupt at will: calling again resumes.
    """
    known = {measurement.trial.key: measurement for measurement in run.read()}
    settled = settled or (lambda measurements: answer(scenario, profile, measurements).settled)

    def measure(trial: Trial) -> Iterator[Trial | Measurement]:
        if trial.key not in known:
            yield trial
            measurement = known[trial.key] = drive(trial)
            run.append(measurement)
            yield measurement

    pilots = plan.pilot(scenario, seed)
    for trial in pilots:
        yield from measure(trial)
    smallest = min(_bound(known[trial.key]) for trial in pilots)
    layout = plan.blocks(scenario, profile, seed, smallest)
    spare = plan.spare(scenario, profile)
    for number, block in enumerate(layout, 1):
        for attempt in count():
            trials = plan.again(block, attempt)
            for trial in trials:
                yield from measure(trial)
            if not profile.judged or not any(known[trial.key].void for trial in trials):
                break
            if (spare := spare - 1) < 0:
                return
        if number in plan.looks(scenario, profile) and settled(list(known.values())):
            return


def _bound(pilot: Measurement) -> float:
    """Give what places the rates: the ceiling, or what was served where no theory bounds it."""
    return pilot.ceiling if math.isfinite(pilot.ceiling) else pilot.closed.goodput
