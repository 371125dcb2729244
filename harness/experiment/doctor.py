"""What would spoil a measurement on this machine, and how to mend it."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from harness.judge.guards import FOREIGN
from harness.load.locust import ALONE
from harness.model.errors import BenchError
from harness.places.engine import engine
from harness.services import mongo, nginx, postgres, redis
from harness.system import cores, machine
from harness.system.ports import free_port

LOOK_S = 2.0
PATIENCE_S = 2  # with a database that was given by URL
MUCH = FOREIGN / 3  # of the machine, used by others: quiet below, and void from three times that on
FILES = 4096  # two thousand connections on either side, and some
PORTS = 10_000  # four for each of two thousand connections, since one that is closed keeps its port for a minute
BACKLOG = 2048  # what the servers ask for, so that no connection is refused under overload
SYSTEM = Path("/sys/devices/system/cpu")


def findings(results: Path) -> Iterator[str]:
    """Look around, one line for each thing looked at, and a second where something can be mended."""
    yield from _cores()
    yield from _frequency()
    yield from _others()
    yield from _limits()
    yield from _ports()
    yield from _room(results)
    for name, provider in {
        "PostgreSQL": postgres.provider,
        "Redis": redis.provider,
        "MongoDB": mongo.provider,
        "NGINX": nginx.provider,
    }.items():
        try:
            yield _line(name, provider(PATIENCE_S), ok=True)
        except BenchError as error:
            yield _line(name, str(error), ok=False, remedy=error.hint)
    try:
        found = engine()
        fact = (
            f"engine {found.version} with compose {found.compose} answers at {found.endpoint}: runs are in containers"
            if found
            else ""
        )
        yield _line("Docker", fact or "no engine answers: runs are in processes", ok=True)
    except BenchError as error:
        yield _line("Docker", str(error), ok=False, remedy=error.hint)


def _cores() -> Iterator[str]:
    count, split = len(cores.AVAILABLE), cores.split(1)
    yield _line(
        "cores",
        f"{count} logical processors",
        ok=count > 1,
        remedy="use two or more: server and load disturb each other",
    )
    pinned = (
        f"the server runs on {list(split.server)}, load and services on {list(split.rest)}"
        if cores.CAN_PIN
        else "this platform cannot pin processes"
    )
    yield _line(
        "pinning", pinned, ok=cores.CAN_PIN, remedy="measure on Linux for narrower intervals"
    )
    quota, _, period = (_read("/sys/fs/cgroup/cpu.max") or "").partition(" ")
    if quota.isdigit():
        allowed = int(quota) / int(period)
        yield _line(
            "quota",
            f"this container may use {allowed:g} of them",
            ok=allowed >= count,
            remedy="give it whole processors: --cpuset-cpus, not --cpus",
        )


def _frequency() -> Iterator[str]:
    governors = {
        governor
        for core in cores.AVAILABLE
        if (governor := _read(SYSTEM / f"cpu{core}" / "cpufreq" / "scaling_governor"))
    }
    yield _line(
        "governor",
        ", ".join(sorted(governors)),
        ok=governors == {"performance"},
        remedy="sudo cpupower frequency-set -g performance",
    )
    no_turbo, boost = SYSTEM / "intel_pstate" / "no_turbo", SYSTEM / "cpufreq" / "boost"
    switch, on = (no_turbo, "0") if no_turbo.exists() else (boost, "1")
    found = _read(switch)
    fact = {None: "", on: "on: the frequency falls as the machine warms up"}.get(found, "off")
    yield _line("turbo", fact, ok=found != on, remedy=f"echo {1 - int(on)} | sudo tee {switch}")


def _others() -> Iterator[str]:
    busy_s, ours_s, stolen_s, each_s = machine.busy_s(), machine.family_s(), _stolen_s(), _each_s()
    time.sleep(LOOK_S)
    machine_s = LOOK_S * len(cores.AVAILABLE)
    foreign = max(0.0, machine.busy_s() - busy_s - (machine.family_s() - ours_s)) / machine_s
    spent = {
        process: used_s - each_s.get(process, 0.0)
        for process, used_s in _each_s().items()
        if process[0] != os.getpid()
    }
    (pid, name), most_s = max(spent.items(), key=lambda item: item[1], default=((0, ""), 0.0))
    busiest = f", most of all {name}, process {pid}" if most_s else ""
    fact = f"{foreign:.1%} of the machine just now; the load average is {os.getloadavg()[0]:.1f}"
    yield _line("other work", fact, ok=foreign <= MUCH, remedy=f"end it while you measure{busiest}")
    after_s = _stolen_s()
    stolen = None if stolen_s is None or after_s is None else (after_s - stolen_s) / machine_s
    fact = "" if stolen is None else f"the hypervisor takes {stolen:.1%} of the machine"
    yield _line(
        "steal", fact, ok=(stolen or 0) <= MUCH, remedy="use a machine with processors of its own"
    )


def _limits() -> Iterator[str]:
    soft, hard = (
        10**9 if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    raised = f"ulimit -n {FILES}" + ("" if hard >= FILES else ", as root: the hard limit is lower")
    yield _line(
        "open files",
        f"{soft} allowed, and {hard} at most" if hard < 10**9 else f"{soft} allowed",
        ok=soft >= FILES,
        remedy=raised,
    )


def _ports() -> Iterator[str]:
    first, _, last = (_read("/proc/sys/net/ipv4/ip_local_port_range") or "").partition("\t")
    count = int(last) - int(first) + 1 if last else 0
    counts = (_read("/proc/net/sockstat") or "").split()
    lingering = int(counts[counts.index("tw") + 1]) if "tw" in counts else 0
    yield _line(
        "ports",
        f"{count} for outgoing connections, {lingering} of them taken by connections that were closed (TIME_WAIT)"
        if count
        else "",
        ok=count - lingering >= PORTS,
        remedy="wait a minute"
        if count >= PORTS
        else "sudo sysctl -w net.ipv4.ip_local_port_range='32768 60999'",
    )
    backlog = _read("/proc/sys/net/core/somaxconn")
    fact = f"{backlog} connections may wait to be accepted (somaxconn)" if backlog else ""
    yield _line(
        "backlog",
        fact,
        ok=int(backlog or 0) >= BACKLOG,
        remedy=f"sudo sysctl -w net.core.somaxconn={BACKLOG}",
    )
    try:
        free_port(ALONE.port)
    except BenchError as error:
        yield _line(
            "Locust",
            f"{error}",
            ok=False,
            remedy="end what listens there, if workers on other machines are to join; else it does not matter",
        )
    else:
        yield _line(
            "Locust",
            f"port {ALONE.port}, where its workers on other machines join, is free",
            ok=True,
        )


def _room(results: Path) -> Iterator[str]:
    memory = psutil.virtual_memory().available / 2**30
    yield _line("memory", f"{memory:.1f} GiB free", ok=memory >= 1, remedy="free a GiB")
    folder = results if results.exists() else results.parent
    disk = shutil.disk_usage(folder).free / 2**30
    yield _line("disk", f"{disk:.0f} GiB free", ok=disk >= 1, remedy="free a GiB")
    yield _line(
        "results",
        f"they go to {results}",
        ok=os.access(folder, os.W_OK),
        remedy="choose another folder with --results",
    )


def _line(topic: str, fact: str, *, ok: bool, remedy: str = "") -> str:
    """Write what was found; no fact means that the platform does not show it."""
    if not fact:
        return f"? {topic}: not known, this machine does not show it"
    return f"✓ {topic}: {fact}" if ok else f"✗ {topic}: {fact}\n    {remedy}"


def _each_s() -> dict[tuple[int, str], float]:
    """Read the CPU seconds of every process that lets us, by its id and name."""
    found = {}
    for process in psutil.process_iter(["name", "cpu_times"]):
        if times := process.info["cpu_times"]:
            found[process.pid, str(process.info["name"])] = times.user + times.system
    return found


def _stolen_s() -> float | None:
    stolen = getattr(psutil.cpu_times(), "steal", None)
    return None if stolen is None else float(stolen)


def _read(path: Path | str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
