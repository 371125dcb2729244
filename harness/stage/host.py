"""Measure on this machine: services, server and load as processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from time import monotonic as _now
from typing import Any

from harness.caveats import Caveat
from harness.conduct import Driver
from harness.errors import BenchError
from harness.plan import BYSTANDER_RATE, RAMP_S, Offer, Trial
from harness.records import Measurement, Run
from harness.scenario import Scenario
from harness.stage import cores, machine, processes
from harness.stage.load import IDLE, WORK, alone, closed, load, opened
from harness.stage.ports import HOST, free_port
from harness.stage.processes import Crew
from harness.stage.serve import Server, serve, wait_for
from harness.stage.services import environment, require, services

IDLE_ALONE_S, WORK_ALONE_S, PROBE_RAMP_S = 0.2, 0.5, 0.05
BUSY_GENERATOR, LATE_S, FOREIGN = 0.7, 0.005, 0.15  # beyond these a measurement is in doubt


@contextmanager
def on_host(scenario: Scenario, run: Run, crew: Crew, *, port: int = 0) -> Iterator[Driver]:
    """Bring the scenario's services up and give a driver for its trials; all is gone when the context ends."""
    split = cores.split(scenario.budget.workers)
    cores.pin(os.getpid(), split.rest)
    logs = run.folder / "logs"
    answers: dict[str, str] = {}
    with ExitStack() as stack:
        found = stack.enter_context(services(scenario, crew, logs, split.rest))
        described = {name: service.described for name, service in found.items()}
        run.machine = {
            **machine.conditions(),
            "cores": {"server": list(split.server), "load": list(split.rest)},
            "services": {**run.machine.get("services", {}), **described},
        }

        port = free_port(port)
        generator = stack.enter_context(load(scenario.workload, f"http://{HOST}:{port}", crew, logs / f"{scenario.name}-locust.log", on=split.rest))

        def drive(trial: Trial) -> Measurement:
            where = f"(block {trial.block})" if trial.block else "(pilot)"
            name = f"{trial.scenario}-{trial.block:02d}-{trial.variant}"
            log = logs / f"{name}.log"
            require(found)
            busy_s, ours_s = machine.busy_s(), machine.family_s()
            began = _now()
            with serve(scenario, trial, crew, log, settings=environment(found), on=split.server, port=port) as server:
                wait_for(server, where)
                _check_answers(server, scenario, answers, where)
                script = _script(scenario, trial)
                seen = generator.run(list(script.values()), seed=trial.seed, record=run.folder / "samples" / f"{name}.npz", server_cpu=server.cpu_clock())
                require(found)
                processes.require(server.process, f"{server.what} {where}", server.log)
                rss = server.rss_bytes()
                ours_s = machine.family_s() - ours_s
                busy_s = machine.busy_s() - busy_s
            foreign = max(0.0, busy_s - ours_s) / (_now() - began) / len(cores.AVAILABLE)
            at = {name: number for number, name in enumerate(script)}
            measurement = Measurement(
                trial=trial,
                cores=max(1, len(split.server)),
                alone=alone(seen, idle=at["idle"], work=at["work"]),
                closed=closed(seen, at["closed"], scenario.clients),
                open=tuple(opened(seen, at[offer], of_ceiling=offer.load, rate=offer.rate) for offer in trial.offers),
                ceiling=0.0,
                rss_bytes=rss,
                foreign=round(foreign, 4),
            )
            ceiling = scenario.variant(trial.variant).ceiling(measurement.demand)
            doubts = (*split.caveats, *_doubts(scenario, measurement))
            return replace(measurement, ceiling=ceiling, caveats=tuple(doubt.name for doubt in doubts))

        try:
            yield drive
        finally:
            cores.pin(os.getpid(), cores.AVAILABLE)


def _script(scenario: Scenario, trial: Trial) -> dict[Offer | str, dict[str, Any]]:
    """Lay out one trial: the probe, which warms the server up as well, the loads it can bear, the closed loop, and last the loads it cannot."""
    probe = {"model": "closed", "clients": 1, "ramp_s": PROBE_RAMP_S}
    open_model = {
        offer: {"model": "open", "rate": offer.rate, "idle_rate": BYSTANDER_RATE, "ramp_s": RAMP_S, "window_s": offer.window_s} for offer in trial.offers
    }
    return {
        "idle": {**probe, "stream": IDLE, "window_s": IDLE_ALONE_S},
        "work": {**probe, "stream": WORK, "window_s": WORK_ALONE_S},
        **{offer: phase for offer, phase in open_model.items() if offer.load <= 1},
        "closed": {"model": "closed", "clients": scenario.clients, "stream": WORK, "ramp_s": RAMP_S, "window_s": trial.closed_s},
        **{offer: phase for offer, phase in open_model.items() if offer.load > 1},
    }


def _check_answers(server: Server, scenario: Scenario, known: dict[str, str], where: str) -> None:
    """Refuse a variant that does not give the very bytes that the others gave."""
    for path in scenario.samples:
        status, body = server.get(path)
        if status != 200:  # noqa: PLR2004  the one status that is an answer
            raise BenchError(f"{server.what} answered {status} to {path} {where}", hint=f"its log is {server.log}")
        digest = sha256(body).hexdigest()
        if known.setdefault(path, digest) != digest:
            raise BenchError(
                f"{server.what} answers {path} with other bytes than the variants before it {where}", hint="variants differ in how, never in what: mend it"
            )


def _doubts(scenario: Scenario, measurement: Measurement) -> Iterator[Caveat]:
    """Look for what would make this measurement doubtful; blind to the variant and to the value."""
    generators = [*(cell.generator for cell in measurement.open), measurement.closed.generator]
    if scenario.budget.workers > measurement.cores:
        yield Caveat.ONE_SERVER_CORE
    if any(generator.cpu > BUSY_GENERATOR for generator in generators):
        yield Caveat.GENERATOR_BUSY
    if any((generator.lag_p99_s or 0) > LATE_S for generator in generators):
        yield Caveat.GENERATOR_LATE
    if measurement.foreign > FOREIGN:
        yield Caveat.NOISY
