"""Real load against a server that costs next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from harness.design.script import Phase
from harness.experiment import reduce
from harness.experiment.calibration import Bench
from harness.load import DRIVERS, driver_named
from harness.load.driver import SINGLE, Gauge, LoadResult, LoadTopology, OpenDriver, Site
from harness.load.locust import Locust
from harness.model.errors import BenchError, Unavailable
from harness.model.trial import Offer
from harness.model.workload import Workload
from harness.project import ROOT
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor
from tests.support.project_copy import wait_until

WORKLOAD = Workload("/", idle="/")
OPEN = Phase(name="open", model="open", rate=300, idle_rate=100, ramp_s=0.2, window_s=1.0)
CLOSED = Phase(name="closed", model="closed", clients=5, ramp_s=0.2, window_s=0.5)
KEPT_BYTES = 13  # of each request: half of what its record takes


@pytest.fixture
def supervisor() -> Iterator[ProcessSupervisor]:
    """Start processes that end with the test."""
    with ProcessSupervisor() as supervisor:
        yield supervisor


def ran(
    supervisor: ProcessSupervisor,
    *phases: Phase,
    wait_ms: float = 2,
    topology: LoadTopology = SINGLE,
    times: int = 1,
) -> list[LoadResult]:
    """Run a script so many times against the echo server."""
    folder = supervisor.folder
    site, log = Site(supervisor), folder / "load.log"
    with (
        Bench(supervisor, Cores((), ())).echo(wait_ms) as (url, _),
        Locust().open(WORKLOAD, url, log=log, site=site, topology=topology) as load,
    ):
        return [load.run(phases, seed=1, record=folder / "rows.npz") for _ in range(times)]


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_together_send_what_one_alone_would(
    supervisor: ProcessSupervisor, workers: int
) -> None:
    """The very number of arrivals that was planned, in both streams, and everyone is answered."""
    (result,) = ran(supervisor, OPEN, CLOSED, topology=LoadTopology(workers))
    cell = reduce.open_loop(result, OPEN.name, Offer(0.5, 300, 1.0))
    assert (cell.work.due, cell.work.good) == (300, 300)
    assert (cell.bystander.due, cell.bystander.good) == (100, 100)
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01
    assert cell.generator.shed == 0
    closed = reduce.closed_loop(result, CLOSED.name, 5)
    assert closed.good > 0
    assert closed.outcomes.get("unfinished", 0) <= 5


def test_the_same_seed_gives_the_same_arrivals(supervisor: ProcessSupervisor) -> None:
    """Within a block, every variant meets the same schedule."""
    first, second = (result.rows for result in ran(supervisor, OPEN, times=2))
    assert np.array_equal(np.sort(first.intended), np.sort(second.intended))


def test_little_holds_in_overload_too_and_what_came_too_late_is_on_record(
    supervisor: ProcessSupervisor,
) -> None:
    """A deadline of two seconds against answers after three."""
    phase = Phase(name="2×", model="open", rate=50, ramp_s=0.2, window_s=1.0)
    (result,) = ran(supervisor, phase, wait_ms=3000)
    cell = reduce.open_loop(result, phase.name, Offer(2, 50, 1.0))
    assert cell.work.due == cell.work.outcomes["late"] == 50
    assert cell.work.quantile(0.5) is None  # too few for a median
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01


def test_a_worker_lost_in_the_middle_voids_the_measurement_and_says_so(
    supervisor: ProcessSupervisor,
) -> None:
    """No half of a load passes for the whole."""
    folder = supervisor.folder
    phase = Phase(name="long", model="open", rate=50, ramp_s=0.2, window_s=30)
    topology, log = LoadTopology(2), folder / "load.log"

    def kill_a_worker(_: str, opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
        workers = [
            child
            for child in psutil.Process().children()
            if child.status() != psutil.STATUS_ZOMBIE and "--worker" in child.cmdline()
        ]
        if opens:
            workers[0].kill()
        return Gauge()

    with (
        Bench(supervisor, Cores((), ())).echo(0) as (url, _),
        Locust().open(WORKLOAD, url, log=log, site=Site(supervisor), topology=topology) as load,
        pytest.raises(BenchError, match="lost a worker"),
    ):
        load.run([phase], seed=1, record=folder / "rows.npz", gauges=kill_a_worker)


def test_a_load_that_cannot_write_its_records_ends_and_says_why(
    supervisor: ProcessSupervisor,
) -> None:
    """The harness does not wait for it forever."""
    folder = supervisor.folder
    with (
        Bench(supervisor, Cores((), ())).echo(0) as (url, _),
        Locust().open(WORKLOAD, url, log=folder / "log", site=Site(supervisor)) as load,
        pytest.raises(BenchError, match="FileNotFoundError"),
    ):
        load.run([CLOSED], seed=1, record=folder / "nowhere" / "rows.npz")


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


@pytest.mark.parametrize(
    "model",
    [("--users", "8", "-r", "8"), ("--users", "1", "--rate", "200")],
    ids=["closed", "open"],
)
def test_locusts_own_statistics_agree_with_the_server(
    supervisor: ProcessSupervisor, model: tuple[str, ...]
) -> None:
    """Its console and its web UI read from these."""
    with Bench(supervisor, Cores((), ())).echo(1) as (url, _):
        done = subprocess.run(
            by_hand(url, "--path", "/users/{key}", "--keys", "1..9", *model, "-t", "2s", "--json"),
            cwd=supervisor.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        served = int(ask(url, "/served").body)
    (total,) = json.loads(done.stdout)
    assert (total["method"], total["name"]) == ("GET", "/users/{key}")
    assert total["num_failures"] == 0
    assert abs(total["num_requests"] - served) <= 8  # those in flight when Locust ended
    assert served > 100


def test_memory_stays_flat_over_many_requests(supervisor: ProcessSupervisor) -> None:
    """By hand, where a load may run for days, nothing is kept of a request."""
    with Bench(supervisor, Cores((), ())).echo(0) as (url, _):
        command = by_hand(url, "--users", "32", "-r", "32", "-t", "120s")
        process = supervisor.start(command, log=supervisor.folder / "log", cwd=supervisor.folder)

        def served() -> int:
            return int(ask(url, "/served").body)

        def reached(count: int) -> tuple[int, int]:
            assert wait_until(lambda: served() > count)
            return served(), psutil.Process(process.pid).memory_info().rss

        before, rss_before = reached(30_000)
        after, rss_after = reached(before + 150_000)
        supervisor.end(process)
    assert rss_after - rss_before < KEPT_BYTES * (after - before)


@pytest.mark.parametrize("name", DRIVERS)
def test_every_driver_that_is_installed_loads_and_counts_right_answers(
    supervisor: ProcessSupervisor, name: str
) -> None:
    """With a body and headers, in a closed loop, and by a schedule where it can."""
    driver, site = driver_named(name), Site(supervisor)
    try:
        driver.version()
    except Unavailable as error:
        pytest.skip(f"{error}: {error.hint}")
    order = Workload(
        "/orders/{key}", keys="1..9", method="POST", headers={"X-A": "b, c"}, body=b'{"n": {key}}'
    )
    with Bench(supervisor, Cores((), ())).echo(5) as (url, _):
        found = driver.closed_rate(order, url, clients=4, seconds=1, site=site)
        served = int(ask(url, "/served").body)
        assert 0 < found.requests_per_s < 4 / 0.005
        assert found.requests_per_s < served
        assert found.cpu_s > 0
        if isinstance(driver, OpenDriver):
            times = driver.open_times(order, url, rate=100, seconds=1, site=site)
            assert 0.005 <= times.p50_s <= times.p99_s
