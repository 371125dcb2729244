"""Carry out the design of one scenario, one trial at a time, and keep what was seen."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import count

from harness.design.ceilings import placing_rate
from harness.design.design import Design, retry
from harness.experiment.events import BlockStarted, Event, LookTaken, TrialEnded, TrialStarted
from harness.judge.answer import answer
from harness.judge.guards import void_reasons
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.store.run import Run

Driver = Callable[[Trial], Measurement]
Settled = Callable[[Sequence[Measurement]], bool]
Known = dict[tuple[str, int, int, str], Measurement]  # by the trial's key


def run_experiment(
    design: Design, seed: int, drive: Driver, run: Run, settled: Settled | None = None
) -> Generator[Event, None, None]:
    """Drive every trial that is not yet on record; interrupt at will, calling again resumes.

    First the pilot, then block after block up to the look at which the question is `settled`: by
    its answer, unless told otherwise. A block with a void measurement is measured again, in the
    same order under new arrivals, as long as no more than half the plan has to be.
    Yields each event as it happens, of what is measured now.
    """
    scenario = design.scenario
    known = {measurement.trial.key: measurement for measurement in run.read()}
    settled = settled or (lambda measurements: answer(design, measurements).settled)
    pilot = design.pilot(seed)
    yield from _measure(design, pilot, drive, run, known)
    smallest = min(placing_rate(scenario, known[trial.key]) for trial in pilot)
    retries_left = design.retry_budget
    for number, block in enumerate(design.blocks(seed, smallest), 1):
        for attempt in count():
            trials = retry(block, attempt)
            yield from _measure(design, trials, drive, run, known)
            if not design.profile.judged or not _void(design, trials, known):
                break
            if (retries_left := retries_left - 1) < 0:
                return
        if number in design.looks:
            if settled(list(known.values())):
                return
            if number < design.last_block:
                yield LookTaken(design, number)


def _measure(
    design: Design, trials: Sequence[Trial], drive: Driver, run: Run, known: Known
) -> Iterator[Event]:
    """Drive the trials of a block that are not yet known."""
    if not any(trial.key in known for trial in trials):
        yield BlockStarted(design, trials[0].block, trials[0].attempt)
    for trial in trials:
        if trial.key not in known:
            yield TrialStarted(design, trial)
            measurement = known[trial.key] = drive(trial)
            run.append(measurement)
            yield TrialEnded(design, measurement, void_reasons(design.scenario, measurement))


def _void(design: Design, trials: Sequence[Trial], known: Known) -> bool:
    return any(void_reasons(design.scenario, known[trial.key]) for trial in trials)
