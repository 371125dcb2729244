"""Real load against a server that costs next to nothing."""

from __future__ import annotations

import psutil
import pytest

from harness.experiment import reduce
from harness.load import DRIVERS, driver_named
from harness.load.driver import LoadTopology, OpenDriver, Site
from harness.model.errors import Unavailable
from harness.model.workload import Workload
from harness.system.ask import ask
from harness.system.processes import ProcessSupervisor
from tests.support.echo import CLOSED, OPEN, bench, by_hand, ran
from tests.support.project_copy import wait_until

KEPT_BYTES = 4  # of each request: half of the smallest thing that could be kept


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_together_send_what_one_alone_would(
    supervisor: ProcessSupervisor, workers: int
) -> None:
    """The very number of arrivals that was planned, in both streams, and everyone is answered."""
    (result,) = ran(supervisor, OPEN, CLOSED, topology=LoadTopology(workers))
    cell = reduce.open_loop(result, OPEN)
    assert (cell.work.due, cell.work.good) == (300, 300)
    assert (cell.bystander.due, cell.bystander.good) == (100, 100)
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01
    assert cell.generator.shed == 0
    closed = reduce.closed_loop(result, CLOSED)
    assert closed.good > 0
    assert closed.outcomes.get("unfinished", 0) <= 5


def test_memory_stays_flat_over_many_requests(supervisor: ProcessSupervisor) -> None:
    """By hand, where a load may run for days, nothing is kept of a request."""
    with bench(supervisor).echo(0) as (url, _):
        command = by_hand(url, "--users", "32", "-r", "32", "-t", "120s")
        process = supervisor.start(command, log=supervisor.folder / "log", cwd=supervisor.folder)

        def served() -> int:
            return int(ask(url, "/served").body)

        def reached(count: int) -> tuple[int, int]:
            assert wait_until(lambda: served() > count)
            return served(), psutil.Process(process.pid).memory_info().rss

        before, rss_before = reached(100_000)
        after, rss_after = reached(before + 250_000)
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
    with bench(supervisor).echo(5) as (url, _):
        found = driver.closed_rate(order, url, clients=4, seconds=1, site=site)
        served = int(ask(url, "/served").body)
        assert 0 < found.requests_per_s < 4 / 0.005
        assert found.requests_per_s < served
        assert found.cpu_s > 0
        if isinstance(driver, OpenDriver):
            times = driver.open_times(order, url, rate=100, seconds=1, site=site)
            assert 0.005 <= times.p50_s <= times.p99_s
