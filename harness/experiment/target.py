"""Measure an app that somebody else started, here or elsewhere: only what can be seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPException
from urllib.parse import urlsplit

from harness.design.plan import Trial
from harness.experiment import script
from harness.experiment.run import Driver
from harness.judge import guards
from harness.judge.caveats import Caveat
from harness.load.locust import Crowd, load
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.store.records import Run
from harness.system import cores, machine
from harness.system.ask import ask
from harness.system.processes import Crew


@contextmanager
def on_target(
    scenario: Scenario, run: Run, crew: Crew, *, url: str, crowd: Crowd
) -> Iterator[Driver]:
    """Aim the scenario's load at `url` and give a driver for its trials; raises BenchError where nobody answers there."""
    hint = f"start the app there, or correct --target; it must answer {scenario.samples[0]}"
    if urlsplit(url).scheme != "http" or not urlsplit(url).netloc:
        raise BenchError(
            f"--target is {url!r}, which is no http:// address",
            hint="give one such as http://127.0.0.1:8000",
        )
    try:
        ask(url, scenario.samples[0])
    except (OSError, HTTPException) as error:
        raise BenchError(f"the target at {url} does not answer: {error}", hint=hint) from error
    logs = run.folder / "logs"
    rest = cores.split(1).rest
    run.machine = {**machine.conditions(), "cores": {"load": list(rest)}, "services": {}}
    answers: dict[str, str] = {}
    with load(
        scenario.workload, url, crew, logs / f"{scenario.name}-locust.log", on=rest, crowd=crowd
    ) as generator:

        def drive(one: Trial) -> Measurement:
            script.check_answers(scenario, url, answers, f"the target at {url}", hint)
            seen = script.drive(generator, scenario, one, run.folder / "samples")
            measurement = script.read(
                seen, scenario, one, cores=scenario.budget.workers, rss_bytes=0, foreign=0.0
            )
            void = tuple(one.name for one in guards.voids(scenario, measurement))
            return replace(
                measurement,
                ceiling=scenario.ceiling_of(scenario.baseline, measurement.demand),
                caveats=(Caveat.TARGET.name,),
                void=void,
            )

        yield drive
