"""What would spoil a measurement on this machine, and how to fix it."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.judge.guards import FOREIGN
from harness.load.driver import SINGLE
from harness.model.errors import BenchError, Unavailable
from harness.places.engine import engine
from harness.services import provide
from harness.system import cores, machine
from harness.system.ports import free_port

WATCH_S = 2.0
# Of the machine, used by others: quiet below, and from three times that on a measurement is void.
MUCH = FOREIGN / 3
FILES = 4096  # two thousand connections on either side, and some
# Four for each of two thousand connections, since one that is closed keeps its port for a minute.
PORTS = 10_000
BACKLOG = 2048  # what the servers ask for, so that no connection is refused under overload
UNLIMITED = 10**9
SYSTEM = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `fact` is empty where this machine does not show it; `remedy` counts only where it is not `ok`.
    """

    topic: str
    fact: str
    ok: bool = True
    remedy: str = ""

    def __str__(self) -> str:
        if not self.fact:
            return f"? {self.topic}: not known, this machine does not show it"
        if self.ok:
            return f"✓ {self.topic}: {self.fact}"
        return f"✗ {self.topic}: {self.fact}\n    {self.remedy}"


@dataclass(frozen=True, slots=True)
class Process:
    """A process, its CPU seconds so far, and whether it is the kernel's: without command line."""

    pid: int
    name: str
    cpu_s: float
    of_kernel: bool = False


def findings(results: Path) -> Iterator[Finding]:
    """Look at one thing after the other; it takes a few seconds."""
    yield from _cores()
    yield from _frequency()
    yield from _others()
    yield _open_files()
    yield from _ports()
    yield from _room(results)
    for title, provider in provide.providers():
        yield _found(title, provider)
    yield _found("Docker", _engine, needed=False)


def busiest(before: Iterable[Process], after: Iterable[Process]) -> str:
    """Return which process used most in between, as the remedy against other work.

    Nobody can end a thread of the kernel, so none is named.
    """
    earlier = {one.pid: one.cpu_s for one in before}
    spent = [(one.cpu_s - earlier.get(one.pid, 0.0), one) for one in after if not one.of_kernel]
    most_s, found = max(spent, key=lambda item: item[0], default=(0.0, None))
    if found is None or most_s <= 0:
        return "wait until the machine is quiet"
    return f"end it while you measure, most of all {found.name}, process {found.pid}"


def _cores() -> Iterator[Finding]:
    count, split = len(cores.AVAILABLE), cores.split(1)
    yield Finding(
        "cores",
        f"{count} logical processors",
        ok=count > 1,
        remedy="use two or more: server and load disturb each other",
    )
    pinned = f"the server runs on {list(split.server)}, load and services on {list(split.rest)}"
    yield Finding(
        "pinning",
        pinned if split.pinned else "this platform cannot pin processes",
        ok=split.pinned,
        remedy="measure on Linux for narrower intervals",
    )
    quota, _, period = (_read("/sys/fs/cgroup/cpu.max") or "").partition(" ")
    if quota.isdigit():
        allowed = int(quota) / int(period)
        yield Finding(
            "quota",
            f"this container may use {allowed:g} of them",
            ok=allowed >= count,
            remedy="give it whole processors: --cpuset-cpus, not --cpus",
        )


def _frequency() -> Iterator[Finding]:
    files = (SYSTEM / f"cpu{core}" / "cpufreq" / "scaling_governor" for core in cores.AVAILABLE)
    governors = {governor for file in files if (governor := _read(file))}
    yield Finding(
        "governor",
        ", ".join(sorted(governors)),
        ok=governors == {"performance"},
        remedy="sudo cpupower frequency-set -g performance",
    )
    no_turbo, boost = SYSTEM / "intel_pstate" / "no_turbo", SYSTEM / "cpufreq" / "boost"
    switch, on = (no_turbo, "0") if no_turbo.exists() else (boost, "1")
    found = _read(switch)
    fact = {None: "", on: "on: the frequency falls as the machine warms up"}.get(found, "off")
    remedy = f"echo {1 - int(on)} | sudo tee {switch}"
    yield Finding("turbo", fact, ok=found != on, remedy=remedy)


