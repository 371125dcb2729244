"""One command's worth of measuring: its run folder, alone on the machine, nothing left behind."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from harness.design.design import Design
from harness.design.profile import profile_named
from harness.experiment.events import BlockStarted, Event, WorkersAwaited
from harness.experiment.fitting import Lacking, Unserved, by_one_interpreter, fitting, on_host
from harness.experiment.kept import Kept
from harness.experiment.measure import Bench, measuring
from harness.experiment.run import Driver, run_experiment
from harness.experiment.simulated import Simulator
from harness.experiment.target import on_target, require_target
from harness.load.driver import SINGLE, LoadTopology
from harness.load.locust import Locust, joining
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.record import Asked, Skipped
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.model.workload import Workload
from harness.places.choice import choose
from harness.project import ROOT
from harness.services import provide
from harness.store.run import Run, latest
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor

Stage = Callable[[Design], AbstractContextManager[Driver]]  # brings up what a scenario needs


@dataclass(frozen=True, slots=True)
class Session:
    """A run that has begun, or goes on.

    `where` says where it is measured, `joining` by which command a worker elsewhere joins, where
    any is waited for. `cut` says that a kill had left half a line on record, which was dropped.
    """

    run: Run
    designs: Sequence[Design]
    resumed: bool
    where: str
    stage: Stage
    joining: Callable[[Scenario], str | None]
    cut: bool = False

    @property
    def skipped(self) -> Sequence[Skipped]:
        """What cannot be measured here."""
        return self.run.asked.skipped

    def events(self) -> Generator[Event, None, None]:
        """Measure what is not yet on record, scenario by scenario; yields what happens.

        The services and the load of a scenario are brought up only where something is missing.
        """
        for design in self.designs:
            with ExitStack() as stack:
                ready = _Ready(partial(self._brought_up, stack, design))
                for event in run_experiment(design, self.run.asked.seed, ready, self.run):
                    first = isinstance(event, BlockStarted) and ready.driver is None
                    if first and (command := self.joining(design.scenario)):
                        yield WorkersAwaited(command)
                    yield event

    def _brought_up(self, stack: ExitStack, design: Design) -> Driver:
        return stack.enter_context(self.stage(design))

    def finish(self) -> None:
        """Mark the run as complete, so that the same command begins a new one.

        Call it when the report is drawn: until then, the same command only draws. A run in which
        nothing was measured is never complete.
        """
        if not self.run.empty:
            self.run.finish()


class _Ready:
    """A driver that is brought up when it is first needed."""

    def __init__(self, bring_up: Callable[[], Driver]) -> None:
        self.driver: Driver | None = None
        self._bring_up = bring_up

    def together(self, trials: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare the servers of a block."""
        self.driver = self.driver or self._bring_up()
        return self.driver.together(trials)

    def __call__(self, trial: Trial) -> Measurement:
        """Measure a trial of the block that is prepared."""
        assert self.driver is not None  # noqa: S101  blocks are prepared before they are measured
        return self.driver(trial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be measured, where, how hard, and where it is kept.

    `on` is host, docker, auto or simulated; a port of 0 is any that is free. A `target` is the URL
    of an app that somebody else started, and `workloads` are what it is asked, by scenario.
    """

    scenarios: Sequence[Scenario]
    profile: str
    on: str
    seed: int
    results: Path
    port: int = 0
    monitor_port: int = 0
    target: str | None = None
    workloads: Mapping[str, Workload] = field(default_factory=dict)
    topology: LoadTopology = SINGLE

    def asked(self, scenario: Scenario) -> Scenario:
        """Return a scenario with all that its target is asked."""
        return replace(scenario, workload=self.workloads.get(scenario.name, scenario.workload))


@contextmanager
def start(order: Order) -> Iterator[Session]:
    """Continue the unfinished run of exactly this plan, or begin a new one.

    Everything that was started is ended with the context. A new run of which nothing was measured
    or logged is removed again. Raises BenchError where this cannot be measured here.
    """
    for port in (order.port, order.monitor_port):
        free_port(port)
    with exclusive(order.results), ProcessSupervisor() as supervisor, ExitStack() as stack:
        ground = _ground(order, supervisor, stack)
        scenarios, skipped = fitting(order.scenarios, ground.lacking, ground.unserved)
        asked = Asked(
            profile=order.profile,
            on=ground.name,
            seed=order.seed,
            commit=machine.commit(),
            fingerprint=machine.fingerprint(),
            scenarios=tuple(scenarios),
            code={} if order.target else code_of(scenarios, ROOT),
            skipped=skipped,
            services={}
            if order.on == "simulated"
            else provide.given(need for one in scenarios for need in one.requires),
        )
        found = latest(order.results, asked)
        run = found or Run(new_folder(order.results, order.profile))
        run.create(asked)
        cut = run.mend()
        if not found:
            stack.callback(remove_unused, run)
        yield Session(
            run=run,
            designs=[Design(one, profile_named(order.profile)) for one in scenarios],
            resumed=found is not None,
            where=ground.where,
            stage=lambda design: ground.stage(design, run),
            joining=lambda scenario: (
                joining(order.topology, scenario.workload, supervisor.folder)
                if order.topology.join
                else None
            ),
            cut=cut,
        )


def code_of(scenarios: Sequence[Scenario], root: Path) -> dict[str, str]:
    """Return the text of each variant's file, by scenario/variant, in the checkout at `root`."""
    return {
        f"{one.name}/{variant.name}": one.file_of(variant, root).read_text()
        for one in scenarios
        for variant in one.variants
    }


def new_folder(results: Path, profile: str) -> Path:
    """Return a folder that does not exist yet, even where two runs begin within a second."""
    stem = f"{time.strftime('%Y-%m-%dT%H-%M-%S')}-{profile}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(path for name in names if not (path := results / name).exists())


def remove_unused(run: Run) -> None:
    """Remove a run of which nothing was measured, unless a log may say why."""
    logged = any(log.stat().st_size for log in run.folder.glob("logs/*"))
    if run.empty and not logged:
        shutil.rmtree(run.folder, ignore_errors=True)


@contextmanager
def exclusive(results: Path) -> Iterator[None]:
    """Make sure that no other run disturbs this one, nor its records.

    Raises BenchError where another bench.py is measuring, or nothing can be written.
    """
    with ExitStack() as stack:
        try:
            results.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((results / ".lock").open("a+"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.truncate(0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        except BlockingIOError as error:
            lock.seek(0)
            raise BenchError(
                f"another bench.py is measuring, process {lock.read().strip()}",
                hint="two runs at once would measure each other: wait for it, or end it",
            ) from error
        except OSError as error:
            raise BenchError(
                f"cannot write results to {results}: {error.strerror}",
                hint="choose another folder with --results, or change its permissions",
            ) from error
        yield


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where an order is measured: the name on record, the same in words, and how."""

    name: str
    where: str
    lacking: Lacking
    unserved: Unserved
    stage: Callable[[Design, Run], AbstractContextManager[Driver]]


def _ground(order: Order, supervisor: ProcessSupervisor, stack: ExitStack) -> _Ground:
    """Choose where to measure; raises BenchError where that is not possible here."""
    if order.on == "simulated":
        return _Ground("simulated", "simulated", _nothing, _nothing, _simulated)
    locust = Locust()
    if target := order.target:
        require_target(target, order.asked(order.scenarios[0]).workload)
        return _Ground(
            "host",
            f"at {target}",
            _nothing,
            _nothing,
            lambda one, run: on_target(target, order.asked(one.scenario), run, supervisor, locust),
        )
    chosen = choose(order.on)
    # Containers are prepared once for all scenarios, and only where anything is measured.
    place_of = cache(lambda: stack.enter_context(chosen.opened(supervisor, order.results)))

    kept = Kept(stack)

    @contextmanager
    def stage(design: Design, run: Run) -> Iterator[Driver]:
        scenario = design.scenario
        split = cores.split(scenario.budget.workers)

        def bring_up() -> AbstractContextManager[Bench]:
            place = place_of()(split, order.port, order.monitor_port)
            return measuring(place, split, scenario, run, supervisor, locust, order.topology)

        alike = scenario.home, split, provide.turned_by(scenario)
        yield kept.bench(alike, bring_up).runner(scenario)
        if not scenario.at:
            kept.end()

    unserved = on_host if chosen.name == "host" else by_one_interpreter
    return _Ground(chosen.name, chosen.where, chosen.lacking, unserved, stage)


def _nothing(_: object) -> None:
    """Return that nothing is lacking."""


@contextmanager
def _simulated(design: Design, run: Run) -> Iterator[Driver]:
    run.record_machine(machine.conditions())
    yield Simulator([design.scenario])
