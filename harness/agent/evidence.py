"""Where a handler ran, and which line held the loop: seen, not declared.

A heartbeat of the loop is the clock of both. To name the line takes a thread that looks at the
loop's stack, so that is done in the pilot only, which is never judged.
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

from harness.agent import process
from harness.agent.own_code import OwnCode

# How often the loop must turn, and how often while the pilot looks for lines: a few microseconds
# each time.
BEAT_S, QUICK_BEAT_S = 0.005, 0.001
HELD_S = 0.005  # beyond that it stood still: about as long as the interpreter lets one thread run
WATCH_S = 0.002  # how often the watchdog looks at a loop that stands still
# The modules by which work gets to a thread.
HANDS_ON = {"anyio._backends._asyncio", "concurrent.futures.thread"}
# Those whose functions a thread runs for itself.
OF_THREADS = {"anyio", "concurrent", "threading", "queue", "weakref"}


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
    """Looks at the loop's thread whenever it stands still, and names the line of the app's own."""

    def __init__(self, own: OwnCode) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._own = own
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
            time.sleep(WATCH_S)
            if self._heartbeat.late_s > WATCH_S:
                frames = sys._current_frames()  # noqa: SLF001  no other way to another's stack
                frame = frames.get(self._watched)
                self._suspect = self._line(frame) or self._suspect

    def blame(self, late_s: float) -> None:
        """Put a standstill that has just ended on the line last seen.

        Where none was seen, it was the interpreter's own.
        """
        if (line := self._suspect) is not None:
            self._held_s[line] = late_s + self._held_s.get(line, 0.0)
            self._longest_s[line] = max(late_s, self._longest_s.get(line, 0.0))
        self._suspect = None

    def findings(self) -> dict[str, Any]:
        """Return for which share of the time lines of the app held the loop, and the worst one."""
        if not self._held_s:
            return {"share": 0.0, "longest_s": 0.0, "line": None, "code": None}
        elapsed_s = time.monotonic() - self._since_s
        file, number = max(self._held_s, key=self._held_s.__getitem__)
        return {
            # At most 1, because a standstill may have begun before that time.
            "share": min(1.0, sum(self._held_s.values()) / elapsed_s),
            "longest_s": max(self._longest_s.values()),
            "line": f"{Path(file).name}:{number}",
            "code": linecache.getline(file, number).strip(),
        }

    def _line(self, frame: FrameType | None) -> tuple[str, int] | None:
        while frame is not None:
            if self._own.holds(frame.f_code.co_filename):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None


class ThreadTracer:
    """Which functions ran in which thread, by the interpreter's own account.

    And whether other processes worked meanwhile.
    """

    def __init__(self, own: OwnCode) -> None:
        self._own = own
        self._off = False
        # Whether in a thread, whether of the app's own code, what, and where it is written.
        self._seen: set[tuple[bool, bool, str, str]] = set()
        self._known: set[tuple[int, int, int]] = set()  # calls that were looked at already
        self._loop = 0
        threading.setprofile(self._note)  # threads that begin later

    def start(self) -> None:
        """Trace this thread too, which is the loop's; what came before does not count."""
        self._loop = threading.get_ident()
        sys.setprofile(self._note)
        self.clear()

    def clear(self) -> None:
        """Forget what was seen."""
        self._seen.clear()
        self._known.clear()
        self._cpu_s, self._children_s = time.process_time(), process.children_cpu_s()

    def findings(self) -> dict[str, Any]:
        """Return where the work ran since the last clearing, and trace no more."""
        self._off = True
        cpu_s = time.process_time() - self._cpu_s
        children_s = process.children_cpu_s() - self._children_s
        seen = sorted(self._seen, reverse=True)
        in_thread = any(threaded for threaded, *_ in seen)
        ran_on = "process" if children_s > cpu_s else "thread" if in_thread else "loop"
        there = [one for one in seen if one[0] == (ran_on == "thread")]
        *_, what, at = there[0] if there else (None, None)
        return {"ran_on": ran_on, "what": what, "at": at}

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if self._off:
            sys.setprofile(None)
        elif event == "call":
            caller, thread = frame.f_back, threading.get_ident()
            call = id(frame.f_code), id(caller and caller.f_code), thread
            if call not in self._known:  # a generator is called again for every item
                self._known.add(call)
                self._look_at(frame, threaded=thread != self._loop)

    def _look_at(self, frame: FrameType, *, threaded: bool) -> None:
        code = frame.f_code
        own = self._own.holds(code.co_filename)
        if own or (threaded and _handed_on(frame)):
            thread = threading.current_thread().name.rstrip("-_0123456789")
            by = f", by {thread}" if threaded else ""
            what = f"{code.co_name} in {Path(code.co_filename).name}{by}"
            at = f"{self._own.shown(code.co_filename)}:{code.co_firstlineno}"
            self._seen.add((threaded, own, what, at))


def _handed_on(frame: FrameType) -> bool:
    """Return whether a call is work that was handed to a thread, and not the thread's own."""
    return (
        frame.f_back is not None
        and frame.f_back.f_globals.get("__name__") in HANDS_ON
        and frame.f_globals.get("__name__", "").partition(".")[0] not in OF_THREADS
    )
