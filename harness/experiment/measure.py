"""Measure a scenario at some place: bring up what it needs and its load, and drive trial after trial."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPException
from urllib.parse import urlsplit

from harness.design.plan import Trial
from harness.experiment import script
from harness.experiment.app_check import Subject
from harness.experiment.monitor_client import watching
from harness.experiment.run import Driver
from harness.judge import guards
from harness.judge.caveats import Caveat, Void
from harness.load.locust import Crowd, load
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.places.place import Place
from harness.places.serve import wait_for
from harness.services.provide import calls, environment, require
from harness.store.records import Run
from harness.system import cores, machine
from harness.system.clocks import Clocks
from harness.system.cores import Cores
from harness.system.processes import Crew


@contextmanager
def measuring(
    place: Place, split: Cores, scenario: Scenario, run: Run, crew: Crew, crowd: Crowd
) -> Iterator[Driver]:
    """Bring the scenario's services and its load up and give a driver for its trials; all is gone when the context ends."""
    logs = run.folder / "logs"
    answers: dict[str, str] = {}
    with ExitStack() as stack:
        stack.callback(cores.pin, os.getpid(), cores.AVAILABLE)
        cores.pin(os.getpid(), split.rest)
        found = stack.enter_context(place.services(scenario, logs))
        conditions = {
            **machine.conditions(),
            **place.conditions,
            "cores": {"server": list(split.server), "load": list(split.rest)},
            "services": {name: service.described for name, service in found.items()},
        }
        earlier = run.machine  # of the scenarios before
        run.machine = conditions | {
            key: {**earlier.get(key, {}), **conditions[key]}
            for key in ("services", "images")
            if key in conditions
        }
        generator = stack.enter_context(
            load(
                scenario.workload,
                f"http://{place.address}:{place.port}",
                crew,
                logs / f"{scenario.name}-locust.log",
                on=split.rest,
                crowd=crowd,
            )
        )

        def drive(one: Trial) -> Measurement:
            require(found)
            log, variant = logs / f"{script.name(one)}.log", scenario.variant(one.variant)
            began, busy_s, ours_s = Clocks.now(), machine.busy_s(), place.ours_s()
            called = calls(found)
            with place.serve(scenario, one, environment(found), log) as server:
                wait_for(server, log)
                try:
                    subject = Subject(
                        scenario,
                        variant,
                        server,
                        [urlsplit(service.url).port for service in found.values()],
                        explained=not one.block,
                    )
                    script.check_answers(
                        scenario, server.url, answers, server.what, f"its log is {log}"
                    )
                    subject.check()
                except (OSError, HTTPException) as error:
                    server.require()
                    raise BenchError(
                        f"{server.what} stopped answering: {error}", hint=f"its log is {log}"
                    ) from error
                with watching(server.monitor) as watch:
                    seen = script.drive(
                        generator, scenario, one, run.folder / "samples", subject.gauges(watch)
                    )
                require(found)
                server.require()
                rss_bytes, restarted = server.rss_bytes(), subject.restarted
                foreign_s = machine.busy_s() - busy_s - (place.ours_s() - ours_s)
            took = Clocks.now() - began
            foreign = (
                0.0
                if place.blind
                else max(0.0, foreign_s) / took.monotonic_s / len(cores.AVAILABLE)
            )
            measurement = script.read(
                seen,
                scenario,
                one,
                cores=max(1, len(split.server)),
                rss_bytes=rss_bytes,
                foreign=foreign,
            )
            void = (
                *guards.voids(scenario, measurement),
                *([Void.RESTARTED] if restarted else []),
                *([Void.CLOCK_JUMPED] if took.apart else []),
            )
            stand_in = [] if all(service.real for service in found.values()) else [Caveat.STAND_IN]
            doubts = [
                *split.caveats,
                *place.doubts,
                *stand_in,
                *([Caveat.ONE_SERVER_CORE] if scenario.budget.workers > measurement.cores else []),
            ]
            return replace(
                measurement,
                ceiling=scenario.ceiling_of(variant, measurement.demand)
                if one.probed
                else math.inf,
                caveats=tuple(doubt.name for doubt in doubts),
                void=tuple(one.name for one in void),
                inside=subject.inside(watch),
                evidence=subject.evidence,
                calls={
                    fate: round((count - called[fate]) / script.requests(seen), 3)
                    for fate, count in calls(found).items()
                },
            )

        yield drive
