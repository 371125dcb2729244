"""The conditions of a run: machine, versions, commit."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from harness.project import ROOT
from harness.system.cores import AVAILABLE

PACKAGES = (
    *(
        "fastapi",
        "starlette",
        "uvicorn",
        "uvloop",
        "httptools",
        "anyio",
        "pydantic",
        "locust",
        "gevent",
    ),
    *(
        "asyncpg",
        "psycopg2-binary",
        "psycopg",
        "psycopg-pool",
        "sqlalchemy",
        "httpx",
        "requests",
        "aiohttp",
        "redis",
        "pymongo",
        "motor",
        "aiofiles",
        "numpy",
    ),
)


def conditions() -> dict[str, Any]:
    """Describe where this runs."""
    return {
        "machine": {
            "cpu": _cpu(),
            "cores": len(AVAILABLE),
            "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
            "system": f"{platform.system()} {platform.release()}",
            "architecture": platform.machine(),
            "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            or "not shown",
        },
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES},
        },
    }


def fingerprint() -> str:
    """Name what must be equal before measurements may be put together."""
    return f"{_cpu()}, {len(AVAILABLE)} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, FastAPI {_version('fastapi')}"


def commit() -> str:
    """Name the commit that is checked out, and whether anything was changed since."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )  # noqa: S607  git is where PATH says
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def committed_at(commit: str) -> str:
    """Give the time of a commit in ISO format; now, where git does not know it."""
    command = [
        "git",
        "show",
        "--no-patch",
        "--format=%cI",
        f"{commit.removesuffix('-dirty')}^{{commit}}",
    ]
    try:
        found = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = ""
    return found or datetime.now(UTC).isoformat(timespec="seconds")


def busy_s() -> float:
    """Read how many seconds all processors together have been busy, or stolen from us, since boot."""
    times = psutil.cpu_times()
    return (
        sum(times)
        - times.idle
        - getattr(times, "iowait", 0.0)
        - getattr(times, "guest", 0.0)
        - getattr(times, "guest_nice", 0.0)
    )


def family_s() -> float:
    """Read how much of that was ours: this process, its children and theirs."""
    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _cpu() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in (_read("/proc/cpuinfo") or "").split("\n")
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _read(path: str) -> str | None:
    file = Path(path)
    return file.read_text().strip() if file.exists() else None
