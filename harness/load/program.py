"""Run a load generator that is a program of its own, and read what it cost."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.load.driver import Site
from harness.model.errors import BenchError, Unavailable
from harness.model.workload import Request, Workload, key_values
from harness.system import processes

MOST_REQUESTS = 1000  # that a script holds
LATE_S = 30  # by which a program may end after its time


def found(name: str, remedy: str) -> Path:
    """Return where a program is: on PATH, or beside this interpreter.

    Raises Unavailable with the remedy where it is not installed.
    """
    beside = str(Path(sys.executable).parent)
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), beside]))
    if path is None:
        raise Unavailable(f"{name} is not installed", hint=remedy)
    return Path(path)


def version(name: str, question: str, remedy: str) -> str:
    """Return the second word of what a program answers; raises Unavailable like `found`."""
    command = [str(found(name, remedy)), question]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return " ".join((said.stdout + said.stderr).split()[1:2]) or "unknown"


def some_requests(workload: Workload) -> list[Request]:
    """Return a request for each key, or for the first keys of very many."""
    return [workload.request(key) for key in key_values(workload.keys)[:MOST_REQUESTS]]


def run(
    command: Sequence[str | Path], seconds: float, site: Site, *, log: Path
) -> tuple[str, float]:
    """Run a program for so long; return what it wrote, and the CPU seconds that it used.

    Nothing else may be ended meanwhile, for it would count as well. Raises BenchError where the
    program fails or does not end.
    """
    log.unlink(missing_ok=True)
    home = {"HOME": str(site.supervisor.folder)}  # where none of its settings lie
    before = _children_cpu_s()
    process = site.supervisor.start(command, log=log, environment=home, cores=site.cores)
    try:
        code = process.wait(seconds + LATE_S)
    except subprocess.TimeoutExpired:
        code = None
    cpu_s = _children_cpu_s() - before
    site.supervisor.end(process)
    if code != 0:
        failed = "did not end" if code is None else f"ended with exit code {code}"
        program = Path(command[0]).name
        raise BenchError(
            f"{program} {failed}: {processes.last_words(log)}",
            hint="does the app answer? else leave this load generator out: rename or remove it",
        )
    return log.read_text(), cpu_s


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
