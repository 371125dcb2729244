"""Measure a scenario at some place: bring up what it needs, and drive trial after trial."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from harness.design.design import Design
from harness.design.script import phases
from harness.experiment import reduce
from harness.experiment.answers import Answers
from harness.experiment.app_check import AppCheck
from harness.experiment.monitor_client import sampling
from harness.experiment.run import Driver
from harness.load.driver import (
    SINGLE,
    Gauge,
    Gauges,
    Load,
    LoadTopology,
    ScriptedDriver,
    Site,
)
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.facts import Measurement, Setting
from harness.model.trial import Trial
from harness.places.place import Place, Server
from harness.places.serve import wait_for
from harness.project import ROOT
from harness.services.provide import calls, environment, require
from harness.services.service import Service
from harness.store.run import Run
from harness.system import cores, machine
from harness.system.ask import UNANSWERED
from harness.system.clocks import Clocks
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor

ReadClocks = Callable[[], Clocks]
AppOf = Callable[[str], App]  # given the name of a variant


@contextmanager
def measuring(
    place: Place,
    split: Cores,
    design: Design,
    run: Run,
    supervisor: ProcessSupervisor,
    driver: ScriptedDriver,
    topology: LoadTopology = SINGLE,
    *,
    app_of: AppOf | None = None,
    clocks: ReadClocks = Clocks.now,
) -> Iterator[Driver]:
    """Bring up the scenario's services, and return what measures its trials.

    `app_of` returns the app of a variant, where that is not the one of this checkout. All that was
    brought up is gone when the context ends.
    """
    scenario = design.scenario
    with ExitStack() as stack:
        stack.callback(cores.pin, os.getpid(), cores.AVAILABLE)
        cores.pin(os.getpid(), split.rest)
        found = stack.enter_context(place.services(scenario, run.folder / "logs"))
        _record_conditions(run, place, split, found)
        load = stack.enter_context(
            driver.open(
                scenario.workload,
                place.url,
                log=run.folder / "logs" / f"{scenario.name}-load.log",
                site=Site(supervisor, split.rest),
                topology=topology,
            )
        )
        yield TrialRunner(
            place=place,
            split=split,
            design=design,
            folder=run.folder,
            found=found,
            load=load,
            app_of=app_of or (lambda variant: scenario.app(variant, ROOT)),
            clocks=clocks,
        ).measure


class TrialRunner:
    """Measures trial after trial of one scenario, each on a fresh server, under one load.

    `found` are the services.
    """

    def __init__(
        self,
        *,
        place: Place,
        split: Cores,
        design: Design,
        folder: Path,
        found: Mapping[str, Service],
        load: Load,
        app_of: AppOf,
        clocks: ReadClocks,
    ) -> None:
        self._place, self._split = place, split
        self._scenario, self._folder = design.scenario, folder
        self._found, self._app_of, self._clocks = found, app_of, clocks
        self._ports = {urlsplit(service.url).port for service in found.values()}
        self._answers = Answers(design.scenario.workload)
        self._load = load

    def measure(self, trial: Trial) -> Measurement:
        """Serve the trial's variant, load it, and return what was seen.

        Raises BenchError where the variant is refused, or something ended that should have lasted.
        """
        try:
            return self._measure(trial)
        except BenchError:
            require(self._found)  # a service that has ended is named before the app that needs it
            raise

    def _measure(self, trial: Trial) -> Measurement:
        require(self._found)
        before, called = _Accounts.read(self._place, self._clocks), calls(self._found)
        with self._served(trial) as server:
            wait_for(server, self._scenario.workload.idle_request, lambda: require(self._found))
            check = self._checked(trial, server)
            with sampling(check.monitor) as sampler:
                result = self._load.run(
                    phases(self._scenario, trial),
                    seed=trial.seed,
                    record=self._folder / "samples" / f"{trial.name}.npz",
                    gauges=self._watched(server, check.gauges(sampler)),
                )
            require(self._found)
            server.require()
            rss_bytes, restarted = server.rss_bytes(), check.restarted()
            took = _Accounts.read(self._place, self._clocks).since(before)
        asked = reduce.requests(result)
        server_cores = max(1, len(self._split.server))
        seen = reduce.measurement(result, self._scenario, trial, self._setting, server_cores)
        return replace(
            seen,
            rss_bytes=rss_bytes,
            foreign=took.foreign,
            restarted=restarted,
            clocks_apart_s=round(took.clocks.apart_s, 4),
            app=check.snapshot(sampler),
            evidence=check.evidence,
            calls={
                fate: round((count - called[fate]) / asked, 3)
                for fate, count in calls(self._found).items()
            },
        )

    @contextmanager
    def _served(self, trial: Trial) -> Iterator[Server]:
        """Start a fresh server of the trial's variant, told all that it is to know."""
        scenario = self._scenario
        app = self._app_of(trial.variant)
        told = {
            **app.environment,
            **environment(self._found),
            "PYTHONHASHSEED": str(trial.seed),
            **({} if trial.block else {"EXPLAIN": "1"}),
        }
        label = f"{scenario.name}/{trial.variant} ({trial.where})"
        log = self._folder / "logs" / f"{trial.name}.log"
        with self._place.serve(replace(app, environment=told), label, log) as server:
            yield server

    def _watched(self, server: Server, gauges: Gauges) -> Gauges:
        """Return gauges that raise BenchError where a service or the server has ended.

        Without them, every phase that is left would wait for an answer that never comes.
        """

        def gauge(phase: str, opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
            require(self._found)
            server.require()
            return gauges(phase, opens)

        return gauge

    def _checked(self, trial: Trial, server: Server) -> AppCheck:
        """Check sizes and answers, and in the pilot where the handler ran.

        Raises BenchError where they are other than declared, or the server does not answer.
        """
        scenario, hint = self._scenario, f"its log is {server.log}"
        variant = scenario.variant(trial.variant)
        try:
            check = AppCheck(scenario, variant, server, self._ports, explained=not trial.block)
            self._answers.check(server.url, server.label, hint)
            check.check()
        except UNANSWERED as error:
            server.require()
            raise BenchError(f"{server.label} stopped answering: {error}", hint=hint) from error
        return check

    @property
    def _setting(self) -> Setting:
        return Setting(
            place=self._place.name,
            server_cores=self._split.server,
            load_cores=self._split.rest,
            pinned=self._split.pinned,
            stand_ins=tuple(name for name, one in self._found.items() if not one.real),
            stand_in_images=self._place.stand_in_images,
        )


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Time on both clocks, and CPU seconds of the whole machine and of the measurement itself."""

    clocks: Clocks
    busy_s: float
    own_s: float

    @classmethod
    def read(cls, place: Place, clocks: ReadClocks) -> _Accounts:
        """Read them all."""
        return cls(clocks(), machine.busy_s(), place.own_cpu_s())

    def since(self, before: _Accounts) -> _Accounts:
        """Return what was used since then."""
        busy_s, own_s = self.busy_s - before.busy_s, self.own_s - before.own_s
        return _Accounts(self.clocks - before.clocks, busy_s, own_s)

    @property
    def foreign(self) -> float:
        """The share of the machine that other work used."""
        available_s = self.clocks.monotonic_s * len(cores.AVAILABLE)
        return round(max(0.0, self.busy_s - self.own_s) / available_s, 4)


def _record_conditions(run: Run, place: Place, split: Cores, found: Mapping[str, Service]) -> None:
    """Keep the conditions of this scenario, and the services and images of those before it."""
    conditions = {
        **machine.conditions(),
        **place.conditions,
        "cores": {"server": list(split.server), "load": list(split.rest)},
        "services": {name: service.described for name, service in found.items()},
    }
    for key in {"services", "images"} & conditions.keys():
        conditions[key] = {**run.machine.get(key, {}), **conditions[key]}
    run.record_machine(conditions)
