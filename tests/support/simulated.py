"""Runs that are drawn from theory and measured by nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import profile_named
from harness.experiment.run import run_experiment
from harness.experiment.simulated import Simulator
from harness.model.facts import Measurement
from harness.model.record import Asked, Record, Skipped
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.project import ROOT
from harness.store.run import Run


@dataclass(frozen=True, slots=True)
class Measures:
    """A driver that prepares nothing, and measures a trial by a function."""

    measure: Callable[[Trial], Measurement]

    def together(self, _: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare nothing."""
        return nullcontext()

    def __call__(self, trial: Trial) -> Measurement:
        """Measure a trial."""
        return self.measure(trial)


def begun(
    folder: Path,
    *scenarios: Scenario,
    profile: str = "quick",
    on: str = "simulated",
    skipped: tuple[Skipped, ...] = (),
) -> Run:
    """Return a new run of these scenarios, in which nothing is measured yet."""
    run = Run(folder)
    files = {
        f"{one.name}/{variant.name}": one.file_of(variant, ROOT)
        for one in scenarios
        for variant in one.variants
    }
    run.create(
        Asked(
            profile=profile,
            on=on,
            seed=0,
            commit="abc",
            fingerprint="none",
            scenarios=scenarios,
            code={name: file.read_text() for name, file in files.items() if file.exists()},
            skipped=skipped,
        )
    )
    return run


def measured(
    folder: Path,
    *scenarios: Scenario,
    profile: str = "quick",
    on: str = "simulated",
    drive: Callable[[Trial], Measurement] | None = None,
) -> Run:
    """Return a finished run of these scenarios; `drive` takes the simulator's place."""
    run = begun(folder, *scenarios, profile=profile, on=on)
    for one in scenarios:
        design = Design(one, profile_named(profile))
        list(run_experiment(design, 0, Measures(drive or Simulator([one])), run))
    run.finish()
    return run


def on_host(record: Record) -> Record:
    """Return the record as if it had been measured on this machine."""
    return replace(record, asked=replace(record.asked, on="host"))


@pytest.fixture
def simulated(tmp_path: Path) -> Callable[..., Run]:
    """Make a finished run of scenarios of the catalogue, given by their names."""

    def make(*names: str, profile: str = "quick", folder: str = "simulated") -> Run:
        scenarios = [catalogue()[name] for name in names]
        return measured(tmp_path / folder, *scenarios, profile=profile)

    return make
