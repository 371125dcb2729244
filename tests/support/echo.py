"""Real load against a server that costs next to nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.experiment.calibration import Bench
from harness.load.driver import SINGLE, LoadResult, LoadTopology, Site
from harness.load.locust import Locust
from harness.model.trial import Phase
from harness.model.workload import Workload
from harness.project import ROOT
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor

WORKLOAD = Workload("/", idle="/")
OPEN = Phase(name="open", model="open", rate=300, idle_rate=100, ramp_s=0.2, window_s=1.0)
CLOSED = Phase(name="closed", model="closed", clients=5, ramp_s=0.2, window_s=0.5)


def bench(supervisor: ProcessSupervisor) -> Bench:
    """Return what serves, on any core."""
    return Bench(supervisor, Cores((), ()))


def ran(
    supervisor: ProcessSupervisor,
    *phases: Phase,
    workload: Workload = WORKLOAD,
    wait_ms: float = 2,
    topology: LoadTopology = SINGLE,
    times: int = 1,
) -> list[LoadResult]:
    """Run a script so many times against the echo server."""
    folder = supervisor.folder
    site, log = Site(supervisor), folder / "load.log"
    with (
        bench(supervisor).echo(wait_ms) as (url, _),
        Locust().open(workload, url, log=log, site=site, topology=topology) as load,
    ):
        return [load.run(phases, url, seed=1, record=folder / "rows.npz") for _ in range(times)]


def by_hand(url: str, *arguments: str) -> list[str | Path]:
    """Return the command that one types by hand."""
    words: list[str | Path] = [
        "-m",
        "locust",
        "-f",
        ROOT / "locustfiles" / "workload.py",
        "--host",
        url,
    ]
    return [sys.executable, *words, "--headless", *arguments]
