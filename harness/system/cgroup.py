"""What a container uses, by its control group, version 1 or 2; nothing where it has ended."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def cpu_s(pid: int) -> float:
    """Read the CPU seconds of everything in the group that this process belongs to."""
    try:
        if folder := _folder(pid, "cpuacct"):
            return int((folder / "cpuacct.usage").read_text()) / 1e9
        return _numbers(_unified(pid) / "cpu.stat")["usage_usec"] / 1e6
    except OSError:
        return 0.0


def memory_bytes(pid: int) -> int:
    """Read the memory in use there, without page cache that could be given back."""
    try:
        if folder := _folder(pid, "memory"):
            return _numbers(folder / "memory.stat")["total_rss"]
        return (
            int((_unified(pid) / "memory.current").read_text())
            - _numbers(_unified(pid) / "memory.stat")["inactive_file"]
        )
    except OSError:
        return 0


def _folder(pid: int, controller: str) -> Path | None:
    """Find the group's folder for one controller of version 1; None where version 2 has it."""
    path = next((path for _, names, path in _groups(pid) if controller in names.split(",")), None)
    mount = next(
        (
            place
            for place, kind, options in _mounts()
            if kind == "cgroup" and controller in options.split(",")
        ),
        None,
    )
    return Path(mount + path) if path and mount else None


def _unified(pid: int) -> Path:
    """Find the group's folder of version 2; raises FileNotFoundError where there is none."""
    path = next((path for number, _, path in _groups(pid) if number == "0"), None)
    mount = next((place for place, kind, _ in _mounts() if kind == "cgroup2"), None)
    if not path or not mount:
        raise FileNotFoundError(f"process {pid} has no control group")
    return Path(mount + path)


def _groups(pid: int) -> list[list[str]]:
    return [line.split(":", 2) for line in (PROC / str(pid) / "cgroup").read_text().splitlines()]


def _mounts() -> list[list[str]]:
    return [line.split()[1:4] for line in (PROC / "mounts").read_text().splitlines()]


def _numbers(file: Path) -> dict[str, int]:
    return {
        name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())
    }
