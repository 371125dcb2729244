"""A copy of the project that a test may change, with a temporary folder of its own."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import IO

import psutil
import pytest

from harness.project import ROOT
from harness.services import SERVICES
from tests.support import nap

PARTS = ("harness", "scenarios", "locustfiles", "compose")
FILES = ("bench.py", "pyproject.toml")
PATCHED = Path(__file__).with_name("patched.py")
PATIENCE_S = 120  # for what a busy machine takes long to do


class Bench:
    """A bench.py that runs, and every line that it has written so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: Queue[str] = Queue()  # an empty one where a stream has ended
        streams = [stream for stream in (process.stdout, process.stderr) if stream]
        self._open = len(streams)
        for stream in streams:
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def wait_for(self, text: str, seconds: float = PATIENCE_S) -> str:
        """Return the next line that holds this text; fails where none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._next(deadline)
            assert line is not None, f"no line with {text!r} in {seconds} s:\n{self.output}"
            if text in line:
                return line

    def end(self, code: int, seconds: float = 2 * PATIENCE_S) -> str:
        """Wait for its end, expect this exit code, and return all that it wrote."""
        deadline = time.monotonic() + seconds
        while self._next(deadline) is not None:
            pass
        assert time.monotonic() < deadline, f"it goes on after {seconds} s:\n{self.output}"
        self.process.wait(PATIENCE_S)
        assert self.process.returncode == code, self.output
        assert "Traceback" not in self.output, self.output
        return self.output

    @property
    def output(self) -> str:
        """All that was read from it so far."""
        return "".join(self.said)

    def _next(self, deadline: float) -> str | None:
        """Return the next line of either stream; None after both have ended, or too late."""
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return None
        if not line:
            self._open -= 1
            return self._next(deadline) if self._open else None
        self.said.append(line)
        return line

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put("")


class Copy:
    """A copy of the project.

    `environment` is what bench.py is started with, `patches` are assignments of patched.py.
    """

    def __init__(self, root: Path, temporary: Path) -> None:
        self.root = root
        self.temporary = temporary
        self.results = root / "results"
        self.patches: list[str] = []
        self.started: list[Bench] = []
        given = {f"{name.upper()}_URL" for name in SERVICES}
        kept = {name: value for name, value in os.environ.items() if name not in given}
        # Processes, unless a test is about containers.
        engine = f"unix://{temporary}/no-engine"
        self.environment = {**kept, "TMPDIR": str(temporary), "DOCKER_HOST": engine}

    def start(self, *arguments: str) -> Bench:
        """Start bench.py."""
        script = [PATCHED, *self.patches, "--"] if self.patches else [self.root / "bench.py"]
        process = subprocess.Popen(
            [sys.executable, *map(str, script), *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(Bench(process))
        return self.started[-1]

    def bench(self, *arguments: str, code: int = 0) -> str:
        """Run bench.py to its end, expect its exit code, and return all that it wrote."""
        return self.start(*arguments).end(code)

    def nap(self, first: str, second: str = "", *, start: str = "") -> None:
        """Add a scenario `nap` that needs no service: two variants with these handlers.

        The second is like the first unless it is given. A handler may use the counter `count`.
        `start` is code that the first runs as it is imported.
        """
        folder = self.root / "scenarios" / "nap"
        folder.mkdir()
        (folder / "scenario.py").write_text(nap.SCENARIO)
        (folder / "first.py").write_text(f"{nap.PLAIN}{first}\n{start}\n")
        (folder / "second.py").write_text(f"{nap.PLAIN}{second or first}")

    def records(self) -> list[str]:
        """Return the lines on record, of all runs."""
        return [
            line
            for path in sorted(self.results.glob("*/measurements.jsonl"))
            for line in path.read_text().splitlines()
        ]

    def trials(self) -> set[tuple[str, str, int]]:
        """Return kind, variant and block of the trials on record, each once if repeated as void."""
        found = (json.loads(line)["trial"] for line in self.records())
        return {(one["kind"], one["variant"], one["block"]) for one in found}

    def processes(self) -> list[psutil.Process]:
        """Return the processes that belong to this copy."""
        found = []
        for process in psutil.process_iter():
            try:
                marks = process.environ().get("TMPDIR", ""), *process.cmdline()
            except psutil.Error:
                continue
            if process.pid != os.getpid() and any(str(self.temporary) in one for one in marks):
                found.append(process)
        return found

    def nothing_left(self) -> bool:
        """Return whether processes and temporary folders are gone, within a janitor's time."""
        return wait_until(
            lambda: not self.processes() and not list(self.temporary.iterdir()), seconds=20
        )


def wait_until(ready: Callable[[], object], seconds: float = PATIENCE_S) -> bool:
    """Ask again and again until it is so; return whether it was, within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project once, compiled, so that no process of a test has to compile it."""
    root = tmp_path_factory.mktemp("original") / "project"
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, root)
    assert compileall.compile_dir(root, quiet=1)
    return root


@pytest.fixture
def copy(original: Path) -> Iterator[Copy]:
    """Copy the project into a folder that PostgreSQL's account can enter, unlike pytest's own.

    A bench.py that a failed test left running is killed.
    """
    with tempfile.TemporaryDirectory(prefix="bench-test-") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "tmp").mkdir(mode=0o755)
        shutil.copytree(original, home / "project")
        found = Copy(home / "project", home / "tmp")
        yield found
        for running in found.started:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
