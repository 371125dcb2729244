"""Processes that end when we do: each has a group, a log and its cores.

A janitor ends them where we cannot, because we were killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import click

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import cores as processors
from harness.system import janitor
from harness.system.clocks import Clocks
from harness.system.environment import inherited

GRACE_S = 3.0  # between asking a process to end and killing it


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a process runs as, when it refuses to run as root."""

    uid: int
    gid: int


class ProcessSupervisor:
    """Everything we started, and a temporary folder; all of it is gone after the context."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[subprocess.Popen[str], janitor.Group]] = {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="fastapi-bench-"))
        self.folder.chmod(0o755)  # PostgreSQL's account must be able to enter it
        self._janitor = subprocess.Popen(
            [sys.executable, "-S", janitor.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._note(f"folder {self.folder}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process, _ in reversed(list(self._running.values())):
            self.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        _close(self._janitor.stdin)
        self._janitor.wait()

    def start(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        inherit_all: bool = False,
        cores: Sequence[int] = (),
        account: Account | None = None,
        piped: bool = False,
        ends_on: signal.Signals = signal.SIGTERM,
        cwd: Path = ROOT,
    ) -> subprocess.Popen[str]:
        """Start a process with its output in `log`, on the given cores.

        Its environment is `environment` and what every process inherits, or all that this
        process has with `inherit_all`. With `piped`, standard input and output are pipes.
        `ends_on` is the signal that ends it.
        """
        since = int(Clocks.now().wall_s)
        with log.open("a") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env={**(os.environ if inherit_all else inherited()), **(environment or {})},
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else output,
                stderr=output,
                text=True,
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )
        self._note(f"started {process.pid} {ends_on.value} {since}")
        self._running[process.pid] = process, janitor.Group(process.pid, ends_on, since)
        processors.pin(process.pid, cores)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        """End a process and what it started: ask first, then kill."""
        _, group = self._running.pop(process.pid)
        if process.poll() is None:
            group.ask()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
        if process.poll() is None:
            process.kill()
            process.wait()
        group.end()
        for stream in (process.stdin, process.stdout):
            _close(stream)
        self._note(f"ended {process.pid}")

    @contextlib.contextmanager
    def if_killed(self, *commands: Sequence[str]) -> Iterator[None]:
        """Have the janitor run these commands if we are killed within the context."""
        lines = [json.dumps(command) for command in commands]
        for line in lines:
            self._note(f"command {line}")
        try:
            yield
        finally:
            for line in lines:
                self._note(f"done {line}")

    def _note(self, line: str) -> None:
        """Write a line to the janitor, if it runs."""
        if self._janitor.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._janitor.stdin.write(line + "\n")
                self._janitor.stdin.flush()


def require(process: subprocess.Popen[str], what: str, log: Path) -> None:
    """Raise BenchError where a process that should be running has ended."""
    if process.poll() is not None:
        ended = f"{what} ended with exit code {process.returncode}"
        raise BenchError(f"{ended}: {last_words(log)}", hint=f"its log is {log}")


def last_words(log: Path) -> str:
    """Return the last line that a process wrote."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    written = (click.unstyle(line).strip() for line in reversed(lines))
    return next((line for line in written if line), "it wrote nothing")


def wait_until(ready: Callable[[], bool], seconds: float, every_s: float = 0.02) -> bool:
    """Ask again and again; return whether it became so within so many seconds."""
    return janitor.wait_until(ready, seconds, every_s)


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError):
            stream.close()
