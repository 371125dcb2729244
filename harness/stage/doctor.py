"""What would spoil a measurement on this machine, and how to mend it."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from harness.errors import BenchError
from harness.stage import cores, machine, postgres

FILES = 4096  # two thousand connections on either side, and some
LOOK_S = 2.0
MUCH = 0.05  # of the machine, used by others: quiet below, doubtful from three times that on


def findings(results: Path) -> Iterator[str]:
    """Look around, one line for each thing looked at."""
    split = cores.split(1)
    yield _line(ok=len(cores.AVAILABLE) > 1, fact=f"{len(cores.AVAILABLE)} logical processors", remedy="use two or more: server and load disturb each other")
    pinned = f"the server runs on {list(split.server)}, load and services on {list(split.rest)}" if cores.CAN_PIN else "processes cannot be pinned"
    yield _line(ok=cores.CAN_PIN, fact=pinned, remedy="measure on Linux for narrower intervals")
    governor = machine.conditions()["machine"]["governor"]
    yield _line(ok=governor in {"performance", "not shown"}, fact=f"frequency governor: {governor}", remedy="cpupower frequency-set -g performance")
    busy_s, ours_s, stolen_s = machine.busy_s(), machine.family_s(), _stolen_s()
    time.sleep(LOOK_S)
    foreign = max(0.0, machine.busy_s() - busy_s - (machine.family_s() - ours_s)) / LOOK_S / len(cores.AVAILABLE)
    stolen = (_stolen_s() - stolen_s) / LOOK_S / len(cores.AVAILABLE)
    yield _line(ok=foreign <= MUCH, fact=f"other work uses {foreign:.1%} of the machine", remedy="end it while you measure")
    yield _line(ok=stolen <= MUCH, fact=f"the hypervisor takes {stolen:.1%}", remedy="use a machine with processors of its own")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield _line(ok=files >= FILES, fact=f"{files} open files allowed", remedy=f"ulimit -n {FILES}")
    memory = psutil.virtual_memory().available / 2**30
    yield _line(ok=memory >= 1, fact=f"{memory:.1f} GiB of memory free", remedy="free a GiB")
    disk = shutil.disk_usage(results if results.exists() else results.parent).free / 2**30
    yield _line(ok=disk >= 1, fact=f"{disk:.0f} GiB of disk free", remedy="free a GiB")
    writable = os.access(results if results.exists() else results.parent, os.W_OK)
    yield _line(ok=writable, fact=f"results go to {results}", remedy="choose another folder with --results")
    try:
        yield _line(ok=True, fact=f"PostgreSQL: {postgres.provider()}", remedy="")
    except BenchError as error:
        yield _line(ok=False, fact=str(error), remedy=error.hint)


def _line(*, ok: bool, fact: str, remedy: str) -> str:
    return f"✓ {fact}" if ok else f"✗ {fact}\n    {remedy}"


def _stolen_s() -> float:
    return float(getattr(psutil.cpu_times(), "steal", 0.0))
