"""Cleans up after bench.py, however it ended: `kill -9` included.

It reads, from a pipe that only bench.py writes to, which processes were started and which folder is temporary. When
the pipe closes it ends what is left and removes the folder. It sleeps in between, so it costs the measurement nothing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time

PATIENCE_S = 5  # between asking and forcing


def main() -> None:
    """Keep the list until the pipe closes, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}  # process group -> the signal that ends it
    folders: list[str] = []
    for line in sys.stdin:
        what, _, value = line.strip().partition(" ")
        if what == "started":
            group, end = value.split()
            groups[int(group)] = int(end)
        elif what == "ended":
            groups.pop(int(value), None)
        elif what == "folder":
            folders.append(value)
    for group, end in reversed(groups.items()):
        _signal(group, end)
    deadline = time.monotonic() + PATIENCE_S
    while any(_signal(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        _signal(group, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _signal(group: int, number: int) -> bool:
    """Signal a process group; say whether there was one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
