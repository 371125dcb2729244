"""Drive one server with Locust, in a process of its own.

It is given its phases, announces its windows, and leaves a file of requests. Nothing here imports
Locust, because that would replace this process's sockets by gevent's.
"""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from site import getuserbase
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from harness.load.driver import (
    OK,
    SINGLE,
    ClosedRate,
    Gauge,
    Gauges,
    Load,
    LoadResult,
    LoadTopology,
    OpenTimes,
    Rows,
    Site,
    Window,
    no_gauges,
)
from harness.model.errors import BenchError
from harness.model.trial import Phase
from harness.model.workload import Workload
from harness.project import ROOT
from harness.system import processes
from harness.system.ports import free_port

FILE = ROOT / "locustfiles" / "workload.py"
RAMP_S = 0.5
PORT_HINT = "end what listens there: workers on other machines expect Locust's master at that port"


class Locust:
    """Locust with the locustfile of this project."""

    name = "Locust"

    def version(self) -> str:
        """Return its version; it is always installed, for this project needs it."""
        return version("locust")

    def closed_rate(
        self, workload: Workload, url: str, *, clients: int, seconds: float, site: Site
    ) -> ClosedRate:
        """Ask from so many connections, each again as soon as it is answered, for so long."""
        phase = Phase(
            name="closed", model="closed", clients=clients, ramp_s=RAMP_S, window_s=seconds
        )
        result = self._one_phase(workload, url, phase, site)
        window, ended = result.windows[phase.name], result.ended_within(phase.name)
        right = int(ended.are(OK).sum())
        return ClosedRate(right / window.seconds, window.generator_cpu_s / max(1, len(ended)))

    def open_times(
        self, workload: Workload, url: str, *, rate: float, seconds: float, site: Site
    ) -> OpenTimes:
        """Offer so many requests/s for so long; times count from the intended start."""
        phase = Phase(name="open", model="open", rate=rate, ramp_s=RAMP_S, window_s=seconds)
        rows = self._one_phase(workload, url, phase, site).of(phase.name)
        good = rows.where(rows.are(OK) & (rows.intended >= 0))
        if not len(good):
            raise BenchError(
                f"no request to {url} was answered",
                hint="is the app running, and is the path right?",
            )
        p50, p99 = np.quantile((good.done - good.intended) / 1e9, (0.5, 0.99))
        return OpenTimes(float(p50), float(p99))

    @contextmanager
    def open(
        self,
        workload: Workload,
        url: str,
        *,
        log: Path,
        site: Site,
        topology: LoadTopology = SINGLE,
    ) -> Iterator[Load]:
        """Start Locust, alone or as master with workers; it ends with the context."""
        size = str(topology.size)
        folder, cores = site.supervisor.folder, site.cores
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "locust",
            "-f",
            FILE,
            "--loglevel",
            "WARNING",
        ]
        users = ["--users", size, "--spawn-rate", size, "--script"]
        quiet = ["--headless", "--only-summary", "--exit-code-on-error", "0"]
        # The master tells workers elsewhere its own flags, and they cannot read its files.
        host = ["--host", url, *flags(workload, folder, shown=topology.join > 0)]
        address: list[str] = []
        if topology.size > 1:
            wanted = topology.port if topology.join else 0
            port = str(free_port(wanted, hint=PORT_HINT))
            address = ["--master-host", topology.bind, "--master-port", port]
            bind = ["--master-bind-host", topology.bind, "--master-bind-port", port]
            quiet += ["--master", *bind, "--expect-workers", size]
        with ExitStack() as stack:

            def start(
                words: Sequence[str | Path], log: Path, cores: Sequence[int], *, piped: bool
            ) -> subprocess.Popen[str]:
                process = site.supervisor.start(
                    [*command, *words],
                    log=log,
                    # Where no locust.conf lies that would change the load.
                    environment={"HOME": str(folder), "PYTHONUSERBASE": getuserbase()},
                    cwd=folder,
                    cores=cores,
                    piped=piped,
                    ends_on=signal.SIGKILL,  # it has left its file by then
                )
                stack.callback(site.supervisor.end, process)
                return process

            process = start([*host, *users, *quiet], log, cores, piped=True)
            for number in range(topology.workers if topology.size > 1 else 0):
                core = cores[number % len(cores) :][:1] if cores else ()
                beside = log.with_suffix(f".worker{number}.log")
                start(["--worker", *address], beside, core, piped=False)
            yield LocustLoad(process, log)
            if topology.size > 1 and process.stdin is not None:
                # The master lets its workers go, which would look for it for a minute otherwise.
                process.stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(processes.GRACE_S)

    def _one_phase(self, workload: Workload, url: str, phase: Phase, site: Site) -> LoadResult:
        folder = site.supervisor.folder
        with self.open(workload, url, log=folder / "locust.log", site=site) as load:
            return load.run([phase], url, seed=1, record=folder / "rows.npz")


