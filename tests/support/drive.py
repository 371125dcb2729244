"""Real trials, each on a fresh server: of the catalogue's variants, or of a test's own handlers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.design import script
from harness.experiment.fitting import fitting
from harness.experiment.measure import measuring
from harness.judge.guards import void_reasons
from harness.load.locust import Locust
from harness.model import Budget, Scenario, Variant, Workload, capacity
from harness.model.errors import BenchError
from harness.model.evidence import Evidence
from harness.model.facts import CLOSED, IDLE, WORK, ClosedLoop, Measurement
from harness.model.trial import Kind, Phase, Trial
from harness.places.host import Host
from harness.project import ROOT
from harness.services.provide import lacking
from harness.system import cores
from harness.system.processes import ProcessSupervisor
from tests.support import nap
from tests.support.simulated import begun

NAPS = Workload("/nap/{key}", keys="1..10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The load of a trial, in short windows: it has no open one where its rate is 0."""

    closed_s: float = 1
    open_s: float = 1.5
    rate: float = 20
    load: float = 0.5
    kind: Kind = "deciding"
    probed: bool = True
    sweep: tuple[int, ...] = ()
    held_s: float = 0  # for which the server waits for its turn

    def phases(self, clients: int) -> tuple[Phase, ...]:
        """Return what is done to a server, given the clients of the scenario's closed loop."""
        alone = [_alone(IDLE, stream="idle"), _alone(WORK)] if self.probed else []
        loops = [_closed(CLOSED, clients, self.closed_s)]
        loops += [_closed(script.sweep_phase(size), size, self.closed_s) for size in self.sweep]
        offers = [self._open()] if self.rate else []
        return (*alone, *offers, *loops) if self.load <= 1 else (*alone, *loops, *offers)

    def _open(self) -> Phase:
        return Phase(
            name=script.load_phase(self.load),
            model="open",
            rate=self.rate,
            load=self.load,
            idle_rate=script.BYSTANDER_RATE,
            ramp_s=script.RAMP_S,
            window_s=self.open_s,
        )


def _alone(name: str, stream: Literal["work", "idle"] = "work") -> Phase:
    ramp_s, window_s = script.PROBE_RAMP_S, script.WORK_S
    think_s = script.THINK_S if stream == "idle" else 0.0
    return Phase(
        name=name,
        model="closed",
        stream=stream,
        clients=1,
        ramp_s=ramp_s,
        window_s=window_s,
        think_s=think_s,
    )


def _closed(name: str, clients: int, window_s: float) -> Phase:
    ramp_s = script.RAMP_S if name == CLOSED else script.SWEEP_RAMP_S
    return Phase(name=name, model="closed", clients=clients, ramp_s=ramp_s, window_s=window_s)


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of a trial: its measurement and the reasons why it is void, or its refusal."""

    measurement: Measurement | None
    void: frozenset[str] = frozenset()
    refused: str = ""

    @property
    def seen(self) -> Measurement:
        """The measurement; fails where the trial was refused."""
        assert self.measurement is not None, self.refused
        return self.measurement

    @property
    def closed(self) -> ClosedLoop:
        """What was seen of the scenario's closed loop."""
        assert self.seen.closed is not None
        return self.seen.closed

    @property
    def evidence(self) -> Evidence:
        """What the handler was seen to do, in an evidence pass."""
        assert self.seen.evidence is not None
        return self.seen.evidence


Drive = Callable[..., list[Driven]]  # given names of variants, and fields of an Order


def naps(
    folder: Path,
    handlers: Mapping[str, str],
    *,
    app: str = nap.PLAIN,
    runs_on: Mapping[str, str] | None = None,
    workload: Workload = NAPS,
) -> Scenario:
    """Write an app for each handler into a folder, and return their scenario.

    A variant runs on the loop, unless `runs_on` has it otherwise.
    """
    on: Mapping[str, Any] = runs_on or {}
    variants = tuple(Variant(name, "naps", on.get(name, "loop")) for name in handlers)
    (folder / "scenarios" / "nap").mkdir(parents=True)
    for name, handler in handlers.items():
        (folder / "scenarios" / "nap" / f"{name}.py").write_text(app + handler)
    return Scenario(
        name="nap",
        group="clients",
        question="What becomes of it?",
        workload=workload,
        primary=capacity,
        budget=Budget(),
        clients=8,
        variants=variants,
    )


@contextmanager
def driving(folder: Path, scenario: Scenario) -> Iterator[Drive]:
    """Bring up what a scenario needs, and return what drives a trial of each variant named.

    Its apps are those in the folder, else those of this checkout.
    """
    (scenario,), _ = fitting([scenario], lacking)
    root = folder if (folder / "scenarios" / scenario.home).exists() else ROOT
    run, split = begun(folder / "run", scenario, on="host"), cores.split(scenario.budget.workers)
    with ProcessSupervisor() as supervisor:
        place = Host(supervisor, split, 0, 0)
        with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
            runner = bench.runner(scenario, lambda variant: scenario.app(variant, root))

            def one(variant: str, order: Order) -> Driven:
                trial = Trial(
                    scenario=scenario.name,
                    variant=variant,
                    kind=order.kind,
                    block=int(order.kind == "deciding"),
                    position=0,
                    seed=1,
                    phases=order.phases(scenario.clients),
                )
                try:
                    with runner.together([trial]):
                        time.sleep(order.held_s)
                        seen = runner(trial)
                except BenchError as error:
                    return Driven(None, refused=f"{error}; {error.hint}")
                return Driven(seen, frozenset(why.name for why in void_reasons(scenario, seen)))

            yield lambda *variants, **how: [one(name, Order(**how)) for name in variants]


def driven(folder: Path, scenario: Scenario, *variants: str, **how: Any) -> list[Driven]:
    """Drive a trial of each variant, and leave nothing up; `how` are fields of an Order."""
    with driving(folder, scenario) as drive:
        return drive(*variants, **how)