def _others() -> Iterator[Finding]:
    busy_s, own_s, stolen_s, before = machine.busy_s(), machine.family_s(), _stolen_s(), _each()
    time.sleep(WATCH_S)
    machine_s = WATCH_S * len(cores.AVAILABLE)
    foreign_s = machine.busy_s() - busy_s - (machine.family_s() - own_s)
    foreign = max(0.0, foreign_s) / machine_s
    yield Finding(
        "other work",
        f"{foreign:.1%} of the machine just now; the load average is {os.getloadavg()[0]:.1f}",
        ok=foreign <= MUCH,
        remedy=busiest(before, _each()),
    )
    after_s = _stolen_s()
    stolen = None if stolen_s is None or after_s is None else (after_s - stolen_s) / machine_s
    yield Finding(
        "steal",
        "" if stolen is None else f"the hypervisor takes {stolen:.1%} of the machine",
        ok=(stolen or 0) <= MUCH,
        remedy="use a machine with processors of its own",
    )


def _open_files() -> Finding:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (UNLIMITED if one == resource.RLIM_INFINITY else one for one in limits)
    as_root = "" if hard >= FILES else ", as root: the hard limit is lower"
    return Finding(
        "open files",
        f"{soft} allowed" + (f", and {hard} at most" if hard < UNLIMITED else ""),
        ok=soft >= FILES,
        remedy=f"ulimit -n {FILES}{as_root}",
    )


def _ports() -> Iterator[Finding]:
    first, _, last = (_read("/proc/sys/net/ipv4/ip_local_port_range") or "").partition("\t")
    count = int(last) - int(first) + 1 if last else 0
    counts = (_read("/proc/net/sockstat") or "").split()
    closed = int(counts[counts.index("tw") + 1]) if "tw" in counts else 0
    taken = f"{closed} of them taken by connections that were closed (TIME_WAIT)"
    widen = "sudo sysctl -w net.ipv4.ip_local_port_range='32768 60999'"
    yield Finding(
        "ports",
        f"{count} for outgoing connections, {taken}" if count else "",
        ok=count - closed >= PORTS,
        remedy="wait a minute" if count >= PORTS else widen,
    )
    backlog = _read("/proc/sys/net/core/somaxconn")
    yield Finding(
        "backlog",
        f"{backlog} connections may wait to be accepted (somaxconn)" if backlog else "",
        ok=int(backlog or 0) >= BACKLOG,
        remedy=f"sudo sysctl -w net.core.somaxconn={BACKLOG}",
    )
    remedy = "it matters only where workers on other machines join: then end what listens there"
    try:
        free_port(SINGLE.port)
    except BenchError as error:
        yield Finding("Locust", str(error), ok=False, remedy=remedy)
    else:
        free = f"port {SINGLE.port}, where its workers on other machines join, is free"
        yield Finding("Locust", free)


def _room(results: Path) -> Iterator[Finding]:
    memory = psutil.virtual_memory().available / 2**30
    yield Finding("memory", f"{memory:.1f} GiB free", ok=memory >= 1, remedy="free a GiB")
    folder = results if results.exists() else results.parent
    disk = shutil.disk_usage(folder).free / 2**30
    yield Finding("disk", f"{disk:.0f} GiB free", ok=disk >= 1, remedy="free a GiB")
    yield Finding(
        "results",
        f"they go to {results}",
        ok=os.access(folder, os.W_OK),
        remedy="choose another folder with --results",
    )


def _found(topic: str, says: Callable[[], str], *, needed: bool = True) -> Finding:
    """Return what is said, or that it is missing, with its remedy where it is `needed`."""
    try:
        return Finding(topic, says())
    except BenchError as error:
        return Finding(topic, str(error), ok=not needed, remedy=error.hint)


def _engine() -> str:
    try:
        found = engine()
    except Unavailable as error:
        raise BenchError(f"{error}: runs are in processes", hint=error.hint) from error
    return (
        f"engine {found.version} with compose {found.compose} answers at {found.endpoint}: "
        "runs are in containers"
    )


def _each() -> list[Process]:
    """Return every process that lets us read it, but this one."""
    found = []
    for process in psutil.process_iter(["name", "cpu_times", "cmdline"]):
        info = process.info
        if info["cpu_times"] is None or process.pid == os.getpid():
            continue
        cpu_s = info["cpu_times"].user + info["cpu_times"].system
        # Where the command line may not be read, it is None.
        of_kernel = info["cmdline"] == []
        found.append(Process(process.pid, str(info["name"]), cpu_s, of_kernel))
    return found


def _stolen_s() -> float | None:
    stolen = getattr(psutil.cpu_times(), "steal", None)
    return None if stolen is None else float(stolen)


def _read(path: Path | str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
