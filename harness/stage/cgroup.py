"""What a container uses, by its control group, version 1 or 2."""

from __future__ import annotations

from functools import cache
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Read the CPU seconds of everything in the group that this process belongs to."""
    one, two = _group(pid, "cpuacct"), _group(pid, "")
    if one is not None:
        return int((one / "cpuacct.usage").read_text()) / 1e9
    return _stat((two or Path()) / "cpu.stat")["usage_usec"] / 1e6


def memory_bytes(pid: int) -> int:
    """Read the memory in use there, without page cache that could be given back."""
    one, two = _group(pid, "memory"), _group(pid, "")
    if one is not None:
        return _stat(one / "memory.stat")["total_rss"]
    folder = two or Path()
    return int((folder / "memory.current").read_text()) - _stat(folder / "memory.stat")["inactive_file"]


@cache
def _group(pid: int, controller: str) -> Path | None:
    """Find the folder of a process's group: of one controller in version 1, of all of them, named by no word, in version 2."""
    lines = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
    inside = next((path for _, names, path in lines if controller in names.split(",")), None)
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    kind = "cgroup" if controller else "cgroup2"
    mounted = next((mount[1] for mount in mounts if mount[2] == kind and (not controller or controller in mount[3].split(","))), None)
    return None if inside is None or mounted is None else Path(f"{mounted}{inside}")


def _stat(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}
