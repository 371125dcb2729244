"""Serve an app: a fresh process, with its monitor, alone on its cores."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import servers
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.workload import Request
from harness.places.place import Server
from harness.project import ROOT
from harness.system import machine, processes
from harness.system.ask import UNANSWERED, ask
from harness.system.cores import pin_threads
from harness.system.ports import HOST, free_port
from harness.system.processes import ProcessSupervisor

AGENT = "harness.agent.app:app"  # what is served: the app that APP names, with a monitor around it
START_S = 60  # an app may start a Java, on a busy machine


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """An app that answers on loopback, as a process."""

    label: str
    port: int
    monitor_port: int
    process: subprocess.Popen[str]
    log: Path
    cores: Sequence[int] = ()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Where its monitor answers."""
        return f"http://{HOST}:{self.monitor_port}"

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        processes.require(self.process, self.label, self.log)

    def cpu_clock(self) -> Callable[[], float]:
        """Return a clock of the CPU seconds used by the server and the workers it has now."""
        family = self._family()
        return lambda: sum(machine.cpu_s(one.pid) for one in family)

    def rss_bytes(self) -> int:
        """Return the memory of the server and its workers."""
        return sum(one.memory_info().rss for one in self._family())

    def hold(self) -> None:
        """Stop it and its workers, on the server's cores, until it is to go on."""
        for one in self._family():
            pin_threads(one.pid, self.cores)
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _family(self) -> list[psutil.Process]:
        server = psutil.Process(self.process.pid)
        return [server, *server.children(recursive=True)]


@contextmanager
def serve(
    app: App,
    label: str,
    *,
    supervisor: ProcessSupervisor,
    log: Path,
    cores: Sequence[int],
    port: int,
    monitor_port: int,
    starts_on: Sequence[int] = (),
    agent: Path = ROOT,
) -> Iterator[ServerProcess]:
    """Start an app in its own folder, without waiting for it; it ends with the context, at once.

    What it still had queued is of no interest. It runs on `cores`, and starts on others where
    those are given: it is moved when it is held. It imports from its folder first, and then from
    `agent`, where harness/agent lies.
    """
    free_port(port)
    free_port(monitor_port)
    scratch = tempfile.mkdtemp(prefix="app-", dir=supervisor.folder)
    process = supervisor.start(
        servers.words(app, AGENT, HOST, port),
        log=log,
        environment={
            **app.environment,
            "APP": app.target,
            **({"FACTORY": "1"} if app.factory else {}),
            "MONITOR_PORT": str(monitor_port),
            "PYTHONPATH": str(agent),
            "TMPDIR": scratch,
        },
        cores=starts_on or cores,
        ends_on=signal.SIGKILL,
        cwd=app.folder,  # `python -m` imports from there first
    )
    try:
        yield ServerProcess(label, port, monitor_port, process, log, cores)
    finally:
        supervisor.end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def wait_for(
    server: Server, request: Request | str, require: Callable[[], None] = lambda: None
) -> None:
    """Wait until the server answers this request, whatever the answer is.

    Raises BenchError where it ends, or does not answer within START_S seconds, or where `require`
    does because something that the server needs has ended.
    """

    def ready() -> bool:
        require()
        server.require()
        with suppress(*UNANSWERED):
            ask(server.url, request)
            return True
        return False

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"{server.label} did not answer within {START_S} s", hint=f"its log is {server.log}"
        )
