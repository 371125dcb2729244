"""What the instrument is worth on this machine: it measures what is known, and must find it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES, Profile
from harness.experiment import aa_findings
from harness.experiment.calibration import CONNECTIONS, WORKLOAD, Bench
from harness.experiment.events import TrialEnded, TrialStarted
from harness.experiment.measure import measuring
from harness.experiment.run import run_experiment
from harness.experiment.session import exclusive
from harness.experiment.soundness import (
    ClockError,
    Finding,
    GeneratorCeiling,
    MissingDriver,
    OtherCapacity,
    OtherTimes,
    StallSeen,
    Step,
)
from harness.judge.answer import answer
from harness.judge.blocks import whole_blocks
from harness.load import DRIVERS, driver_named
from harness.load.driver import LoadDriver, OpenDriver
from harness.load.locust import Locust
from harness.model.errors import Unavailable
from harness.model.histogram import ENOUGH
from harness.model.record import Asked
from harness.model.scenario import Scenario
from harness.places.host import Host
from harness.places.serve import wait_for
from harness.project import ROOT
from harness.services.provide import environment
from harness.store.run import Run
from harness.system import cores, machine
from harness.system.processes import ProcessSupervisor

# The variant that is measured: it needs no PostgreSQL, and is bound by CPU, as what is judged
# mostly is.
SCENARIO, VARIANT = "http_call", "awaiting"
RATES = (200, 1000)
# Every block holds all loads, because four metrics are judged, each at a quarter of 5 %; windows
# are as long as the p50 of a slow machine takes.
PROFILE = replace(PROFILES["quick"], few=8, blocks=8, most=8, open_s=2.4, once=False)
NAME = f"{SCENARIO}/{VARIANT}"
HALF = 0.5  # of the app's capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How long each part of a selfcheck takes, in seconds.

    `rounds` is how often the load generators take turns, `profile` that of the A/A test.
    """

    ceiling_s: float = 3.0
    clock_s: float = ENOUGH[0.99] / RATES[0]
    stall_s: float = 20.0
    driver_s: float = 2.0
    rounds: int = 3
    profile: Profile = PROFILE


WINDOWS = Windows()


def selfcheck(results: Path, windows: Windows = WINDOWS) -> Iterator[Finding | Step]:
    """Check everything: yield each step before it is done, and each finding as soon as it is made.

    Raises BenchError where another bench.py is measuring, or something does not start.
    """
    with exclusive(results), ProcessSupervisor() as supervisor, ExitStack() as stack:
        split = cores.split(1)
        stack.callback(cores.pin, 0, cores.AVAILABLE)
        cores.pin(0, split.rest)
        bench = Bench(supervisor, split)
        yield from _generator(bench, windows)
        yield from _drivers(bench, windows)
        yield from _aa_test(bench, windows)


def _generator(bench: Bench, windows: Windows) -> Iterator[Finding | Step]:
    """Compare the load generator with a server that knows the truth."""
    yield Step(f"the generator's ceiling, {windows.ceiling_s + 2:.0f} s")
    with bench.echo(0) as (url, _):
        best = Locust().closed_rate(
            WORKLOAD, url, clients=CONNECTIONS, seconds=windows.ceiling_s, site=bench.load
        )
    yield GeneratorCeiling(best.requests_per_s, best.cpu_s)
    for rate in RATES:
        yield Step(f"the clock at {rate}/s, {windows.clock_s + 3:.0f} s")
        yield ClockError(rate, bench.clock(rate, windows.clock_s))
    yield Step(f"a stall of a second, {windows.stall_s + 3:.0f} s")
    counted, truth = bench.stall(windows.stall_s)
    yield StallSeen(float(np.quantile(counted, 0.99)), float(np.quantile(truth, 0.99)))


def _drivers(bench: Bench, windows: Windows) -> Iterator[Finding | Step]:
    """Let all load generators that are installed load one app in turn."""
    installed: dict[str, LoadDriver] = {}  # by name and version; ours comes first
    for name in DRIVERS:
        driver = driver_named(name)
        try:
            installed[f"{driver.name} {driver.version()}"] = driver
        except Unavailable as error:
            yield MissingDriver(str(error), error.hint)
    (ours, own), *others = installed.items()
    if not others:
        return
    scenario = catalogue()[SCENARIO]
    workload, site = scenario.workload, bench.load
    rates: dict[str, list[float]] = {name: [] for name in installed}
    with _served(bench, scenario) as url:
        for number in range(1, windows.rounds + 1):
            for name, driver in installed.items():
                yield Step(f"{NAME} under {name}, round {number} of {windows.rounds}")
                reached = driver.closed_rate(
                    workload, url, clients=scenario.clients, seconds=windows.driver_s, site=site
                )
                rates[name].append(reached.requests_per_s)
        for name, _ in others:
            ratios = [
                theirs / max(1.0, best)
                for theirs, best in zip(rates[name], rates[ours], strict=True)
            ]
            yield OtherCapacity(name, median(rates[name]), median(ratios))
        rate = HALF * median(rates[ours])
        for name, other in others:
            if isinstance(other, OpenDriver) and isinstance(own, OpenDriver):
                yield Step(f"{NAME} at {rate:.0f} requests/s under {ours}, then {name}")
                seconds = windows.driver_s
                first, second = (
                    one.open_times(workload, url, rate=rate, seconds=seconds, site=site)
                    for one in (own, other)
                )
                yield OtherTimes(name, rate, theirs=second, ours=first)


@contextmanager
def _served(bench: Bench, scenario: Scenario) -> Iterator[str]:
    """Serve the variant; yield its address."""
    folder = bench.supervisor.folder
    place = Host(bench.supervisor, bench.split, 0, 0)
    with place.services(scenario, folder) as found:
        app = scenario.app(VARIANT, ROOT)
        told = {**app.environment, **environment(found)}
        served = place.serve(replace(app, environment=told), NAME, folder / "served.log")
        with served as server:
            wait_for(server, scenario.workload.idle_request)
            yield server.url


def _aa_test(bench: Bench, windows: Windows) -> Iterator[Finding | Step]:
    """Measure a variant against itself, and see how small a difference would show."""
    scenario = catalogue()[SCENARIO].as_aa_test(VARIANT, (aa_findings.ONE, aa_findings.OTHER))
    design = Design(scenario, windows.profile)
    run = Run(bench.supervisor.folder / "run")
    run.create(
        Asked(
            profile="quick",
            on="host",
            seed=0,
            commit=machine.commit(),
            fingerprint=machine.fingerprint(),
            scenarios=(scenario,),
            code={},
        )
    )
    began_s = time.monotonic()
    place = Host(bench.supervisor, bench.split, 0, 0)
    with measuring(place, bench.split, scenario, run, bench.supervisor, Locust()) as ready:
        for event in run_experiment(design, 0, ready.runner(scenario), run):
            if isinstance(event, TrialStarted):
                trial = event.trial
                block = f"block {trial.block} of {design.planned_blocks}"
                where = block if trial.block else trial.kind
                again = ", again" if trial.attempt else ""
                yield Step(f"{NAME} against itself, {where}, the {trial.variant}{again}")
            elif isinstance(event, TrialEnded) and event.void:
                yield Step(f"void: {', '.join(reason.says for reason in event.void)}")
    minutes = (time.monotonic() - began_s) / 60
    measurements = run.read()
    blocks = whole_blocks(scenario, measurements)
    invalid = answer(design, measurements).invalid
    if invalid or not blocks:
        yield aa_findings.NothingSaid(invalid or "no block is whole")
    else:
        yield from aa_findings.findings(blocks, minutes)
