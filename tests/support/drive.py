"""Real trials, each on a fresh server, in a copy of the project.

`driven` is for tests. It runs this file in the copy, which takes an `Order` as JSON. `add` adds a
scenario to the copy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.measure import measuring
from harness.experiment.session import fitting
from harness.judge.guards import void_reasons
from harness.load.locust import Locust
from harness.model.errors import BenchError
from harness.model.facts import Evidence, Measurement
from harness.model.record import Asked
from harness.model.trial import Offer, Trial
from harness.model.workload import Workload
from harness.places.host import Host
from harness.services.provide import lacking
from harness.store.run import MEASUREMENT, Run
from harness.system import cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support.project_copy import NAP_APP, Copy

PATIENCE_S = 120
NAPS = Workload("/nap/{key}", keys="1..10")
SCENARIO = """
from harness.model import Budget, Scenario, Variant, Workload, capacity

scenario = Scenario(
    group="clients",
    question="What becomes of it?",
    workload={workload},
    primary=capacity,
    budget=Budget(),
    clients=8,
    variants=({variants}),
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A trial of each variant under one load, without an open one where its rate is 0.

    The pilot, which is block 0, has no open load.
    """

    scenario: str
    variants: tuple[str, ...]
    closed_s: float = 1
    open_s: float = 1.5
    rate: float = 20
    load: float = 0.5
    block: int = 1
    probed: bool = True
    sweep: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of a trial: its measurement and the reasons why it is void, or its refusal."""

    measurement: Measurement | None
    void: frozenset[str]
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


def add(
    copy: Copy,
    handlers: Mapping[str, str],
    *,
    runs_on: str = "loop",
    workload: Workload = NAPS,
) -> None:
    """Add a scenario `nap` with a variant for each handler, which may ask a counter `count`."""
    folder = copy.root / "scenarios" / "nap"
    folder.mkdir()
    variants = "".join(f'Variant("{name}", "naps", "{runs_on}"), ' for name in handlers)
    (folder / "scenario.py").write_text(SCENARIO.format(workload=workload, variants=variants))
    for name, handler in handlers.items():
        (folder / f"{name}.py").write_text(NAP_APP + handler)


def driven(copy: Copy, scenario: str, *variants: str, **how: Any) -> list[Driven]:
    """Drive a real trial of each variant in the copy; `how` are fields of an Order."""
    order = Order(scenario=scenario, variants=variants, **how)
    done = subprocess.run(
        [sys.executable, __file__, json.dumps(asdict(order))],
        cwd=copy.root,
        env={**copy.environment, "PYTHONPATH": f"{copy.root}{os.pathsep}{_here()}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = map(json.loads, done.stdout.splitlines()[-len(variants) :])
    return [
        Driven(
            MEASUREMENT.validate_python(one["measurement"]) if one["measurement"] else None,
            frozenset(one["void"]),
            one["refused"],
        )
        for one in found
    ]


def _here() -> Path:
    """Return the folder of this checkout, where the package `tests` lies."""
    return Path(__file__).parent.parent.parent


def main() -> None:
    """Drive the trials of an order, and print a line of JSON for each."""
    given = json.loads(sys.argv[1])
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    order = Order(**fields)
    (scenario,), _ = fitting([catalogue(Path.cwd())[order.scenario]], lacking)
    run = Run(Path("results/one"))
    run.create(
        Asked(
            profile="quick",
            on="host",
            seed=0,
            commit="",
            fingerprint="",
            scenarios=(scenario,),
            code={},
        )
    )
    design, locust = Design(scenario, PROFILES["quick"]), Locust()
    offers = (Offer(order.load, order.rate, order.open_s),) if order.block and order.rate else ()
    with ProcessSupervisor() as supervisor:
        split = cores.split(scenario.budget.workers)
        place = Host(supervisor, split, free_port(), free_port())
        with measuring(place, split, design, run, supervisor, locust) as measure:
            for position, variant in enumerate(order.variants):
                trial = Trial(
                    scenario=scenario.name,
                    variant=variant,
                    block=order.block,
                    position=position,
                    seed=1,
                    closed_s=order.closed_s,
                    offers=offers,
                    sweep=order.sweep,
                    probed=order.probed,
                )
                said: dict[str, object] = {"measurement": None, "void": [], "refused": ""}
                try:
                    seen = measure(trial)
                except BenchError as error:
                    said["refused"] = f"{error}; {error.hint}"
                else:
                    said["measurement"] = asdict(seen)
                    said["void"] = [one.name for one in void_reasons(scenario, seen)]
                print(json.dumps(said))  # noqa: T201  the test reads it


if __name__ == "__main__":
    main()
