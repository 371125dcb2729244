"""What held the loop: seen, not declared.

A heartbeat of the loop says how long it stood still. To name the line takes a thread that looks at
the loop's stack, so that is done in the evidence pass only, which is never judged.
"""

from __future__ import annotations

import asyncio
import linecache
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from harness.agent.own_code import OwnCode

BEAT_S = 0.005  # how often the loop must turn: a few microseconds each time
HELD_S = 0.005  # beyond that it stood still: about as long as the interpreter lets one thread run
WATCH_S = 0.002  # between two looks at the loop's stack, on average
# A look that comes later than this had to wait for the interpreter: somebody was computing.
ON_TIME_S = 0.0005
SWITCH_S = 0.0005  # for which a thread may compute before a look interrupts it
SUSPENDED = 0x80 | 0x100 | 0x200  # flags of the code of coroutines and asynchronous generators
MOST = 0.5  # of the looks at a line, for a function to be what was at work below it
FEW = 0.05  # of all looks: what was seen less often is not named

Line = tuple[str, int]  # a file, and the number of its line


class Heartbeat:
    """Turns with the loop, and adds up for how long it stood still."""

    def __init__(self, watchdog: Watchdog | None = None) -> None:
        self.watchdog = watchdog
        self.resume()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to beat in this loop, which is this thread's."""
        self._loop = loop
        if self.watchdog is not None:
            self.watchdog.begin()
        self._next()

    def resume(self) -> None:
        """Begin anew: the whole process was stopped until now, which no part of it held."""
        self.stood_still_s = self.longest_s = 0.0
        self._due_s = time.monotonic()

    @property
    def late_s(self) -> float:
        """For how long the loop should have turned by now, and has not."""
        return max(0.0, time.monotonic() - self._due_s)

    def _beat(self) -> None:
        if (late_s := self.late_s) > HELD_S:
            self.stood_still_s += late_s
            self.longest_s = max(self.longest_s, late_s)
        self._next()

    def _next(self) -> None:
        self._due_s = time.monotonic() + BEAT_S
        self._loop.call_later(BEAT_S, self._beat)

    def watch(self) -> None:
        """Find out from now on what holds the loop."""
        self.longest_s = 0.0
        if self.watchdog is not None:
            self.watchdog.watch()

    def findings(self) -> dict[str, Any]:
        """Return what held the loop since then, and watch no more."""
        found = {} if self.watchdog is None else self.watchdog.findings()
        return {**found, "longest_s": max(self.longest_s, self.late_s)}


@dataclass(frozen=True, slots=True)
class _Held:
    """What a held loop was at: the innermost line of the app's own, and the functions below it.

    Where none of it is the app's own, all functions, outermost first.
    """

    line: Line | None
    functions: tuple[CodeType, ...]


