"""Measure on this machine: services, server and load as processes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from harness.conduct import Driver
from harness.measurement import Measurement
from harness.plan import Trial
from harness.records import Run
from harness.scenario import Scenario
from harness.stage import cores, machine, processes, trial
from harness.stage.load import Crowd, load
from harness.stage.ports import HOST, free_port
from harness.stage.processes import Crew
from harness.stage.serve import serve, wait_for
from harness.stage.services import environment, require, services


@contextmanager
def on_host(scenario: Scenario, run: Run, crew: Crew, *, port: int, crowd: Crowd) -> Iterator[Driver]:
    """Bring the scenario's services and its load up and give a driver for its trials; all is gone when the context ends."""
    split = cores.split(scenario.budget.workers)
    cores.pin(os.getpid(), split.rest)
    logs = run.folder / "logs"
    answers: dict[str, str] = {}
    port = free_port(port)
    with ExitStack() as stack:
        stack.callback(cores.pin, os.getpid(), cores.AVAILABLE)
        found = stack.enter_context(services(scenario, crew, logs, split.rest))
        described = {name: service.described for name, service in found.items()}
        run.machine = {
            **machine.conditions(),
            "cores": {"server": list(split.server), "load": list(split.rest)},
            "services": {**run.machine.get("services", {}), **described},
        }
        generator = stack.enter_context(
            load(scenario.workload, f"http://{HOST}:{port}", crew, logs / f"{scenario.name}-locust.log", on=split.rest, crowd=crowd)
        )

        def drive(one: Trial) -> Measurement:
            require(found)
            log = logs / f"{trial.name(one)}.log"
            began, busy_s, ours_s = time.monotonic(), machine.busy_s(), machine.family_s()
            with serve(scenario, one, crew, log, settings=environment(found), on=split.server, port=port) as server:
                wait_for(server)
                trial.check_answers(scenario, server.url, answers, server.what, f"its log is {log}")
                seen = trial.drive(generator, scenario, one, run.folder / "samples", server.cpu_clock())
                require(found)
                processes.require(server.process, server.what, log)
                rss_bytes = server.rss_bytes()
                foreign_s = machine.busy_s() - busy_s - (machine.family_s() - ours_s)
            foreign = max(0.0, foreign_s) / (time.monotonic() - began) / len(cores.AVAILABLE)
            measurement = trial.read(seen, scenario, one, cores=max(1, len(split.server)), rss_bytes=rss_bytes, foreign=foreign)
            ceiling = scenario.variant(one.variant).ceiling(measurement.demand)
            doubts = (*split.caveats, *trial.doubts(scenario, measurement))
            return replace(measurement, ceiling=ceiling, caveats=tuple(doubt.name for doubt in doubts))

        yield drive
