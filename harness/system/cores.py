"""Who runs on which processor: the server on its own, load and services on the others, where the platform can."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.judge.caveats import Caveat

CAN_PIN = sys.platform == "linux"
AVAILABLE = (
    tuple(sorted(os.sched_getaffinity(0))) if CAN_PIN else tuple(range(os.cpu_count() or 1))
)  # before we pin ourselves


@dataclass(frozen=True, slots=True)
class Cores:
    """Logical processors for the server and for everything else; both empty where the platform cannot pin."""

    server: tuple[int, ...]
    rest: tuple[int, ...]

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What this split leaves in doubt."""
        if not CAN_PIN:
            return (Caveat.UNPINNED,)
        if self.server == self.rest:
            return (Caveat.ONE_CORE,)
        return (Caveat.CO_LOCATED,) if len(self.rest) == 1 else ()


def split(wanted: int) -> Cores:
    """Give the server up to `wanted` physical processors, and the rest to the others: at least one, where there are two."""
    if not CAN_PIN:
        return Cores((), ())
    physical = _physical(AVAILABLE)
    if len(physical) == 1:
        return Cores(tuple(physical[0]), tuple(physical[0]))
    mine = min(
        wanted, max(1, len(physical) - 2)
    )  # two for load and services, as soon as there are three
    return Cores(
        tuple(siblings[0] for siblings in physical[-mine:]),
        tuple(core for siblings in physical[:-mine] for core in siblings),
    )


def pin(pid: int, cores: Sequence[int]) -> None:
    """Keep a process, and what it starts from now on, on these processors; none means anywhere."""
    if cores and CAN_PIN:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores)


def _physical(logical: Sequence[int]) -> list[list[int]]:
    """Group logical processors that share a physical one."""
    groups: dict[str, list[int]] = {}
    for core in logical:
        siblings = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
        groups.setdefault(siblings.read_text() if siblings.exists() else str(core), []).append(core)
    return list(groups.values())
