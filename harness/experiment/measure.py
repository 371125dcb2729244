"""Measure a scenario at some place: bring up what it needs, and drive trial after trial."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from harness.experiment import reduce
from harness.experiment.accounts import Accounts, ReadClocks
from harness.experiment.answers import Answers
from harness.experiment.app_check import AppCheck
from harness.experiment.conditions import record_conditions
from harness.experiment.held import bytes_per_connection
from harness.experiment.monitor_client import sampling
from harness.experiment.tracebacks import with_exception, without
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
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.places.place import Place, Server
from harness.places.serve import wait_for
from harness.project import ROOT
from harness.services.provide import calls, environment, require
from harness.services.service import Service
from harness.store.run import Run
from harness.system import cores, interpreters
from harness.system.ask import UNANSWERED
from harness.system.clocks import Clocks
from harness.system.cores import Cores
from harness.system.ports import HOST
from harness.system.processes import ProcessSupervisor

AppOf = Callable[[str], App]  # given the name of a variant


@contextmanager
def measuring(
    place: Place,
    split: Cores,
    scenario: Scenario,
    run: Run,
    supervisor: ProcessSupervisor,
    driver: ScriptedDriver,
    topology: LoadTopology = SINGLE,
) -> Iterator[Bench]:
    """Bring up a scenario's services and its load; all is gone when the context ends."""
    with ExitStack() as stack:
        stack.callback(cores.pin, os.getpid(), cores.AVAILABLE)
        cores.pin(os.getpid(), split.rest)
        found = stack.enter_context(place.services(scenario, run.folder / "logs"))
        record_conditions(run, place, split, found)
        load = stack.enter_context(
            driver.open(
                scenario.workload,
                f"http://{HOST}",
                log=run.folder / "logs" / f"{scenario.name}-load.log",
                site=Site(supervisor, split.rest),
                topology=topology,
            )
        )
        yield Bench(place, split, run, found, load)


@dataclass(frozen=True, slots=True)
class Bench:
    """Services and a load that are up, for trials of one scenario, or of contests made of it."""

    place: Place
    split: Cores
    run: Run
    found: Mapping[str, Service]
    load: Load

    def runner(
        self,
        scenario: Scenario,
        app_of: AppOf | None = None,
        clocks: ReadClocks = Clocks.now,
        secrets: Sequence[str] = (),
    ) -> TrialRunner:
        """Return what measures trials; `app_of` returns a variant's app, if not this checkout's.

        `secrets` stand in requests, and are kept nowhere.
        """
        return TrialRunner(
            place=self.place,
            split=self.split,
            scenario=scenario,
            run=self.run,
            found=self.found,
            load=self.load,
            app_of=app_of or partial(_of_this_checkout, scenario),
            clocks=clocks,
            secrets=secrets,
        )


