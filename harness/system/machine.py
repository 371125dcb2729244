"""The conditions of a run: machine, versions, commit."""

from __future__ import annotations

import platform
import re
import sys
import time
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system.cores import AVAILABLE
from harness.system.git import Repo

# On record besides what pyproject.toml lets an app import.
BESIDES = ("starlette", "pydantic", "psycopg-pool", "locust", "gevent")
CPUCLOCK_SCHED = 2  # in the kernel's clock id of another process's CPU time
NAME = re.compile(r"[\w.-]+")  # of a package, at the start of a requirement


def conditions() -> dict[str, Any]:
    """Describe where this runs."""
    governor = _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return {
        "machine": {
            "cpu": _cpu(),
            "cores": len(AVAILABLE),
            "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
            "system": f"{platform.system()} {platform.release()}",
            "architecture": platform.machine(),
            "governor": governor or "not shown",
        },
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in _packages()},
        },
    }


def fingerprint() -> str:
    """Return what must be equal before measurements may be put together."""
    python = f"Python {platform.python_version()}, FastAPI {_version('fastapi')}"
    system = f"{platform.system()} {platform.machine()}"
    return f"{_cpu()}, {len(AVAILABLE)} cores, {system}, {python}"


def commit() -> str:
    """Return the commit that is checked out, and whether anything was changed since."""
    with suppress(BenchError):
        return Repo(ROOT).describe() or "unknown"
    return "unknown"


def committed_at(commit: str) -> str:
    """Return the time of a commit in ISO format; now, where git does not know it."""
    found = ""
    with suppress(BenchError):
        found = Repo(ROOT).committed_at(commit)
    return found or datetime.now(UTC).isoformat(timespec="seconds")


def order_of(commits: Iterable[str]) -> dict[str, int]:
    """Return the places of commits in git's own order; of those that it knows."""
    with suppress(BenchError):
        return Repo(ROOT).order(commits)
    return {}


def busy_s() -> float:
    """Return the seconds that all processors together have been busy, or stolen, since boot."""
    times = psutil.cpu_times()
    # Linux counts the time of guests among the time of users as well.
    idle = ("idle", "iowait", "guest", "guest_nice")
    return sum(times) - sum(getattr(times, name, 0.0) for name in idle)


def family_s() -> float:
    """Return the CPU seconds of this process, its children and theirs, ended ones included.

    Whole ticks of 10 ms would leave out what hundreds of connections use in a process each.
    """
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            ended = process.cpu_times()
            total += cpu_s(process.pid) + ended.children_user + ended.children_system
    return total


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process; on Linux in ns, with those of threads that ended."""
    if sys.platform == "linux":
        try:
            return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
        except OSError:
            return 0.0
    try:
        spent = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return spent.user + spent.system


def _packages() -> list[str]:
    """Return the packages whose versions matter: what an app may import, and the load's."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    names = {found[0] for one in groups["apps"] if (found := NAME.match(one))}
    return sorted(names | {*BESIDES})


def _cpu() -> str:
    lines = (_read("/proc/cpuinfo") or "").split("\n")
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _read(path: str) -> str | None:
    file = Path(path)
    return file.read_text().strip() if file.exists() else None
