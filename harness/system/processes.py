"""Processes that end when we do. Each gets a process group, a log and its cores; a janitor minds them in case we cannot."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import click

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import cores

GRACE_S = 3.0  # between asking a process to end and ending it


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody to run a process as, when it refuses to run as root."""

    uid: int
    gid: int


class Crew:
    """Everything we started, and a temporary folder. Leaving the context ends and removes all of it."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[subprocess.Popen[str], signal.Signals]] = {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="fastapi-bench-"))
        self.folder.chmod(0o755)  # PostgreSQL's account must be able to enter it
        self._janitor = subprocess.Popen(
            [sys.executable, "-S", str(Path(__file__).with_name("janitor.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._tell(f"folder {self.folder}")
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
        if self._janitor.stdin is not None:
            self._janitor.stdin.close()
        self._janitor.wait()

    def start(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        on: Sequence[int] = (),
        account: Account | None = None,
        piped: bool = False,
        ends_on: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[str]:
        """Start a process with its output in `log`, on the given cores. With `piped`, standard input and output are ours instead."""
        with log.open("a") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else output,
                stderr=output,
                text=True,
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )
        self._tell(f"started {process.pid} {ends_on.value}")
        self._running[process.pid] = process, ends_on
        cores.pin(process.pid, on)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        """End a process and its children: politely, then for good."""
        _, ends_on = self._running.pop(process.pid)
        if process.poll() is None:
            process.send_signal(ends_on)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            _close(stream)
        self._tell(f"ended {process.pid}")

    def _tell(self, line: str) -> None:
        if self._janitor.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._janitor.stdin.write(line + "\n")
                self._janitor.stdin.flush()


def require(process: subprocess.Popen[str], what: str, log: Path) -> None:
    """Raise BenchError where a process that should be running has ended."""
    if process.poll() is not None:
        raise BenchError(
            f"{what} ended with exit code {process.returncode}: {last_words(log)}",
            hint=f"its log is {log}",
        )


def last_words(log: Path) -> str:
    """Give the last line that a process wrote."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next(
        (click.unstyle(line).strip() for line in reversed(lines) if line.strip()), "it said nothing"
    )


def wait_until(ready: Callable[[], bool], seconds: float, every_s: float = 0.02) -> bool:
    """Ask again and again until it is so, or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(every_s)
    return False


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError):
            stream.close()
