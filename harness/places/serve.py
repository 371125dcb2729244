"""Serve one variant: a fresh uvicorn process, alone on its cores."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import psutil

from harness.design.plan import Trial
from harness.experiment.monitor_client import Monitor
from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.places.place import Server
from harness.system import processes
from harness.system.ask import ask
from harness.system.ports import HOST, free_port
from harness.system.processes import Crew

START_S = 20
UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")
PATIENT = ("--timeout-keep-alive", "75", "--backlog", "2048")


@dataclass(frozen=True, slots=True)
class Process:
    """A variant that answers on loopback, as a process."""

    what: str
    port: int
    process: subprocess.Popen[str]
    log: Path
    monitor: Monitor

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def cpu_clock(self) -> Callable[[], float]:
        """Give a clock of the CPU seconds used by the server and the workers it has now."""
        family = self._family()
        return lambda: sum(_cpu_s(pid) for pid in family)

    def rss_bytes(self) -> int:
        """Read the memory of the server and its workers."""
        return sum(psutil.Process(pid).memory_info().rss for pid in self._family())

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        processes.require(self.process, self.what, self.log)

    def _family(self) -> list[int]:
        return [
            self.process.pid,
            *(child.pid for child in psutil.Process(self.process.pid).children(recursive=True)),
        ]


@dataclass(frozen=True, slots=True)
class Tree:
    """Another state of the project to serve variants from: its `scenarios/` are in `folder`, and `python` has what they stand on.

    `instrument` holds the package harness, which is the same for every tree.
    """

    folder: Path
    python: Path
    instrument: Path

    @property
    def command(self) -> tuple[str, ...]:
        """Start uvicorn so that it imports from here alone."""
        return (str(self.python), "-P", "-m", "uvicorn", "--app-dir", str(self.folder))

    @property
    def environment(self) -> dict[str, str]:
        """Find the instrument, after what is served."""
        return {"PYTHONPATH": str(self.instrument)}


@contextmanager
def serve(
    scenario: Scenario,
    trial: Trial,
    crew: Crew,
    log: Path,
    *,
    settings: Mapping[str, str],
    on: tuple[int, ...],
    port: int,
    monitor_port: int,
    tree: Tree | None = None,
) -> Iterator[Process]:
    """Start the trial's variant, and its monitor, without waiting for it; it ends with the context, at once: what it still had queued is of no interest."""
    free_port(port)
    free_port(monitor_port)
    scratch = tempfile.mkdtemp(prefix="app-", dir=crew.folder)
    environment = {
        **told(scenario, trial),
        **settings,
        "MONITOR_PORT": str(monitor_port),
        "TMPDIR": scratch,
        **(tree.environment if tree else {}),
    }
    uvicorn = tree.command if tree else (sys.executable, "-m", "uvicorn")
    command = [
        *uvicorn,
        "harness.agent.app:app",
        "--host",
        HOST,
        "--port",
        str(port),
        *UVICORN,
        *PATIENT,
    ]
    process = crew.start(command, log=log, environment=environment, on=on, ends_on=signal.SIGKILL)
    try:
        yield Process(named(scenario, trial), port, process, log, Monitor(monitor_port))
    finally:
        crew.end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def told(scenario: Scenario, trial: Trial) -> dict[str, str]:
    """Give the environment of a variant: which one, its knobs, its budget."""
    variant = scenario.variant(trial.variant)
    budget = scenario.budget_of(variant)
    return {
        **{name.upper(): f"{value:.12g}" for name, value in scenario.knobs.items()},
        "WORKERS": str(budget.workers),
        "THREADS": str(budget.threads),
        "CONNECTIONS": str(budget.connections),
        "PYTHONHASHSEED": str(trial.seed),
        "APP": f"scenarios.{scenario.folder}.{variant.source}:app",
        **({} if trial.block else {"EXPLAIN": "1"}),
    }


def named(scenario: Scenario, trial: Trial) -> str:
    """Name a trial's server for people."""
    return f"{scenario.name}/{trial.variant} ({f'block {trial.block}' if trial.block else 'pilot'})"


def wait_for(server: Server, log: Path) -> None:
    """Wait until the server answers, whatever it says; raises BenchError where it ends or stays silent."""

    def ready() -> bool:
        server.require()
        try:
            ask(server.url, "/idle")
        except (OSError, HTTPException):
            return False
        return True

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"{server.what} did not answer within {START_S} s", hint=f"its log is {log}"
        )


def _cpu_s(pid: int) -> float:
    """Read one process's CPU clock: nanoseconds on Linux, threads that have ended included."""
    if sys.platform == "linux":
        try:
            return time.clock_gettime(
                (~pid << 3) | 2
            )  # the kernel's clock id of another process's CPU time: CPUCLOCK_SCHED
        except OSError:
            return 0.0
    try:
        spent = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return spent.user + spent.system
