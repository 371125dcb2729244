"""The load and its files, where no timing matters."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest

from harness.experiment import reduce
from harness.load.driver import Gauge, LoadTopology, Site
from harness.load.locust import Locust
from harness.model.errors import BenchError
from harness.model.trial import Phase
from harness.project import ROOT
from harness.system.ask import ask
from harness.system.processes import ProcessSupervisor
from tests.support.echo import CLOSED, OPEN, WORKLOAD, bench, by_hand, ran


def test_the_same_seed_gives_the_same_arrivals(supervisor: ProcessSupervisor) -> None:
    """Within a block, every variant meets the same schedule."""
    first, second = (result.rows for result in ran(supervisor, OPEN, times=2))
    assert np.array_equal(np.sort(first.intended), np.sort(second.intended))


def test_little_holds_in_overload_too_and_what_came_too_late_is_on_record(
    supervisor: ProcessSupervisor,
) -> None:
    """A deadline of half a second against answers after one."""
    phase = Phase(name="2×", model="open", rate=50, ramp_s=0.2, window_s=1.0)
    workload = replace(WORKLOAD, deadline_s=0.5)
    (result,) = ran(supervisor, phase, workload=workload, wait_ms=1000)
    cell = reduce.open_loop(result, phase)
    assert cell.work.due == cell.work.outcomes["late"] == 50
    assert cell.work.quantile(0.5) is None  # too few for a median
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01


def test_a_slow_server_is_waited_for_where_one_request_at_a_time_is_asked(
    supervisor: ProcessSupervisor,
) -> None:
    """A window shorter than an answer lasts until there is a median."""
    alone = Phase(name="work", model="closed", clients=1, ramp_s=0.05, window_s=0.1)
    (result,) = ran(supervisor, alone, replace(alone, name="idle"), wait_ms=300)
    found = reduce.probe(result, rested=False)
    assert result.windows["work"].seconds > 0.6
    assert 0.299 <= found.work_s <= found.median_s  # the server's timer rounds to a millisecond


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
        bench(supervisor).echo(0) as (url, _),
        Locust().open(WORKLOAD, url, log=log, site=Site(supervisor), topology=topology) as load,
        pytest.raises(BenchError, match="lost a worker"),
    ):
        load.run([phase], url, seed=1, record=folder / "rows.npz", gauges=kill_a_worker)


EARLY = """
from types import SimpleNamespace
from gevent.queue import Queue
from locustfiles._script import _gather
said, runner = Queue(), SimpleNamespace(clients=dict.fromkeys("ab", SimpleNamespace(state="up")))
for worker, event in [("a", "open"), ("a", "close"), ("b", "open"), ("b", "close")]:
    said.put((worker, {"event": event, "worker": worker}))
for event in ["open", "close"]:
    print(event, *(found["worker"] for found in _gather(runner, said, ["a", "b"], event, 1)))
"""


def test_what_a_quick_worker_says_before_a_slow_one_has_begun_is_kept() -> None:
    """One may close its window before another has opened its own."""
    said = subprocess.run(
        [sys.executable, "-c", EARLY], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.stdout == "open a b\nclose a b\n", said.stderr


def test_a_load_that_cannot_write_its_records_ends_and_says_why(
    supervisor: ProcessSupervisor,
) -> None:
    """The harness does not wait for it forever."""
    folder = supervisor.folder
    with (
        bench(supervisor).echo(0) as (url, _),
        Locust().open(WORKLOAD, url, log=folder / "log", site=Site(supervisor)) as load,
        pytest.raises(BenchError, match="FileNotFoundError"),
    ):
        load.run([CLOSED], url, seed=1, record=folder / "nowhere" / "rows.npz")


@pytest.mark.parametrize(
    "model",
    [("--users", "8", "-r", "8"), ("--users", "1", "--rate", "200")],
    ids=["closed", "open"],
)
def test_locusts_own_statistics_agree_with_the_server(
    supervisor: ProcessSupervisor, model: tuple[str, ...]
) -> None:
    """Its console and its web UI read from these."""
    with bench(supervisor).echo(1) as (url, _):
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
