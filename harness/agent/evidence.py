"""Where a handler ran, and which line held the loop: seen, not declared. A heartbeat of the loop is the clock of both.

Naming the line takes a thread that looks at the loop's stack, so that is done in the pilot only, which is never judged.
"""

from __future__ import annotations

import asyncio
import linecache
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

BEAT_S, QUICK_BEAT_S = (
    0.005,
    0.001,
)  # how often the loop must turn, and how often while the pilot looks for lines: a few microseconds each time
HELD_S = 0.005  # beyond that, it stood still: about as long as the interpreter lets one thread run
LOOK_S = 0.002  # how often the watchdog looks at a loop that stands still
HANDS_ON = (
    "anyio/_backends/_asyncio.py",
    "concurrent/futures/thread.py",
)  # the two ways by which work gets to a thread


class Heartbeat:
    """Turns with the loop, and adds up for how long it stood still."""

    def __init__(self, watchdog: Watchdog | None = None) -> None:
        self.stood_still_s = 0.0
        self.longest_s = 0.0
        self._due_s = time.monotonic()
        self.watchdog = watchdog
        self._every_s = BEAT_S if watchdog is None else QUICK_BEAT_S

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to beat in this loop, which is this thread's."""
        self._loop = loop
        if self.watchdog is not None:
            self.watchdog.begin(self)
        self._next()

    @property
    def late_s(self) -> float:
        """For how long the loop should have turned by now, and has not."""
        return max(0.0, time.monotonic() - self._due_s)

    def _beat(self) -> None:
        if (late_s := self.late_s) > HELD_S:
            self.stood_still_s += late_s
            self.longest_s = max(self.longest_s, late_s)
            if self.watchdog is not None:
                self.watchdog.blame(late_s)
        self._next()

    def _next(self) -> None:
        self._due_s = time.monotonic() + self._every_s
        self._loop.call_later(self._every_s, self._beat)


class Watchdog(threading.Thread):
    """Looks at what the loop's thread is doing whenever it stands still, and names the line of the app's own code."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._folder = str(folder)
        self._suspect: tuple[str, int] | None = None
        self.clear()

    def begin(self, heartbeat: Heartbeat) -> None:
        """Watch this thread from now on."""
        self._heartbeat, self._watched = heartbeat, threading.get_ident()
        self.start()

    def clear(self) -> None:
        """Forget what was found."""
        self._held_s: dict[tuple[str, int], float] = {}  # file and line -> seconds
        self._longest_s: dict[tuple[str, int], float] = {}
        self._since_s = time.monotonic()

    def run(self) -> None:
        """Look again and again."""
        while True:
            time.sleep(LOOK_S)
            if self._heartbeat.late_s > LOOK_S:
                self._suspect = (
                    self._line(sys._current_frames().get(self._watched)) or self._suspect
                )  # noqa: SLF001  there is no other way to another thread's stack

    def blame(self, late_s: float) -> None:
        """Put a standstill that has just ended on the line last seen; it is the interpreter's own where none was."""
        if (line := self._suspect) is not None:
            self._held_s[line] = late_s + self._held_s.get(line, 0.0)
            self._longest_s[line] = max(late_s, self._longest_s.get(line, 0.0))
        self._suspect = None

    def findings(self) -> dict[str, Any]:
        """Tell for which share of the time lines of the app held the loop, and which of them most."""
        elapsed_s = time.monotonic() - self._since_s
        share = min(
            1.0, sum(self._held_s.values()) / elapsed_s
        )  # a standstill may have begun before we looked
        if not self._held_s:
            return {"share": 0.0, "longest_s": 0.0, "line": None, "code": None}
        file, number = max(self._held_s, key=self._held_s.__getitem__)
        code = linecache.getline(file, number).strip()
        return {
            "share": share,
            "longest_s": max(self._longest_s.values()),
            "line": f"{Path(file).name}:{number}",
            "code": code,
        }

    def _line(self, frame: FrameType | None) -> tuple[str, int] | None:
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._folder):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None


class Whereabouts:
    """Which functions ran in which thread, by the interpreter's own account; and whether other processes worked meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._off = False
        self._seen: set[tuple[bool, bool, str]] = (
            set()
        )  # in a thread, of the app's own code, and what
        self._loop = 0
        threading.setprofile(self._note)  # threads that begin later

    def start(self) -> None:
        """Take this thread, which is the loop's, in as well; what came before does not count."""
        self._loop = threading.get_ident()
        sys.setprofile(self._note)
        self.clear()

    def clear(self) -> None:
        """Forget what was seen."""
        self._seen.clear()
        self._cpu_s, self._children_s = self._spent()

    def findings(self) -> dict[str, Any]:
        """Tell where the work ran since the last clearing, and look no more."""
        self._off = True
        cpu_s, children_s = (
            now - before
            for now, before in zip(self._spent(), (self._cpu_s, self._children_s), strict=True)
        )
        seen = sorted(self._seen, reverse=True)
        ran_on = (
            "process"
            if children_s > cpu_s
            else "thread"
            if any(threaded for threaded, _, _ in seen)
            else "loop"
        )
        there = [one for one in seen if one[0] == (ran_on == "thread")]
        return {"ran_on": ran_on, "what": next((what for _, _, what in there), None)}

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if self._off:
            sys.setprofile(None)
        elif event == "call":
            code, threaded = frame.f_code, threading.get_ident() != self._loop
            ours = code.co_filename.startswith(self._folder)
            if ours or (
                threaded
                and frame.f_back is not None
                and frame.f_back.f_code.co_filename.endswith(HANDS_ON)
                and self._handed_on(code.co_filename)
            ):
                by = (
                    f", by {threading.current_thread().name.rstrip('_0123456789')}"
                    if threaded
                    else ""
                )
                self._seen.add(
                    (threaded, ours, f"{code.co_name} in {Path(code.co_filename).name}{by}")
                )

    def _handed_on(self, file: str) -> bool:
        """Tell work that was handed to a thread from what the thread does for itself."""
        return (
            not file.endswith((*HANDS_ON, "threading.py", "queue.py", "weakref.py"))
            and "concurrent" not in file
            and "anyio" not in file
        )

    def _spent(self) -> tuple[float, float]:
        """Read the CPU seconds of this process, and of its children."""
        me = psutil.Process()
        mine, *others = [sum(one.cpu_times()[:2]) for one in (me, *me.children(recursive=True))]
        return mine, sum(others)