class Watchdog(threading.Thread):
    """Looks at the stack of the loop's thread again and again, however short it is held.

    Looks at random times see a loop that waits outside of its poll for as large a share of them as
    it does so of the time. One that computes keeps the interpreter, so looks come late; its own CPU
    time says how long that was.
    """

    def __init__(self, own: OwnCode) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._own = own
        self._watching = threading.Event()
        self._found: Counter[_Held] = Counter()
        self._rng = random.Random()  # noqa: S311  no secret, and not the one that the app may seed

    def begin(self) -> None:
        """Watch this thread, which is the loop's, when it is time to."""
        self._watched = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._watched)
        self._resting = _below_coroutines(sys._getframe())  # noqa: SLF001  no other way to a stack
        self.start()

    def watch(self) -> None:
        """Begin anew."""
        self._found.clear()
        self._looks = self._on_time = self._waiting = 0
        self._own_cpu_s = 0.0
        self._since_s, self._cpu_s = time.monotonic(), time.clock_gettime(self._clock)
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        self._watching.set()

    def run(self) -> None:
        """Look, whenever it is wanted."""
        while self._watching.wait():
            began_s = time.thread_time()
            pause_s = WATCH_S * self._rng.uniform(0.5, 1.5)  # in no rhythm with the requests
            due_s = time.monotonic() + pause_s
            time.sleep(pause_s)
            self._look(on_time=time.monotonic() - due_s < ON_TIME_S)
            self._own_cpu_s += time.thread_time() - began_s

    def findings(self) -> dict[str, Any]:
        """Return what was found, and look no more.

        `share` is the part of the time in which the loop was held, `computing` that in which it
        computed; `line`, `code` and `library` are what it was at most, and `own_cpu_s` are the CPU
        seconds that the looking cost.
        """
        self._watching.clear()
        sys.setswitchinterval(self._switch_s)
        elapsed_s = time.monotonic() - self._since_s
        computing = min(1.0, (time.clock_gettime(self._clock) - self._cpu_s) / elapsed_s)
        waiting = self._waiting / max(1, self._on_time)
        return {
            "share": computing + (1 - computing) * waiting,
            "computing": computing,
            "own_cpu_s": self._own_cpu_s,
            **self._most_held(),
        }

    def _most_held(self) -> dict[str, str | None]:
        lines: Counter[Line | None] = Counter()
        for held, times in self._found.items():
            lines[held.line] += times
        line = max(lines, key=lines.__getitem__, default=None)
        if not lines or lines[line] < FEW * self._looks:
            return {"line": None, "code": None, "library": None}
        library = self._deepest({h: n for h, n in self._found.items() if h.line == line})
        if line is None:
            return {"line": None, "code": None, "library": library}
        file, number = line
        shown = f"{os.path.basename(file)}:{number}"  # noqa: PTH119  as short as it is
        return {"line": shown, "code": linecache.getline(file, number).strip(), "library": library}

    def _deepest(self, found: dict[_Held, int]) -> str | None:
        """Return the innermost function that most looks saw, with its file."""
        seen: Counter[CodeType] = Counter()
        depth: dict[CodeType, int] = {}
        for held, times in found.items():
            for place, code in enumerate(dict.fromkeys(held.functions)):
                seen[code] += times
                depth[code] = max(place, depth.get(code, 0))
        often = [code for code in seen if seen[code] >= MOST * sum(found.values())]
        if not often:
            return None
        code = max(often, key=depth.__getitem__)
        return f"{code.co_qualname} in {self._own.shown(code.co_filename)}"

    def _look(self, *, on_time: bool) -> None:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001  no other way to a stack
        if frame is None or not self._watching.is_set():
            return
        self._looks += 1
        held = not self._polls(frame.f_code)
        if on_time:
            self._on_time += 1
            self._waiting += held
        if held and (what := self._at(frame)):
            self._found[what] += 1

    def _polls(self, code: CodeType) -> bool:
        """Return whether a loop whose innermost frame this is waits for something to happen."""
        asyncios = code.co_name == "select" and code.co_filename.endswith("selectors.py")
        return code is self._resting or asyncios

    def _at(self, frame: FrameType) -> _Held | None:
        """Return what the loop is at; None where it is the agent itself."""
        below: list[CodeType] = []
        for one in _frames(frame):
            code = one.f_code
            if code is self._resting:
                break
            if self._own.holds(code.co_filename):
                return _Held((code.co_filename, one.f_lineno), tuple(reversed(below)))
            if not self._own.is_agent(code.co_filename):
                below.append(code)
        return _Held(None, tuple(reversed(below))) if below else None


def _below_coroutines(frame: FrameType) -> CodeType | None:
    """Return the code that runs the coroutines of this stack: the loop's own, or its caller's."""
    inside = False
    for one in _frames(frame):
        suspended = bool(one.f_code.co_flags & SUSPENDED)
        if inside and not suspended:
            return one.f_code
        inside = inside or suspended
    return None


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of a stack, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back
