"""The load, real Locust against a server that costs next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from harness.experiment.reduce import closed, opened
from harness.load.locust import Crowd, Seen, Window, load
from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import processes
from harness.system.ask import ask
from harness.system.ports import free_port, listening
from harness.system.processes import Crew

pytestmark = pytest.mark.real
OPEN = {"model": "open", "rate": 300, "idle_rate": 100, "ramp_s": 0.2, "window_s": 2.0}
CLOSED = {"model": "closed", "clients": 5, "stream": 0, "ramp_s": 0.2, "window_s": 1.0}


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Start processes that end with the test."""
    with Crew() as crew:
        yield crew


def serve(crew: Crew, wait_ms: float = 0) -> str:
    """Start the server and give its address."""
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        ROOT / "compose" / "echo.py",
        "--port",
        str(port),
        "--wait-ms",
        str(wait_ms),
    ]
    crew.start(command, log=crew.folder / "server.log")
    assert processes.wait_until(lambda: listening(port), 10)
    return f"http://127.0.0.1:{port}"


def seen_by(crew: Crew, crowd: Crowd, *phases: dict[str, object], wait_ms: float = 2) -> Seen:
    """Run a script by so many workers."""
    with load(
        "get_root", serve(crew, wait_ms), crew, crew.folder / "load.log", on=(), crowd=crowd
    ) as generator:
        return generator.run(phases, seed=1, record=crew.folder / "rows.npz")


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_together_send_what_one_alone_would(crew: Crew, workers: int) -> None:
    """The very number of arrivals that was planned, in both streams, and everyone is answered."""
    seen = seen_by(crew, Crowd(workers), OPEN, CLOSED)
    cell = opened(seen, 0, of_ceiling=0.5, rate=300)
    assert (cell.work.due, cell.work.good) == (600, 600)
    assert (cell.bystander.due, cell.bystander.good) == (200, 200)
    assert (
        int(
            np.sum(
                (seen.rows["phase"] == 1)
                & (seen.rows["outcome"] == seen.outcomes.index("unfinished"))
            )
        )
        <= 5
    )
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01
    assert cell.generator.shed == 0


def test_the_same_seed_gives_the_same_arrivals(crew: Crew) -> None:
    """Within a block, every variant meets the same schedule."""
    first, second = (seen_by(crew, Crowd(), OPEN).rows for _ in range(2))
    assert np.array_equal(np.sort(first["intended"]), np.sort(second["intended"]))


def test_little_holds_in_overload_too_and_who_came_too_late_is_on_record(crew: Crew) -> None:
    """A deadline of two seconds against answers after three."""
    seen = seen_by(crew, Crowd(), {**OPEN, "rate": 50, "idle_rate": 0}, wait_ms=3000)
    cell = opened(seen, 0, of_ceiling=2, rate=50)
    assert cell.work.due == cell.work.outcomes["late"] == 100
    assert cell.work.quantile(0.5) is None  # too few for a median
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01


def test_a_worker_lost_in_the_middle_voids_the_measurement_and_says_so(crew: Crew) -> None:
    """No half of a load passes for the whole."""
    url = serve(crew)
    phase = {**OPEN, "window_s": 10.0}
    with load("get_root", url, crew, crew.folder / "load.log", on=(), crowd=Crowd(2)) as generator:
        workers = [
            child
            for child in psutil.Process().children()
            if child.status() != psutil.STATUS_ZOMBIE and "--worker" in child.cmdline()
        ]
        threading.Timer(
            5, workers[0].kill
        ).start()  # both have joined by then, and the window is half over
        with pytest.raises(BenchError, match="lost a worker"):
            generator.run([phase], seed=1, record=crew.folder / "rows.npz")


def by_hand(url: str, *arguments: str) -> list[str | Path]:
    """Write the command that one types by hand."""
    return [
        sys.executable,
        "-m",
        "locust",
        "-f",
        ROOT / "locustfiles" / "get_root.py",
        "--host",
        url,
        "--headless",
        *arguments,
    ]


@pytest.mark.parametrize(
    "model", [("--users", "8"), ("--users", "1", "--rate", "200")], ids=["closed", "open"]
)
def test_locusts_own_statistics_agree_with_the_server(crew: Crew, model: tuple[str, ...]) -> None:
    """Its console and its web UI read from these."""
    url = serve(crew)
    done = subprocess.run(
        by_hand(url, *model, "--run-time", "3s", "--json"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    (total,) = json.loads(done.stdout)
    served = int(ask(url, "/served")[1])
    assert total["num_failures"] == 0
    assert abs(total["num_requests"] - served) <= 8  # those in flight when Locust ended
    assert served > 300


def test_memory_stays_flat_over_a_million_requests(crew: Crew, tmp_path: Path) -> None:
    """By hand, where a load may run for days: eight bytes kept of each request would be a tenth more by then."""
    url = serve(crew)
    process = crew.start(
        by_hand(url, "--users", "32", "--spawn-rate", "32", "--run-time", "180s"),
        log=tmp_path / "log",
    )
    grown, served = [], 0
    while served < 1_000_000 and process.poll() is None:
        time.sleep(1)
        served = int(ask(url, "/served")[1])
        if served > 200_000:
            grown.append(psutil.Process(process.pid).memory_info().rss)
    assert served >= 1_000_000
    assert max(grown) < 1.1 * grown[0]


@pytest.mark.parametrize("phase_s", [0.0, 0.05, 0.1, 0.15, 0.2, 0.25])
def test_answers_that_come_in_bunches_are_prorated(phase_s: float) -> None:
    """Eight end together every 0.3 s: a window of one second holds three bunches or four, and always 3.33 services of each client."""
    ends = np.arange(-1, 6) * 0.3 + phase_s
    rows = [
        (0, end - 0.3, end, 0) if end < 1 else (0, end - 0.3, 1.0, 1)
        for end in ends
        if end - 0.3 < 1
        for _ in range(8)
    ]
    phase, sent, done, outcome = np.array(rows).T
    columns = {"phase": phase, "sent": sent * 1e9, "done": done * 1e9, "outcome": outcome}
    seen = Seen(
        (Window(1.0, 0.0, 0.5, None, None),),
        {name: column.round().astype(np.int64) for name, column in columns.items()},
        ("ok", "unfinished"),
        2.0,
    )
    found = closed(seen, 0, 8)
    assert found.good in {24, 32}
    assert found.prorated == pytest.approx(8 / 0.3, rel=1e-6)
    assert found.goodput * found.proration == pytest.approx(8 / 0.3, rel=1e-6)
