"""Carry out the design of one scenario, one trial at a time, and keep what was seen."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import Protocol

from harness.design.ceilings import ceilings, placing_rate
from harness.design.design import Design, Placing, retry
from harness.experiment.events import (
    Answered,
    BlockStarted,
    Event,
    MoreBlocksAsked,
    TrialEnded,
    TrialStarted,
)
from harness.judge.answer import answer, blocks_wanted
from harness.judge.blocks import Block, whole_blocks
from harness.judge.guards import void_reasons
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.store.run import Run

Known = dict[tuple[str, str, int, int, str], Measurement]  # by the trial's key


class Driver(Protocol):
    """The seam between the plan and the world: it measures trials."""

    def together(self, trials: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare the servers of a block, so that each trial in it only has to measure."""
        ...

    def __call__(self, trial: Trial) -> Measurement:
        """Measure a trial of the block that is prepared."""
        ...


def run_experiment(design: Design, seed: int, drive: Driver, run: Run) -> Iterator[Event]:
    """Drive every trial that is not yet on record; interrupt at will, calling again resumes.

    First the evidence pass, then block after block until there are as many whole ones as the
    noise asks for. A block with a void measurement is measured again, in the same order under new
    arrivals, as long as no more than half the plan has to be. When the answer is known, it is
    yielded. What is seen once comes last, and again where it is void. Yields each event.
    """
    known: Known = {measurement.trial.key: measurement for measurement in run.read()}
    evidence = design.evidence(seed)
    yield from measure(design, evidence, drive, run, known)
    seen = {trial.variant: known[trial.key] for trial in evidence}
    yield from _blocks(design, seed, placing_of(design, seen), drive, run, known)
    measured = list(known.values())
    found = answer(design, measured)
    yield Answered(found)
    if not found.invalid:
        blocks = whole_blocks(design.scenario, measured, void=not design.profile.judged)
        first = blocks[0] if blocks else {}
        last = placing_of(design, seen, {name: first[name] for name in design.explored if first})
        once = design.exploring(seed, last)
        yield from measure(design, once, drive, run, known)
        if design.profile.judged:
            again = [trial for trial in once if _void(design, [trial], known)]
            yield from measure(design, retry(again, 1), drive, run, known)


def _blocks(
    design: Design, seed: int, placing: Placing, drive: Driver, run: Run, known: Known
) -> Iterator[Event]:
    retries, wanted = 0, design.planned_blocks
    for number, block in enumerate(design.blocks(seed, placing), 1):
        for attempt in count():
            trials = retry(block, attempt)
            yield from measure(design, trials, drive, run, known)
            if not design.profile.judged or not _void(design, trials, known):
                break
            retries += 1
            if retries > design.retry_budget(wanted):
                return
        if number == design.planned_blocks:
            wanted = blocks_wanted(design, whole_blocks(design.scenario, list(known.values())))
            if wanted > number:
                yield MoreBlocksAsked(design, wanted)
        if number >= wanted:
            return


def measure(
    design: Design, trials: Sequence[Trial], drive: Driver, run: Run, known: Known
) -> Generator[Event, None, None]:
    """Drive the trials of a block that are not yet known; each is on disk when it has ended."""
    missing = [trial for trial in trials if trial.key not in known]
    if not missing:
        return
    yield BlockStarted(design, trials[0].block, trials[0].attempt)
    with drive.together(missing):
        for trial in missing:
            yield TrialStarted(design, trial)
            measurement = known[trial.key] = drive(trial)
            run.append(measurement)
            yield TrialEnded(design, measurement, void_reasons(design.scenario, measurement))


def placing_of(
    design: Design, evidence: Mapping[str, Measurement], block: Block | None = None
) -> Placing:
    """Return what loads are placed by: the evidence, or a block where it holds closed loops."""
    scenario = design.scenario
    probes = {name: one.probe for name, one in evidence.items()}
    slowest_s = max((probe.work_s for probe in probes.values() if probe), default=0.0)
    if design.places_first:
        rates = (placing_rate(scenario, one) for one in evidence.values())
        bounds = [one for one in rates if one > 0]  # who answers nothing places no load
    else:
        found = (block or {}).items()
        bounds = [ceilings(scenario, one, probes.get(name)).most for name, one in found]
        served = [one.closed.goodput for _, one in found if one.closed and one.closed.goodput > 0]
        bounds = [one for one in bounds if math.isfinite(one)] or served  # of a target nothing else
    return Placing(min(bounds) if bounds else None, slowest_s)


def _void(design: Design, trials: Sequence[Trial], known: Known) -> bool:
    return any(void_reasons(design.scenario, known[trial.key]) for trial in trials)