class LocustLoad:
    """A Locust process that runs script after script."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def run(
        self,
        phases: Sequence[Phase],
        url: str,
        *,
        seed: int,
        record: Path,
        gauges: Gauges = no_gauges,
    ) -> LoadResult:
        """Run the phases to their end; raises BenchError where Locust ends before that."""
        self._next("ready")
        server = urlsplit(url)
        script = {
            "phases": [asdict(phase) for phase in phases],
            "seed": seed,
            "address": [server.hostname, server.port or 80],
        }
        assert self._process.stdin is not None  # noqa: S101  it was started with pipes
        self._process.stdin.write(json.dumps({**script, "record": str(record.resolve())}) + "\n")
        self._process.stdin.flush()
        windows = {phase.name: self._window(phase.name, gauges) for phase in phases}
        done = self._next("done")
        rows = Rows.read(record, done["outcomes"])
        return LoadResult(windows, rows, done["deadline_s"], done["failures"])

    def _window(self, phase: str, gauges: Gauges) -> Window:
        """Wait until the window of a phase has opened and closed."""
        self._next("open")
        began_s, before = time.monotonic(), gauges(phase, True)  # noqa: FBT003  Gauges has it so
        closed = self._next("close")
        ended_s, after = time.monotonic(), gauges(phase, False)  # noqa: FBT003  the same
        # The words arrive a little late, so the server's figures are taken per second.
        took_s, seconds = ended_s - began_s, closed["seconds"]
        return Window(
            seconds=seconds,
            generator_cpu_s=closed["cpu_s"],
            server_cpu_s=(after.cpu_s - before.cpu_s) / took_s * seconds,
            in_flight=closed["in_flight"],
            app_in_flight=_mean_in_flight(before, after, took_s),
        )

    def _next(self, event: str) -> dict[str, Any]:
        """Wait for the next line of the given kind."""
        assert self._process.stdout is not None  # noqa: S101  it was started with pipes
        for line in self._process.stdout:
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                if said["event"] == event:
                    return said
                if said["event"] == "failed":
                    raise BenchError(
                        f"the load failed, so this measurement is lost: {said['why']}",
                        hint="run the same command again: it resumes",
                    )
        self._process.wait()
        last = processes.last_words(self._log)
        raise BenchError(
            f"Locust ended before its script did: {last}", hint=f"its log is {self._log}"
        )


def flags(workload: Workload, folder: Path, *, shown: bool = False) -> list[str]:
    """Return the workload as flags of the locustfile.

    Everybody on a machine can see a command line, so a body, and headers besides Accept, are
    written into files in `folder` that nobody else can read. What may be `shown` stands on the
    command line, but for a body that cannot.
    """
    body = workload.body.decode(errors="replace")
    plain = body.encode() == workload.body and not body.startswith("@") and "\0" not in body
    if body and not (shown and plain):
        body = _by_file(workload.body, folder)
    headers = [f"{name}: {value}" for name, value in workload.headers.items()] or [""]
    if not shown and {name.lower() for name in workload.headers} - {"accept"}:
        headers = [_by_file("\n".join(headers).encode(), folder)]
    given = {
        "path": workload.path,
        "keys": workload.keys,
        "method": workload.method,
        "body": body,
        "status": workload.status,
        "deadline": f"{workload.deadline_s:.12g}",
        "idle": workload.idle,
        "same": workload.same,
        "protocol": workload.protocol,
    }
    pairs = [*given.items(), *(("header", header) for header in headers)]
    return [f"--{flag}={value}" for flag, value in pairs]


def _by_file(content: bytes, folder: Path) -> str:
    """Write a file that only this user can read, and return how a flag names it."""
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(content)
    return f"@{file.name}"


def joining(topology: LoadTopology, workload: Workload, folder: Path) -> str:
    """Return the command by which a worker joins from another machine.

    It is for a checkout of the same commit. A binary body lies in `folder`, and must lie there
    on that machine too.
    """
    address = ["--master-host", topology.bind, "--master-port", str(topology.port)]
    file = str(FILE.relative_to(ROOT))
    words = ["python", "-m", "locust", "-f", file, "--worker", *address]
    return shlex.join([*words, *flags(workload, folder, shown=True)])


def _mean_in_flight(before: Gauge, after: Gauge, took_s: float) -> float | None:
    if before.in_flight_s is None or after.in_flight_s is None:
        return None
    return (after.in_flight_s - before.in_flight_s) / took_s
