"""What a container uses, read from its control group, of version 1 or 2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """The control group that a process belongs to; it uses nothing after that has ended."""

    pid: int
    proc: Path = Path("/proc")

    def cpu_s(self) -> float:
        """Return the CPU seconds of everything in the group."""
        try:
            if folder := self._folder("cpuacct"):
                return int((folder / "cpuacct.usage").read_text()) / 1e9
            return _numbers(self._unified() / "cpu.stat")["usage_usec"] / 1e6
        except OSError:
            return 0.0

    def memory_bytes(self) -> int:
        """Return the memory in use there, without page cache that could be given back."""
        try:
            if folder := self._folder("memory"):
                return _numbers(folder / "memory.stat")["total_rss"]
            unified = self._unified()
            used = int((unified / "memory.current").read_text())
            return used - _numbers(unified / "memory.stat")["inactive_file"]
        except OSError:
            return 0

    def _folder(self, controller: str) -> Path | None:
        """Return the folder for a controller of version 1; None where version 2 has it."""
        path = next((path for _, names, path in self._groups() if controller in _set(names)), None)
        mounts = (one for one in self._mounts() if one[1] == "cgroup")
        mount = next((place for place, _, options in mounts if controller in _set(options)), None)
        return Path(mount + path) if path and mount else None

    def _unified(self) -> Path:
        """Return the folder of version 2; raises FileNotFoundError where there is none."""
        path = next((path for number, _, path in self._groups() if number == "0"), None)
        mount = next((place for place, kind, _ in self._mounts() if kind == "cgroup2"), None)
        if not path or not mount:
            raise FileNotFoundError(f"process {self.pid} has no control group")
        return Path(mount + path)

    def _groups(self) -> list[list[str]]:
        lines = (self.proc / str(self.pid) / "cgroup").read_text().splitlines()
        return [line.split(":", 2) for line in lines]

    def _mounts(self) -> list[list[str]]:
        lines = (self.proc / "mounts").read_text().splitlines()
        return [line.split()[1:4] for line in lines]


def _set(text: str) -> set[str]:
    return set(text.split(","))


def _numbers(file: Path) -> dict[str, int]:
    pairs = (line.split() for line in file.read_text().splitlines())
    return {name: int(value) for name, value in pairs}