def _of_this_checkout(scenario: Scenario, variant: str) -> App:
    return scenario.app(variant, ROOT, interpreters.find(scenario.variant(variant).python))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A server that is ready and held until its turn; `end` ends it."""

    server: Server
    check: AppCheck
    end: Callable[[], None]


class TrialRunner:
    """Measures trial after trial of one scenario, each on a fresh server, under one load.

    `found` are the services.
    """

    def __init__(
        self,
        *,
        place: Place,
        split: Cores,
        scenario: Scenario,
        run: Run,
        found: Mapping[str, Service],
        load: Load,
        app_of: AppOf,
        clocks: ReadClocks,
        secrets: Sequence[str],
    ) -> None:
        self._place, self._split = place, split
        self._scenario, self._folder = scenario, run.folder
        self._found, self._app_of, self._clocks = found, app_of, clocks
        self._ports = {urlsplit(service.url).port for service in found.values()}
        self._secrets = secrets
        self._answers = Answers(scenario.workload)
        self._load = load
        self._waiting: dict[str, _Waiting] = {}  # by variant
        self._idle_cpu: dict[str, float] = {}  # by variant
        for one in run.read():
            if one.trial.scenario == self._scenario.name:
                self._note_idle(one)

    @contextmanager
    def together(self, trials: Sequence[Trial]) -> Iterator[None]:
        """Start the servers of a block together, check them, and hold them until their turn.

        Where the place cannot, each is started at its turn.
        """
        with ExitStack() as stack:
            stack.callback(self._waiting.clear)
            if self._place.several:
                started = [
                    (trial, *self._started(stack, trial, slot)) for slot, trial in enumerate(trials)
                ]
                for trial, server, end in started:
                    self._waiting[trial.variant] = self._ready(trial, server, end)
                    server.hold()
            yield

    def __call__(self, trial: Trial) -> Measurement:
        """Load a server of the trial's variant, and return what was seen.

        Raises BenchError where the variant is refused, or something ended that should have lasted.
        """
        try:
            return self._measure(trial)
        except BenchError:
            require(self._found)  # a service that has ended is named before the app that needs it
            raise

    def _measure(self, trial: Trial) -> Measurement:
        require(self._found)
        with ExitStack() as stack:
            waiting = self._waiting.pop(trial.variant, None)
            if waiting is None:
                waiting = self._ready(trial, *self._started(stack, trial, 0))
            stack.callback(waiting.end)
            return self._loaded(trial, waiting.server, waiting.check)

    def _loaded(self, trial: Trial, server: Server, check: AppCheck) -> Measurement:
        before, called = Accounts.read(self._place, self._clocks), calls(self._found)
        server.go_on()
        check.resume()
        with sampling(check.monitor) as sampler:
            result = self._load.run(
                trial.phases,
                server.url,
                seed=trial.seed,
                record=self._folder / "samples" / f"{trial.name}.npz",
                gauges=self._watched(server, check.gauges(sampler)),
            )
        require(self._found)
        server.require()
        rss_bytes, restarted = server.rss_bytes(), check.restarted()
        took = Accounts.read(self._place, self._clocks).since(before)
        asked = reduce.requests(result)
        server_cores = max(1, len(self._split.server))
        idle_cpu = self._idle_cpu.get(trial.variant, 0.0)
        measured = reduce.measurement(result, trial, self._setting, server_cores, idle_cpu)
        seen = replace(
            measured,
            first_failure=without(
                self._secrets, with_exception(measured.first_failure, server.log)
            ),
            rss_bytes=rss_bytes,
            foreign=took.foreign,
            restarted=restarted,
            clocks_apart_s=round(took.clocks.apart_s, 4),
            app=check.snapshot(sampler),
            evidence=check.evidence,
            held_bytes=self._held_bytes(trial, server),
            calls={
                fate: round((count - called[fate]) / asked, 3)
                for fate, count in calls(self._found).items()
            },
        )
        self._note_idle(seen)
        return seen

    def _held_bytes(self, trial: Trial, server: Server) -> float | None:
        return bytes_per_connection(self._scenario, server) if trial.kind == "evidence" else None

    def _note_idle(self, seen: Measurement) -> None:
        if seen.probe is not None and seen.probe.rest_cpu is not None:
            self._idle_cpu[seen.trial.variant] = seen.probe.rest_cpu

    def _started(
        self, stack: ExitStack, trial: Trial, slot: int
    ) -> tuple[Server, Callable[[], None]]:
        """Start a fresh server of the trial's variant, and return it with what ends it."""
        scenario = self._scenario
        app = self._app_of(trial.variant)
        environ = {
            **app.environment,
            **environment(self._found),
            **interpreters.environment(scenario.variant(trial.variant).python),
            "PYTHONHASHSEED": str(trial.seed),
            **({"EXPLAIN": "1"} if trial.kind == "evidence" else {}),
        }
        label = f"{scenario.name}/{trial.variant} ({trial.where})"
        log = self._folder / "logs" / f"{trial.name}.log"
        own = stack.enter_context(ExitStack())
        app = replace(app, environment=environ)
        return own.enter_context(self._place.serve(app, label, log, slot)), own.close

    def _watched(self, server: Server, gauges: Gauges) -> Gauges:
        """Return gauges that raise BenchError where a service or the server has ended.

        Without them, every phase that is left would wait for an answer that never comes.
        """

        def gauge(phase: str, opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
            require(self._found)
            server.require()
            return gauges(phase, opens)

        return gauge

    def _ready(self, trial: Trial, server: Server, end: Callable[[], None]) -> _Waiting:
        """Wait for a server, and check sizes, answers, and as evidence where the handler ran.

        Raises BenchError where they are other than declared, or the server does not answer.
        """
        scenario, hint = self._scenario, f"its log is {server.log}"
        variant = scenario.variant(trial.variant)
        explained = trial.kind == "evidence"
        wait_for(server, scenario.workload.idle_request)
        try:
            check = AppCheck(scenario, variant, server, self._ports, explained=explained)
            self._answers.check(server.url, server.label, hint, server.log)
            check.check()
        except UNANSWERED as error:
            server.require()
            raise BenchError(f"{server.label} stopped answering: {error}", hint=hint) from error
        return _Waiting(server, check, end)

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
