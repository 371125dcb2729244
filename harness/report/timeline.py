"""The seconds of a trial as the charts draw them: phases end to end, the same for every block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median_high

import numpy as np
from numpy.typing import NDArray

from harness.model.facts import BETWEEN, START, Measurement, Sample
from harness.report.scenario_run import ScenarioRun

# Samples of a trial, by the name of their phase, and whether they are in the pause after it.
Parts = Mapping[tuple[str, bool], Sequence[Sample]]
Value = Callable[[Sample, Sample], float]  # what is drawn of the time between two samples

BIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the trial, or the pause after one: when it begins, and how long it lasts."""

    name: str
    pause: bool
    begins_s: float
    lasts_s: float

    @property
    def ends_s(self) -> float:
        """When it ends, in seconds."""
        return self.begins_s + self.lasts_s

    @property
    def edges(self) -> list[float]:
        """Where its bins begin, in seconds; a short rest is part of the last one."""
        bins = max(1, round(self.lasts_s / BIN_S))
        return [self.begins_s + number * BIN_S for number in range(bins)]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every trial of every variant, split into the phases that all of them share."""

    trials: Mapping[str, Sequence[Parts]]
    phases: Sequence[Phase]

    @property
    def ends_s(self) -> float:
        """When the last phase ends, in seconds."""
        return self.phases[-1].ends_s

    @property
    def edges(self) -> NDArray[np.float64]:
        """The edges of all bins, in seconds."""
        return np.array([*(edge for phase in self.phases for edge in phase.edges), self.ends_s])

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """When each pause between phases begins and ends, in seconds."""
        return [(phase.begins_s, phase.ends_s) for phase in self.phases if phase.pause]

    def course(self, variant: str, value: Value) -> NDArray[np.float64]:
        """Return a value for each bin, the mean over the variant's trials; NaN where none has."""
        trials = self.trials[variant]
        return np.array([one for phase in self.phases for one in course(trials, phase, value)])


def timeline(run: ScenarioRun) -> Timeline:
    """Return the timeline of all blocks; what was seen once besides is the same in each."""
    once = {name: split(one) for name, one in run.once.items()}
    trials = {
        name: [{**once.get(name, {}), **split(one)} for one in run.of(name)]
        for name in run.variants
    }
    return Timeline(trials, phases(trials))


def split(measurement: Measurement) -> Parts:
    """Split a trial's samples into phases and the pauses after them.

    Each part lasts up to the first sample of the next, so that nothing is lost.
    """
    parts: dict[tuple[str, bool], list[Sample]] = {}
    phase, part = "", list[Sample]()
    for sample in measurement.app.samples if measurement.app else ():
        pause = sample.phase in {START, BETWEEN}
        phase = phase if pause else sample.phase
        if (phase, pause) not in parts:
            part.append(sample)
            part = parts[phase, pause] = []
        part.append(sample)
    return parts


def phases(trials: Mapping[str, Sequence[Parts]]) -> list[Phase]:
    """Return the phases and their pauses end to end.

    Each is as long as the slowest variant takes for it in its median block. Servers work off what
    is left over at their own pace, so the seconds of two trials do not match; the phases do.
    """
    begins_s: dict[str, float] = {}
    known = [
        (part, samples[0].at_s)
        for found in trials.values()
        for parts in found
        for part, samples in parts.items()
    ]
    for (phase, _), at_s in known:
        begins_s[phase] = min(at_s, begins_s.get(phase, at_s))
    laid: list[Phase] = []
    for part in sorted({part for part, _ in known}, key=lambda part: (begins_s[part[0]], part)):
        medians = (
            median_high(_seconds(parts.get(part, ())) for parts in found)
            for found in trials.values()
        )
        if lasts_s := max(medians):
            laid.append(Phase(*part, laid[-1].ends_s if laid else 0.0, lasts_s))
    return laid


def course(trials: Sequence[Parts], phase: Phase, value: Value) -> list[float]:
    """Return a value for each bin of a phase, the mean over the trials; NaN where none has it."""
    bins: list[list[float]] = [[] for _ in phase.edges]
    for parts in trials:
        samples = parts.get((phase.name, phase.pause), ())
        for number, found in _binned(samples, phase, value).items():
            bins[number].append(found)
    return [fmean(found) if found else np.nan for found in bins]


def _binned(samples: Sequence[Sample], phase: Phase, value: Value) -> dict[int, float]:
    """Return a value for each bin: what lies between two samples is in the bin of its middle."""
    last = len(phase.edges) - 1
    pairs: dict[int, list[tuple[Sample, Sample]]] = {}
    for before, after in pairwise(samples):
        middle_s = (before.at_s + after.at_s) / 2 - samples[0].at_s
        if middle_s < phase.lasts_s:
            pairs.setdefault(min(int(middle_s / BIN_S), last), []).append((before, after))
    return {number: value(found[0][0], found[-1][1]) for number, found in pairs.items()}


def _seconds(samples: Sequence[Sample]) -> float:
    return samples[-1].at_s - samples[0].at_s if samples else 0.0
