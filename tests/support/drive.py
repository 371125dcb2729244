"""Real trials, each on a fresh server, in a copy of the project.

`driven` is for tests. It runs this file in the copy, which takes an `Order` as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.measure import measuring
from harness.experiment.session import fitting
from harness.judge.guards import void_reasons
from harness.load.locust import Locust
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.record import Asked
from harness.model.trial import Offer, Trial
from harness.places.host import Host
from harness.services.provide import lacking
from harness.store.run import MEASUREMENT, Run
from harness.system import cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support.project_copy import Copy

PATIENCE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A trial of each variant under one load, without an open one where its rate is 0.

    The pilot, which is block 0, has no open load and no sweep.
    """

    scenario: str
    variants: tuple[str, ...]
    closed_s: float = 1
    open_s: float = 1.5
    rate: float = 20
    load: float = 0.5
    block: int = 1


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


def driven(copy: Copy, scenario: str, *variants: str, **how: float) -> list[Driven]:
    """Drive a real trial of each variant in the copy; `how` are fields of an Order."""
    order = Order(scenario=scenario, variants=variants, **how)  # type: ignore[arg-type]  # block is whole
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
    order = Order(**given | {"variants": tuple(given["variants"])})
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
                    sweep=scenario.sweep if order.block else (),
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
