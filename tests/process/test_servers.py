"""Each server is started, found, held, watched and ended alike, with one worker and with two."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.experiment.app_check import AppCheck
from harness.experiment.monitor_client import MonitorClient
from harness.model import Budget, Scenario, Variant, Workload, capacity
from harness.model.errors import BenchError
from harness.places.host import Host
from harness.places.serve import ServerProcess, wait_for
from harness.project import ROOT
from harness.servers import SERVERS
from harness.system import cores
from harness.system.ask import ask
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support.project_copy import wait_until

OURS = [name for name in SERVERS if name != "uvicorn of the app"]
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
ASKED = 20  # requests, of which either worker gets some


def scenario(server: str, workers: int = 2) -> Scenario:
    """Return a question of an app under this server."""
    variant = Variant("inline", "nothing", "loop", server=server, workers=workers)
    return Scenario(
        name="hop",
        question="Does it serve?",
        workload=Workload("/users/{key}", keys="1..10"),
        primary=capacity,
        budget=Budget(),
        clients=2,
        variants=(variant,),
    )


@contextmanager
def serving(
    supervisor: ProcessSupervisor, server: str, workers: int = 2
) -> Iterator[tuple[ServerProcess, AppCheck]]:
    """Serve an app with all its workers up, as a trial has it."""
    asked = scenario(server, workers)
    place = Host(supervisor, cores.split(1), free_port(), free_port())
    app = asked.app("inline", ROOT)
    with place.serve(app, f"hop by {server}", supervisor.folder / "log") as process:
        assert isinstance(process, ServerProcess)
        wait_for(process, "/idle")
        yield process, AppCheck(asked, asked.baseline, process, (), explained=False)


def family(server: ServerProcess) -> list[psutil.Process]:
    """Return all processes of a server."""
    first = psutil.Process(server.process.pid)
    return [first, *first.children(recursive=True)]


def workers_of(server: ServerProcess) -> list[int]:
    """Return the process ids of those that serve."""
    found: list[int] = MonitorClient(server.monitor_url).ask("/workers")
    return found


def gone(process: psutil.Process) -> bool:
    """Return whether a process has ended, or waits only to be waited for."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@ON_LINUX
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("server", OURS)
def test_a_server_is_seen_held_and_ended_with_all_its_workers(
    supervisor: ProcessSupervisor, server: str, workers: int
) -> None:
    """All processes are of one group, on the server's cores; what they use is counted."""
    with serving(supervisor, server, workers) as (found, check):
        assert len(workers_of(found)) == workers
        check.check()
        processes = family(found)
        assert {one.pid for one in processes} >= set(workers_of(found))
        assert found.rss_bytes() == pytest.approx(
            sum(one.memory_info().rss for one in processes), rel=0.2
        )
        before_s = (clock := found.cpu_clock())()
        bodies = {ask(found.url, "/users/7").body for _ in range(ASKED)}
        assert [json.loads(body) for body in bodies] == [{"id": 7}]
        assert clock() > before_s
        found.hold()
        assert wait_until(lambda: {one.status() for one in processes} == {psutil.STATUS_STOPPED})
        assert {core for one in processes for core in one.cpu_affinity() or ()} == set(
            cores.split(1).server
        )
        found.go_on()
        assert ask(found.url, "/users/7").status == 200
        assert not check.restarted()
    assert wait_until(lambda: all(map(gone, processes)))


@ON_LINUX
@pytest.mark.parametrize("server", OURS)
def test_a_worker_that_is_killed_is_noticed_whatever_its_server_does(
    supervisor: ProcessSupervisor, server: str
) -> None:
    """One server starts another, which voids the trial; others end, which ends the run."""
    with serving(supervisor, server) as (found, check):
        first, second = workers_of(found)
        asked = check.monitor.ask("/budget")
        assert asked["workers"] == 2
        os.kill(second, signal.SIGKILL)

        def noticed() -> bool:
            return found.process.poll() is not None or check.restarted()

        assert wait_until(noticed)
        if found.process.poll() is not None:
            with pytest.raises(BenchError, match=f"hop by {server} ended with exit code"):
                found.require()
        else:
            assert first != second


@ON_LINUX
@pytest.mark.parametrize("server", ["uvicorn", "granian", "hypercorn"])
def test_the_workers_of_a_server_end_with_the_harness_that_was_killed(
    server: str, tmp_path: Path
) -> None:
    """By its janitor."""
    program = tmp_path / "serve.py"
    program.write_text(HARNESS)
    with subprocess.Popen(
        [sys.executable, str(program), server],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as harness:
        assert harness.stdout is not None
        started = [psutil.Process(pid) for pid in json.loads(harness.stdout.readline())]
        harness.kill()
    assert len(started) > 2
    assert wait_until(lambda: all(map(gone, started)))


HARNESS = """
import json, sys, time
from harness.system.processes import ProcessSupervisor
from tests.process.test_servers import family, serving

with ProcessSupervisor() as supervisor, serving(supervisor, sys.argv[1]) as (found, _):
    print(json.dumps([one.pid for one in family(found)]), flush=True)
    time.sleep(600)
"""


def test_workers_that_never_come_are_named(
    supervisor: ProcessSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how many of them serve."""
    monkeypatch.setattr("harness.experiment.app_check.START_S", 0.2)
    with serving(supervisor, "uvicorn", 1) as (found, _):
        asked: Any = scenario("uvicorn", 2)
        with pytest.raises(BenchError, match="of 2 workers of hop by uvicorn 1 serve"):
            AppCheck(asked, asked.baseline, found, (), explained=False)
