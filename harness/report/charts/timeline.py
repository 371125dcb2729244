"""The seconds of a trial as the charts draw them: phases laid end to end, the same for every block and variant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median_high

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.model.facts import BETWEEN, START, Measurement, Moment
from harness.report.charts.style import FAINT
from harness.report.reading import Reading

Parts = Mapping[
    tuple[str, bool], Sequence[Moment]
]  # of a trial: a phase's name, and whether it is the pause after it
Value = Callable[[Moment, Moment], float]  # what is drawn of the time between two moments

BIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the trial, or the pause after one: when it begins, and how long it lasts, in seconds."""

    name: str
    pause: bool
    begins_s: float
    lasts_s: float

    @property
    def ends_s(self) -> float:
        """Say when it ends."""
        return self.begins_s + self.lasts_s

    @property
    def edges(self) -> list[float]:
        """Give where its bins begin; a short rest is part of the last one."""
        return [
            self.begins_s + number * BIN_S for number in range(max(1, round(self.lasts_s / BIN_S)))
        ]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every trial of every variant, split into the phases that all of them share."""

    trials: Mapping[str, Sequence[Parts]]
    phases: Sequence[Phase]

    @property
    def ends_s(self) -> float:
        """Say when the last phase ends."""
        return self.phases[-1].ends_s

    @property
    def edges(self) -> NDArray[np.float64]:
        """Give the edges of all bins, in seconds."""
        return np.array([*(edge for phase in self.phases for edge in phase.edges), self.ends_s])

    def course(self, variant: str, value: Value) -> NDArray[np.float64]:
        """Give a value for each bin, the mean over those of the variant's trials that have it; NaN where none has."""
        return np.array(
            [found for phase in self.phases for found in course(self.trials[variant], phase, value)]
        )

    def shade(self, axes: Axes) -> None:
        """Grey the pauses between phases."""
        for phase in self.phases:
            if phase.pause:
                axes.axvspan(
                    phase.begins_s, phase.ends_s, color=FAINT, alpha=0.5, linewidth=0, zorder=0
                )


def timeline(reading: Reading) -> Timeline:
    """Lay out the whole blocks of a reading."""
    trials = {
        variant.name: [split(block[variant.name]) for block in reading.blocks]
        for variant in reading.scenario.variants
    }
    return Timeline(trials, phases(trials))


def split(measurement: Measurement) -> Parts:
    """Split a trial's moments into phases and the pauses after them: each up to the first moment of the next, so that nothing is lost."""
    parts: dict[tuple[str, bool], list[Moment]] = {}
    phase, part = "", list[Moment]()
    for moment in measurement.inside.moments if measurement.inside else ():
        pause = moment.phase in {START, BETWEEN}
        phase = phase if pause else moment.phase
        if (phase, pause) not in parts:
            part.append(moment)
            part = parts[phase, pause] = []
        part.append(moment)
    return parts


def phases(trials: Mapping[str, Sequence[Parts]]) -> list[Phase]:
    """Lay the phases and their pauses end to end, each as long as the slowest variant takes for it, in the middle of its blocks.

    Servers work off a backlog at their own pace, so that the seconds of two trials do not match; the phases do.
    """
    begins_s: dict[str, float] = {}
    known = [
        (part, moments[0].at_s)
        for found in trials.values()
        for parts in found
        for part, moments in parts.items()
    ]
    for (phase, _), at_s in known:
        begins_s[phase] = min(at_s, begins_s.get(phase, at_s))
    laid: list[Phase] = []
    for part in sorted({part for part, _ in known}, key=lambda part: (begins_s[part[0]], part)):
        lasts_s = max(
            median_high(_seconds(parts.get(part, ())) for parts in found)
            for found in trials.values()
        )
        if lasts_s:
            laid.append(Phase(*part, laid[-1].ends_s if laid else 0.0, lasts_s))
    return laid


def course(trials: Sequence[Parts], phase: Phase, value: Value) -> list[float]:
    """Give a value for each bin of a phase, the mean over those trials that have it; NaN where none has."""
    bins: list[list[float]] = [[] for _ in phase.edges]
    for parts in trials:
        for number, found in _binned(
            parts.get((phase.name, phase.pause), ()), phase, value
        ).items():
            bins[number].append(found)
    return [fmean(found) if found else np.nan for found in bins]


def _binned(moments: Sequence[Moment], phase: Phase, value: Value) -> dict[int, float]:
    """Put what lies between two moments into the bin that holds its middle."""
    pairs: dict[int, list[tuple[Moment, Moment]]] = {}
    for before, after in pairwise(moments):
        middle_s = (before.at_s + after.at_s) / 2 - moments[0].at_s
        if middle_s < phase.lasts_s:
            pairs.setdefault(min(int(middle_s / BIN_S), len(phase.edges) - 1), []).append(
                (before, after)
            )
    return {number: value(found[0][0], found[-1][1]) for number, found in pairs.items()}


def _seconds(moments: Sequence[Moment]) -> float:
    return moments[-1].at_s - moments[0].at_s if moments else 0.0
