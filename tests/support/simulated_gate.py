"""A gate on the simulated driver, under a clock that only measuring moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment import gate_scheduler
from harness.experiment.events import Event
from harness.experiment.run import Driver
from harness.experiment.simulated import Simulator
from harness.judge import gate
from harness.judge.counts import CountChange
from harness.judge.gate import HEAD, Contest, ContestResult
from harness.judge.screening import MARGIN
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.store.run import Run
from tests.support.simulated import Measures, begun

POSTGRES = catalogue()["postgres_read"]
CONTESTS, _ = gate.contests(POSTGRES, POSTGRES)
FIRST, AWAITING = CONTESTS[0].name, "postgres_read-awaiting"
LONG_S = 3600.0
MOST_STAGES = 50  # far more than any gate here brings up

# By how much head's capacity and its CPU per request are multiplied.
Effect = Callable[[Contest, Run], tuple[float, float]]
Spoil = Callable[[Measurement], Measurement]


def none(_: Contest, __: Run) -> tuple[float, float]:
    """Let nothing differ."""
    return 1, 1


class SimulatedGate:
    """A gate whose head differs by `effect`.

    `spoil` changes what is measured of head, the evidence aside; `counts` were counted before.
    """

    def __init__(self, folder: Path, effect: Effect, noise: float) -> None:
        self.time = 0.0
        self.stages = 0
        self.effect, self.noise = effect, noise
        self.spoil: Spoil = lambda found: found
        self.counts: Mapping[str, tuple[CountChange, ...]] = {}
        scenarios = [contest.scenario for contest in CONTESTS]
        self.first = begun(folder / "run", *scenarios, profile="gate")
        self.again = begun(folder / "again", *scenarios, profile="gate")

    @contextmanager
    def stage(self, _: Sequence[Contest], run: Run) -> Iterator[Callable[[Contest], Driver]]:
        """Draw, and slow head down; fails where a gate goes on without measuring anything."""
        self.stages += 1
        assert self.stages <= MOST_STAGES, "the gate brings up one contest after the other"
        self.time += gate_scheduler.SET_UP_S
        yield lambda contest: Measures(self._measure(contest, run))

    def _measure(self, contest: Contest, run: Run) -> Callable[[Trial], Measurement]:
        draw = Simulator([contest.scenario], noise=self.noise)
        served, computed = self.effect(contest, run)

        def measure(trial: Trial) -> Measurement:
            self.time += trial.seconds
            found, of_head = draw(trial), trial.variant == HEAD
            if found.closed is None:
                return found
            rng = random.Random(f"{trial!r} {run.folder.name}")
            factor, cpu = (served, computed) if of_head else (1, 1)
            good = round(found.closed.good * factor)
            cpu_s = found.closed.cpu_s * cpu * rng.lognormvariate(0, self.noise)
            closed = replace(
                found.closed,
                good=good,
                sent=good,
                outcomes={"ok": good},
                cpu_s=cpu_s * good / found.closed.sent,
                slope=(found.closed.slope or 0.0) * factor,
                ended_slope=(found.closed.ended_slope or 0.0) * factor,
                tenths=tenths(good),
            )
            found = replace(found, closed=closed)
            return self.spoil(found) if of_head and trial.block else found

        return measure

    def events(
        self,
        contests: Sequence[Contest] = CONTESTS,
        *,
        seconds: float = LONG_S,
        margin: float = MARGIN,
        seed: int = 0,
    ) -> Iterator[Event | ContestResult]:
        """Run the gate."""
        return gate_scheduler.Gate(
            contests,
            self.stage,
            self.first,
            self.again,
            seed,
            margin,
            seconds,
            lambda: self.time,
            self.counts,
        ).events()

    def results(
        self, contests: Sequence[Contest] = CONTESTS, **limits: float
    ) -> dict[str, ContestResult]:
        """Run the gate to its end, and return the last word on each contest."""
        events = self.events(contests, **limits)  # type: ignore[arg-type]
        return {one.contest.name: one for one in events if isinstance(one, ContestResult)}


Gates = Callable[..., SimulatedGate]


@pytest.fixture
def gates(tmp_path: Path) -> Gates:
    """Make a gate on the simulated driver; each has folders of its own."""
    made: list[SimulatedGate] = []

    def make(effect: Effect = none, noise: float = 0.02) -> SimulatedGate:
        made.append(SimulatedGate(tmp_path / str(len(made)), effect, noise))
        return made[-1]

    return make


def only(name: str, served: float, computed: float) -> Effect:
    """Slow one variant down."""
    return lambda contest, _: (served, computed) if contest.name == name else (1, 1)


def tenths(good: int) -> tuple[int, ...]:
    """Spread so many answers evenly over a window."""
    return tuple(good * (n + 1) // 10 - good * n // 10 for n in range(10))
