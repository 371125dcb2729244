"""Which processors the server has for itself, and which load and services use."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CAN_PIN = sys.platform == "linux"
# Read before we pin ourselves.
AVAILABLE = tuple(sorted(os.sched_getaffinity(0)) if CAN_PIN else range(os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Cores:
    """Logical processors for the server and for everything else.

    Both are empty where the platform cannot pin a process to processors.
    """

    server: tuple[int, ...]
    rest: tuple[int, ...]

    @property
    def pinned(self) -> bool:
        """Whether processes stay on these processors."""
        return bool(self.server)


def split(wanted: int, physical: Sequence[Sequence[int]] | None = None) -> Cores:
    """Return up to `wanted` physical processors for the server, and the others for the rest.

    Load and services keep one physical processor, and two where there are three or more.
    `physical` are the logical processors of each physical one, this machine's unless given.
    """
    physical = _physical() if physical is None else physical
    if not physical:
        return Cores((), ())
    if len(physical) == 1:
        return Cores(tuple(physical[0]), tuple(physical[0]))
    count = min(wanted, max(1, len(physical) - 2))
    return Cores(
        tuple(siblings[0] for siblings in physical[-count:]),
        tuple(core for siblings in physical[:-count] for core in siblings),
    )


def pin(pid: int, cores: Sequence[int]) -> None:
    """Keep a process, and what it starts from now on, on these processors; none means anywhere."""
    if cores and CAN_PIN:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)


def pin_threads(pid: int, cores: Sequence[int]) -> None:
    """Move every thread that a process has, and those it starts from now on, to these."""
    if cores and CAN_PIN:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  only names are wanted
                pin(int(thread), cores)


def _physical() -> list[list[int]]:
    """Return the logical processors of each physical one; none where nothing can be pinned."""
    groups: dict[str, list[int]] = {}
    for core in AVAILABLE if CAN_PIN else ():
        siblings = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
        groups.setdefault(siblings.read_text() if siblings.exists() else str(core), []).append(core)
    return list(groups.values())
