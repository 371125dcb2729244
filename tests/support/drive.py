"""Real trials, each on a fresh server: of the catalogue's variants, or of a test's own handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.measure import measuring
from harness.experiment.session import fitting
from harness.judge.guards import void_reasons
from harness.load.locust import Locust
from harness.model import Budget, Scenario, Variant, Workload, capacity
from harness.model.errors import BenchError
from harness.model.facts import Evidence, Measurement
from harness.model.trial import Offer, Trial
from harness.places.host import Host
from harness.project import ROOT
from harness.services.provide import lacking
from harness.system import cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support import nap
from tests.support.simulated import begun

NAPS = Workload("/nap/{key}", keys="1..10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The load of a trial; it has no open one where its rate is 0, nor in the pilot, block 0."""

    closed_s: float = 1
    open_s: float = 1.5
    rate: float = 20
    load: float = 0.5
    block: int = 1
    probed: bool = True
    sweep: tuple[int, ...] = ()

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Its open load."""
        offered = self.block and self.rate
        return (Offer(self.load, self.rate, self.open_s),) if offered else ()


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
    def evidence(self) -> Evidence:
        """What the handler was seen to do, in a pilot."""
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
    run, design = begun(folder / "run", scenario, on="host"), Design(scenario, PROFILES["quick"])
    split = cores.split(scenario.budget.workers)
    with ProcessSupervisor() as supervisor:
        place = Host(supervisor, split, free_port(), free_port())
        with measuring(
            place,
            split,
            design,
            run,
            supervisor,
            Locust(),
            app_of=lambda variant: scenario.app(variant, root),
        ) as measure:

            def one(variant: str, order: Order) -> Driven:
                trial = Trial(
                    scenario=scenario.name,
                    variant=variant,
                    block=order.block,
                    position=0,
                    seed=1,
                    closed_s=order.closed_s,
                    offers=order.offers,
                    sweep=order.sweep,
                    probed=order.probed,
                )
                try:
                    seen = measure(trial)
                except BenchError as error:
                    return Driven(None, refused=f"{error}; {error.hint}")
                return Driven(seen, frozenset(why.name for why in void_reasons(scenario, seen)))

            yield lambda *variants, **how: [one(name, Order(**how)) for name in variants]


def driven(folder: Path, scenario: Scenario, *variants: str, **how: Any) -> list[Driven]:
    """Drive a trial of each variant, and leave nothing up; `how` are fields of an Order."""
    with driving(folder, scenario) as drive:
        return drive(*variants, **how)
