"""Ends processes with all that they started; as a program, cleans up however bench.py ends.

As a program it reads from a pipe, which only bench.py writes to, which processes were started,
which folder is temporary, and which commands clean up elsewhere. When the pipe closes it ends what
is left, removes the folder and runs the commands: after `kill -9` of bench.py as well. It sleeps in
between, so it costs a measurement nothing.
It imports the standard library alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ASKED_S = 5.0  # between asking a process to end and killing it
CHILDREN_S = 1.0  # the same, for what it started and left behind
EVERY_S = 0.02
COMMAND_S = 60.0  # for a command that cleans up
PROC = Path("/proc")
ENDED = "ZX"  # states of processes that have ended and that nobody has waited for
IPC_RMID = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A process group that was started at `since`, seconds of the wall clock since 1970.

    `leader` is the process that was started, and `ends_on` the signal that ends it.
    """

    leader: int
    ends_on: int
    since: int

    def ask(self) -> None:
        """Ask the leader to end."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.leader, self.ends_on)

    def end(self) -> None:
        """End whatever the leader, which has ended, has left behind.

        Python's resource tracker ignores the first signal. It removes what the others shared,
        such as semaphores, when the last of them has ended, and then it ends by itself.
        """
        if self.signal(signal.SIGTERM):
            wait_until(lambda: not self.members, CHILDREN_S)
            self.signal(signal.SIGKILL)
        self._remove_segments()

    def signal(self, number: int) -> bool:
        """Signal all of the group; return whether there was one."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.leader, number)
            return True
        return False

    @property
    def members(self) -> list[int]:
        """The processes of the group that run; where the system does not list them, the leader."""
        if not self.signal(0):
            return []
        if not PROC.is_dir():
            return [self.leader]
        found = ((int(folder.name), _state_and_group(folder)) for folder in PROC.glob("[0-9]*"))
        return [pid for pid, (state, group) in found if group == self.leader and state not in ENDED]

    def _remove_segments(self) -> None:
        """Remove the System V shared memory of the leader, which PostgreSQL's kill -9 leaves."""
        table = PROC / "sysvipc" / "shm"
        if not table.exists():
            return
        names, *rows = (line.split() for line in table.read_text().splitlines())
        for row in rows:
            segment = dict(zip(names, map(int, row), strict=False))
            if segment["cpid"] == self.leader and segment["ctime"] >= self.since:
                ctypes.CDLL(None).shmctl(segment["shmid"], IPC_RMID, None)


def _state_and_group(folder: Path) -> tuple[str, int]:
    """Read the state and the group of a process from its folder in /proc."""
    try:
        state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:  # it has ended meanwhile
        return "X", 0
    return state, int(group)


def wait_until(ready: Callable[[], bool], seconds: float, every_s: float = EVERY_S) -> bool:
    """Ask again and again; return whether it became so within so many seconds."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every_s)
    return True


class Left:
    """What would be left if bench.py ended now."""

    def __init__(self) -> None:
        self.groups: dict[int, Group] = {}
        self.folders: list[str] = []
        self.commands: list[str] = []

    def note(self, line: str) -> None:
        """Read a line of the pipe."""
        what, _, value = line.strip().partition(" ")
        match what:
            case "started":
                group = Group(*map(int, value.split()))
                self.groups[group.leader] = group
            case "ended":
                self.groups.pop(int(value), None)
            case "folder":
                self.folders.append(value)
            case "command":
                self.commands.append(value)
            case "done":
                self.commands.remove(value)

    def clean_up(self) -> None:
        """End the processes, last started first; remove the folders; run the commands."""
        groups = list(reversed(self.groups.values()))
        for group in groups:
            group.ask()
        wait_until(lambda: not any(group.leader in group.members for group in groups), ASKED_S)
        for group in groups:
            group.end()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        for command in self.commands:
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                words = json.loads(command)
                subprocess.run(words, cwd="/", capture_output=True, timeout=COMMAND_S, check=False)


def main() -> None:
    """Keep the list until the pipe closes, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    left = Left()
    for line in sys.stdin:
        left.note(line)
    left.clean_up()


if __name__ == "__main__":
    main()
