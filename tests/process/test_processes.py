"""What we start gets what it is told and no more, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.project import ROOT
from harness.system import janitor, processes
from harness.system.janitor import Group
from harness.system.processes import ProcessSupervisor, wait_until

SUPPORT = Path(__file__).parents[1] / "support"
SHARING, SUPERVISED = SUPPORT / "sharing.py", SUPPORT / "supervised.py"
STRAY = {
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONPATH": "/nowhere",
    "WEB_CONCURRENCY": "4",
    "UVICORN_RELOAD": "1",
    "PGHOST": "elsewhere",
    "LOCUST_USERS": "1000",
}
PRINT = "import json, os; print(json.dumps(dict(os.environ)))"
PATIENCE_S = 60  # on a busy machine
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


@pytest.fixture
def supervisor() -> Iterator[ProcessSupervisor]:
    """Start processes that end with the test."""
    with ProcessSupervisor() as supervisor:
        yield supervisor


def told(supervisor: ProcessSupervisor, **how: Any) -> dict[str, str]:
    """Return the environment of a process that is started so."""
    process = supervisor.start(
        [sys.executable, "-c", PRINT], log=supervisor.folder / "log", piped=True, **how
    )
    assert process.stdout is not None
    found: dict[str, str] = json.loads(process.stdout.readline())
    supervisor.end(process)
    return found


def test_a_stray_variable_of_the_caller_does_not_reach_what_is_started(
    supervisor: ProcessSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But what it is told does, and what every program needs."""
    for name, value in STRAY.items():
        monkeypatch.setenv(name, value)
    found = told(supervisor, environment={"WORKERS": "2"})
    assert not found.keys() & STRAY.keys()
    assert found["WORKERS"] == "2"
    assert found["PATH"] == os.environ["PATH"]
    assert told(supervisor, inherit_all=True).items() >= STRAY.items()


def segments() -> set[int]:
    """Return the numbers of the System V segments of this machine."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {int(row.split()[1]) for row in rows}


def nothing_left(shared: dict[str, Any]) -> bool:
    """Return whether all that sharing.py said it shares is gone."""
    files = [file for file in shared["files"] if Path(file).exists()]
    return not files and not segments() & set(shared["segments"])


@ON_LINUX
def test_what_a_killed_process_shared_is_removed(supervisor: ProcessSupervisor) -> None:
    """Semaphores and blocks of multiprocessing, a System V segment, worker processes."""
    process = supervisor.start(
        [sys.executable, SHARING],
        log=supervisor.folder / "log",
        piped=True,
        ends_on=signal.SIGKILL,
    )
    assert process.stdout is not None
    shared = json.loads(process.stdout.readline())
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(shared["files"]) > 1
    assert len(workers) > 2
    assert not nothing_left(shared)
    supervisor.end(process)
    assert nothing_left(shared)
    assert not Group(process.pid, signal.SIGKILL, 0).members


@ON_LINUX
def test_the_same_is_removed_after_the_harness_itself_was_killed() -> None:
    """By its janitor, with the temporary folder."""
    with subprocess.Popen(
        [sys.executable, SUPERVISED], stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout is not None
        shared = json.loads(harness.stdout.readline())
        assert Path(shared["folder"]).is_dir()
        started = psutil.Process(harness.pid).children(recursive=True)
        harness.kill()
    assert wait_until(lambda: not Path(shared["folder"]).exists(), PATIENCE_S)
    assert nothing_left(shared)
    assert wait_until(lambda: not any(map(running, started)), PATIENCE_S)


def running(process: psutil.Process) -> bool:
    """Return whether a process runs; one that nobody has waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_commands_that_clean_up_elsewhere_run_only_where_the_harness_was_killed(
    tmp_path: Path,
) -> None:
    """Where it was not, it has cleaned up itself."""
    done, undone = tmp_path / "done", tmp_path / "undone"
    with ProcessSupervisor() as supervisor:
        with supervisor.if_killed(("touch", str(undone))):
            pass
        with suppress(KeyboardInterrupt), supervisor.if_killed(("touch", str(undone))):
            raise KeyboardInterrupt
    assert not undone.exists()
    script = (
        "import os, signal, sys\n"
        "from harness.system.processes import ProcessSupervisor\n"
        "with ProcessSupervisor() as one, one.if_killed(('nowhere',), ('touch', sys.argv[1])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(done)], cwd=ROOT, check=False)
    assert wait_until(done.exists, PATIENCE_S)


def test_a_process_that_ignores_being_asked_is_killed(
    supervisor: ProcessSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is what it started."""
    monkeypatch.setattr(processes, "GRACE_S", 0.3)
    monkeypatch.setattr(janitor, "CHILDREN_S", 0.1)
    script = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    process = supervisor.start(
        [sys.executable, "-c", script],
        log=supervisor.folder / "log",
        piped=True,
        ends_on=signal.SIGINT,
    )
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    supervisor.end(process)
    assert process.returncode == -signal.SIGKILL
    assert wait_until(lambda: not running(child), PATIENCE_S)
