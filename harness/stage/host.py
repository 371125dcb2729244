"""Measure on this machine: services, server and load as processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPException
from urllib.parse import urlsplit

from harness import guards
from harness.caveats import Caveat, Void
from harness.conduct import Driver
from harness.errors import BenchError
from harness.measurement import Measurement
from harness.plan import Trial
from harness.records import Run
from harness.scenario import Scenario
from harness.stage import cores, machine, processes, trial
from harness.stage.clocks import Clocks
from harness.stage.load import Crowd, load
from harness.stage.monitor import watching
from harness.stage.ports import HOST, free_port
from harness.stage.processes import Crew
from harness.stage.serve import serve, wait_for
from harness.stage.services import environment, require, services
from harness.stage.subject import Subject


@contextmanager
def on_host(scenario: Scenario, run: Run, crew: Crew, *, port: int, monitor_port: int, crowd: Crowd) -> Iterator[Driver]:
    """Bring the scenario's services and its load up and give a driver for its trials; all is gone when the context ends."""
    split = cores.split(scenario.budget.workers)
    cores.pin(os.getpid(), split.rest)
    logs = run.folder / "logs"
    answers: dict[str, str] = {}
    port, monitor_port = free_port(port), free_port(monitor_port)
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
            log, variant = logs / f"{trial.name(one)}.log", scenario.variant(one.variant)
            began, busy_s, ours_s = Clocks.now(), machine.busy_s(), machine.family_s()
            with serve(scenario, one, crew, log, settings=environment(found), on=split.server, port=port, monitor_port=monitor_port) as server:
                wait_for(server)
                try:
                    subject = Subject(scenario, variant, server, [urlsplit(service.url).port for service in found.values()], explained=not one.block)
                    trial.check_answers(scenario, server.url, answers, server.what, f"its log is {log}")
                    subject.check()
                except (OSError, HTTPException) as error:
                    processes.require(server.process, server.what, log)
                    raise BenchError(f"{server.what} stopped answering: {error}", hint=f"its log is {log}") from error
                with watching(server.monitor) as watch:
                    seen = trial.drive(generator, scenario, one, run.folder / "samples", subject.gauges(watch))
                require(found)
                processes.require(server.process, server.what, log)
                rss_bytes, restarted = server.rss_bytes(), subject.restarted
                foreign_s = machine.busy_s() - busy_s - (machine.family_s() - ours_s)
            took = Clocks.now() - began
            foreign = max(0.0, foreign_s) / took.monotonic_s / len(cores.AVAILABLE)
            measurement = trial.read(seen, scenario, one, cores=max(1, len(split.server)), rss_bytes=rss_bytes, foreign=foreign)
            void = (*guards.voids(scenario, measurement), *([Void.RESTARTED] if restarted else []), *([Void.CLOCK_JUMPED] if took.apart else []))
            doubts = [*split.caveats, *([Caveat.ONE_SERVER_CORE] if scenario.budget.workers > measurement.cores else [])]
            return replace(
                measurement,
                ceiling=variant.ceiling(measurement.demand),
                caveats=tuple(doubt.name for doubt in doubts),
                void=tuple(one.name for one in void),
                inside=subject.inside(watch),
                evidence=subject.evidence,
            )

        yield drive
