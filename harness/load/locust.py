"""Drive one server with Locust, a process of its own: it is told its phases, it announces its windows, and it leaves a file of requests.

Nothing here imports Locust, because that would replace this process's sockets by gevent's.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import processes
from harness.system.ports import HOST, free_port
from harness.system.processes import Crew


@dataclass(frozen=True, slots=True)
class Window:
    """A measured stretch, as the generator announced it: its length, the CPU seconds used in it, the mean requests in flight as either side counted."""

    seconds: float
    generator_cpu_s: float
    server_cpu_s: float
    in_flight: float | None
    inside_in_flight: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a server has used and done by now: CPU seconds, and requests in flight summed over time, where it tells."""

    cpu_s: float = 0.0
    in_flight_s: float | None = None


Gauges = Callable[
    [int, bool], Gauge
]  # asked as the window of a phase opens (true) and as it closes (false)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a script brought back: its windows, one a phase, and one row for each request, its times in ns from the opening of its window."""

    windows: tuple[Window, ...]
    rows: Mapping[str, NDArray[np.int64]]
    outcomes: tuple[str, ...]
    deadline_s: float


class Load:
    """A Locust process that runs script after script."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def run(
        self,
        phases: Sequence[Mapping[str, Any]],
        *,
        seed: int,
        record: Path,
        gauges: Gauges = lambda *_: Gauge(),
    ) -> Seen:
        """Run the phases to their end; raises BenchError where Locust ends before that."""
        self._next("ready")
        script = {"phases": phases, "seed": seed, "record": str(record)}
        assert self._process.stdin is not None  # noqa: S101  it was started with pipes
        self._process.stdin.write(json.dumps(script) + "\n")
        self._process.stdin.flush()
        windows = []
        for number in range(len(phases)):
            self._next("open")
            began_s, before = time.monotonic(), gauges(number, True)  # noqa: FBT003  that is what a gauge is asked
            closed = self._next("close")
            ended_s, after = time.monotonic(), gauges(number, False)  # noqa: FBT003  the same
            took_s, seconds = (
                ended_s - began_s,
                closed["seconds"],
            )  # the words arrive a little late, so the server's figures are taken per second
            inside = (
                None
                if before.in_flight_s is None or after.in_flight_s is None
                else (after.in_flight_s - before.in_flight_s) / took_s
            )
            windows.append(
                Window(
                    seconds,
                    closed["cpu_s"],
                    (after.cpu_s - before.cpu_s) / took_s * seconds,
                    closed["in_flight"],
                    inside,
                )
            )
        done = self._next("done")
        with np.load(record) as file:
            rows = {name: file[name].astype(np.int64) for name in file.files}
        return Seen(tuple(windows), rows, tuple(done["outcomes"]), done["deadline_s"])

    def _next(self, event: str) -> dict[str, Any]:
        """Wait for the next line of the given kind."""
        assert self._process.stdout is not None  # noqa: S101  it was started with pipes
        for line in self._process.stdout:
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                if said["event"] == event:
                    return said
                if said["event"] == "lost":
                    raise BenchError(
                        f"the load lost a worker, so this measurement is void: {said['why']}",
                        hint="run the same command again: it resumes",
                    )
        self._process.wait()
        raise BenchError(
            f"Locust ended before its script did: {processes.last_words(self._log)}",
            hint=f"its log is {self._log}",
        )


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who makes the load: one process, or Locust's master with `workers` here and `join` more that others start, which find it at `bind`:`port`."""

    workers: int = 1
    join: int = 0
    bind: str = HOST
    port: int = 5557

    @property
    def size(self) -> int:
        """How many share the load."""
        return self.workers + self.join

    def joining(self, workload: str) -> str:
        """Give the command by which a worker joins from elsewhere."""
        return f"locust -f locustfiles/{workload}.py --worker --master-host {self.bind} --master-port {self.port}"


ALONE = Crowd()


@contextmanager
def load(
    workload: str, url: str, crew: Crew, log: Path, *, on: tuple[int, ...], crowd: Crowd = ALONE
) -> Iterator[Load]:
    """Start Locust for this workload against this URL, alone or as master with workers; it ends with the context."""
    locust: list[str | Path] = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        ROOT / "locustfiles" / f"{workload}.py",
        "--loglevel",
        "WARNING",
    ]
    users = str(crowd.size)
    command = [
        *locust,
        "--host",
        url,
        "--headless",
        "--users",
        users,
        "--spawn-rate",
        users,
        "--script",
        "--only-summary",
        "--exit-code-on-error",
        "0",
    ]
    port = ""
    if crowd.size > 1:
        port = str(
            free_port(
                crowd.port if crowd.join else 0,
                hint="end what listens there: workers on other machines expect Locust's master at that port",
            )
        )
        command += [
            "--master",
            "--master-bind-host",
            crowd.bind,
            "--master-bind-port",
            port,
            "--expect-workers",
            users,
        ]
    with ExitStack() as stack:

        def start(
            words: list[str | Path], log: Path, on: tuple[int, ...], *, piped: bool
        ) -> subprocess.Popen[str]:
            process = crew.start(
                words, log=log, on=on, piped=piped, ends_on=signal.SIGKILL
            )  # it has left its file by then
            stack.callback(crew.end, process)
            return process

        process = start(command, log, on, piped=True)
        for number in range(crowd.workers if crowd.size > 1 else 0):
            worker = [*locust, "--worker", "--master-host", crowd.bind, "--master-port", port]
            start(
                worker,
                log.with_suffix(f".worker{number}.log"),
                on[number % len(on) :][:1] if on else (),
                piped=False,
            )
        yield Load(process, log)
        if (
            crowd.size > 1 and process.stdin is not None
        ):  # the master lets its workers go, who would look for it for a minute otherwise
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(processes.GRACE_S)
