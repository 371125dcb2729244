"""What this process and its children use: from /proc on Linux, else as far as Python knows."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED = "01"  # a TCP state, as /proc/net/tcp writes it
PARENT, USER_TICKS, SYSTEM_TICKS = 1, 11, 12  # fields of /proc/<pid>/stat after the name


def rss_bytes() -> int:
    """Return the memory of this process; without /proc, the most that it had so far."""
    with suppress(OSError):
        pages = (PROC / "self" / "statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def open_files() -> int | None:
    """Return the number of open file descriptors; None where the platform does not show them."""
    with suppress(OSError):
        return len(os.listdir("/dev/fd"))  # noqa: PTH208  only names are wanted
    return None


def children_cpu_s() -> float:
    """Return the CPU seconds of all children; without /proc, of those that have ended."""
    if not PROC.is_dir():
        ended = os.times()
        return ended.children_user + ended.children_system
    return sum(cpu_s for pid, cpu_s in family().items() if pid != os.getpid())


def family() -> dict[int, float]:
    """Return the CPU seconds of this process and of all its children, by process id."""
    parents, cpu_s = {}, {}
    for pid, fields in _statistics():
        parents[pid] = int(fields[PARENT])
        ticks = int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])
        cpu_s[pid] = ticks / os.sysconf("SC_CLK_TCK")
    me = os.getpid()
    found = {me: cpu_s[me]} if me in cpu_s else {}
    while more := {pid for pid, parent in parents.items() if parent in found} - found.keys():
        found |= {pid: cpu_s[pid] for pid in more}
    return found


def connected_ports() -> list[int]:
    """Return the ports that the open connections of this process and its children lead to.

    None are seen without /proc.
    """
    inodes = [inode for pid in family() for inode in _sockets(pid)]
    leads_to = _connections()
    return [leads_to[inode] for inode in inodes if inode in leads_to]


def _statistics() -> Iterator[tuple[int, list[str]]]:
    """Yield every process id with its fields of /proc/<pid>/stat that follow the name."""
    for path in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(path.parent.name), path.read_text(errors="replace").rpartition(")")[2].split()


def _sockets(pid: int) -> Iterator[str]:
    """Yield the inodes of a process's sockets."""
    with suppress(OSError):  # it has ended meanwhile
        for path in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):  # this one was closed meanwhile
                kind, _, inode = str(path.readlink()).partition(":")
                if kind == "socket":
                    yield inode.strip("[]")


def _connections() -> dict[str, int]:
    """Return the remote port of every established TCP connection, by the inode of its socket."""
    found = {}
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "self" / "net" / name).read_text().splitlines()[1:]:
                fields = line.split()
                remote, state, inode = fields[2], fields[3], fields[9]
                if state == ESTABLISHED:
                    found[inode] = int(remote.rpartition(":")[2], 16)
    return found
