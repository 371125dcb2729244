"""One command's worth of measuring: its run folder, alone on the machine, with everything it started ended afterwards."""

from __future__ import annotations

import fcntl
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.design.plan import PROFILES, Profile, Trial
from harness.experiment.measure import measuring
from harness.experiment.run import Driver, conduct
from harness.experiment.simulated import simulator
from harness.experiment.target import on_target
from harness.load.locust import ALONE, Crowd
from harness.model.errors import BenchError, Unavailable
from harness.model.facts import Measurement
from harness.model.scenario import Scenario, Variant
from harness.places import compose
from harness.places.compose import Project
from harness.places.docker import Docker
from harness.places.engine import Engine, engine
from harness.places.host import Host
from harness.places.place import Place
from harness.project import ROOT
from harness.services import provide
from harness.store.records import Asked, Run, Skipped, latest
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import Crew


@dataclass(frozen=True, slots=True)
class Session:
    """A run that has begun, or goes on."""

    run: Run
    scenarios: Sequence[Scenario]
    crew: Crew
    resumed: bool
    port: int
    monitor_port: int
    target: str | None
    crowd: Crowd
    engine: Engine | None
    where: str

    @property
    def skipped(self) -> Sequence[Skipped]:
        """What cannot be measured here."""
        return self.run.asked.skipped

    @property
    def profile(self) -> Profile:
        """How hard it looks."""
        return PROFILES[self.run.asked.profile]

    def conduct(self, scenario: Scenario) -> Iterator[Trial | Measurement]:
        """Measure what is not yet on record of one scenario."""
        with self._stage(scenario) as drive:
            yield from conduct(scenario, self.profile, self.run.asked.seed, drive, self.run)

    @contextmanager
    def _stage(self, scenario: Scenario) -> Iterator[Driver]:
        if self.run.asked.on == "simulated":
            self.run.machine = machine.conditions()
            yield simulator([scenario])
        elif self.target:
            with on_target(
                scenario, self.run, self.crew, url=self.target, crowd=self.crowd
            ) as drive:
                yield drive
        else:
            split = cores.split(scenario.budget.workers)
            ports = free_port(self.port), free_port(self.monitor_port)
            with ExitStack() as stack:
                place: Place = Host(self.crew, split, *ports)
                if self.engine is not None:
                    place = Docker(
                        stack.enter_context(
                            Project(self.engine, self.run.folder.parent, self.crew.folder)
                        ),
                        self.engine,
                        split,
                        *ports,
                    )
                yield stack.enter_context(
                    measuring(place, split, scenario, self.run, self.crew, self.crowd)
                )

    def joining(self, scenario: Scenario) -> str | None:
        """Give the command by which workers on other machines join, where any are waited for."""
        return self.crowd.joining(scenario.workload) if self.crowd.join else None


@contextmanager
def start(
    scenarios: Sequence[Scenario],
    *,
    profile: str,
    on: str,
    seed: int,
    results: Path,
    port: int = 0,
    monitor_port: int = 0,
    target: str | None = None,
    crowd: Crowd = ALONE,
) -> Iterator[Session]:
    """Continue the unfinished run of exactly this plan, or begin a new one; it is marked as finished where nothing interrupts it."""
    if target and on == "simulated":
        raise BenchError(
            "a target cannot be simulated", hint="leave out --target, or --on simulated"
        )
    scenarios = [one.aimed(target) for one in scenarios] if target else scenarios
    with alone(results), Crew() as crew:
        on, where, found_engine = _place(on, target)
        scenarios, skipped = fitting(
            scenarios,
            partial(compose.lacking, found_engine)
            if found_engine
            else provide.lacking
            if on == "host"
            else lambda _: None,
        )
        asked = Asked(
            profile=profile,
            on=on,
            seed=seed,
            commit=machine.commit(),
            fingerprint=machine.fingerprint(),
            scenarios=tuple(scenarios),
            code={
                f"{one.name}/{variant.name}": _code(one, variant)
                for one in scenarios
                for variant in one.variants
                if not target
            },
            skipped=skipped,
        )
        found = latest(results, asked)
        run = found or Run(new_folder(results / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}-{profile}"))
        run.create(asked)
        run.mend()
        yield Session(
            run,
            scenarios,
            crew,
            found is not None,
            port,
            monitor_port,
            target,
            crowd,
            found_engine,
            where,
        )
        run.finish()


def fitting(
    scenarios: Sequence[Scenario], lacking: Callable[[str], Unavailable | None]
) -> tuple[Sequence[Scenario], tuple[Skipped, ...]]:
    """Leave out what needs a service that is not to be had, and say why; raises Unavailable where nothing is left."""
    why = {
        need: found
        for need in dict.fromkeys(need for one in scenarios for need in one.requires)
        if (found := lacking(need))
    }
    left, skipped = [], []
    for one in scenarios:
        gone = {
            variant.name: why[need]
            for variant in one.variants
            for need in (*one.needs, *variant.needs)
            if need in why
        }
        whole = any(need in why for need in one.needs)
        skipped += [
            Skipped(one.name if whole else f"{one.name}/{name}", str(error), error.hint)
            for name, error in gone.items()
        ][: 1 if whole else None]
        left += [] if whole else [one.without(gone)]
    if not left:
        raise next(iter(why.values()))
    return left, tuple(skipped)


def _place(on: str, target: str | None) -> tuple[str, str, Engine | None]:
    """Decide where apps and services run: the name of the place, the place and the reason in words, and the engine."""
    if target:
        return "host", f"at {target}", None
    if on == "simulated":
        return on, on, None
    found = engine() if on in {"docker", "auto"} else None
    if on == "docker" and found is None:
        raise BenchError(
            "no Docker engine answers",
            hint="start it, or set DOCKER_HOST; docker info tells what is wrong; or measure with --on host",
        )
    why = {
        "docker": "",
        "host": "",
        "auto": f" because {'no' if found is None else 'a'} Docker engine answers",
    }[on]
    return (
        ("host", f"as processes{why}", None)
        if found is None
        else ("docker", f"in containers{why or f' of Docker {found.version}'}", found)
    )


def new_folder(folder: Path) -> Path:
    """Give a folder that is not there yet, even where two runs begin within a second."""
    return next(
        path
        for n in itertools.count(1)
        if not (path := folder.with_name(folder.name + (f"-{n}" if n > 1 else ""))).exists()
    )


@contextmanager
def alone(results: Path) -> Iterator[None]:
    """Make sure that no other run disturbs this one, nor its records; raises BenchError where one is on, or nothing can be written."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        opened = (results / ".lock").open("a+")
    except OSError as error:
        raise BenchError(
            f"cannot write results to {results}: {error.strerror}",
            hint="choose another folder with --results, or mend its permissions",
        ) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise BenchError(
                f"another bench.py is measuring, process {lock.read().strip()}",
                hint="two runs at once would measure each other: wait for it, or end it",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _code(scenario: Scenario, variant: Variant) -> str:
    return (ROOT / "scenarios" / scenario.name / f"{variant.source}.py").read_text()
