"""What held the loop: seen, not declared.

A heartbeat of the loop says how long it stood still. To name the line takes a thread that looks at
the loop's stack, so that is done in the evidence pass only, which is never judged.
"""

from __future__ import annotations

import asyncio
import linecache
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
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
# Names of threads that serve requests: AnyIO's, and those of executors.
SERVING = ("AnyIO worker thread", "asyncio_", "uvloop", "ThreadPoolExecutor-")

Line = tuple[str, int]  # a file, and the number of its line


class Heartbeat:
    """Turns with the loop, and adds up for how long it stood still."""

    def __init__(self, watchdog: Watchdog | None = None) -> None:
        self.watchdog = watchdog
        self._requests = 0
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

    def watch(self, requests: int = 0) -> None:
        """Find out from now on what holds the loop; so many requests have come until now."""
        self._requests = requests
        self.longest_s = 0.0
        if self.watchdog is not None:
            self.watchdog.watch()

    def findings(self, requests: int = 0) -> dict[str, Any]:
        """Return what held the loop since then, and watch no more.

        So many requests have come until now, `requests` of them since then.
        """
        found = {} if self.watchdog is None else self.watchdog.findings()
        came = requests - self._requests
        return {**found, "longest_s": max(self.longest_s, self.late_s), "requests": came}


@dataclass(frozen=True, slots=True)
class _Held:
    """What a thread was at: the innermost line of the app's own, and the functions below it.

    Where none of it is the app's own, all functions, outermost first.
    """

    line: Line | None
    functions: tuple[CodeType, ...]


class Watchdog(threading.Thread):
    """Looks at the stack of the loop's thread again and again, however short it is held.

    Looks at random times see a loop that waits outside of its poll for as large a share of them as
    it does so of the time. One that computes keeps the interpreter, so looks come late; its own CPU
    time says how long that was. The threads that serve requests are looked at as well.
    """

    def __init__(self, own: OwnCode) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._own = own
        self._watching = threading.Event()
        self._found: Counter[_Held] = Counter()
        self._in_threads: Counter[_Held] = Counter()
        self._stretches: list[tuple[float, float, Line | None]] = []
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
        self._in_threads.clear()
        self._stretches.clear()
        self._unbroken = False
        self._looks = self._on_time = self._waiting = 0
        self._own_cpu_s = 0.0
        self._since_s, self._cpu_s = time.monotonic(), time.clock_gettime(self._clock)
        self._all_cpu_s = time.process_time()
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
        computed; `line`, `code` and `library` are what it was at most. With `thread_` before them
        they are what the threads that serve requests were at most, and for which share of the time
        all other threads computed. The looking cost `own_cpu_s` seconds of CPU.
        """
        self._watching.clear()
        sys.setswitchinterval(self._switch_s)
        elapsed_s = time.monotonic() - self._since_s
        loop_cpu_s = time.clock_gettime(self._clock) - self._cpu_s
        others_cpu_s = time.process_time() - self._all_cpu_s - loop_cpu_s - self._own_cpu_s
        computing = min(1.0, loop_cpu_s / elapsed_s)
        waiting = self._waiting / max(1, self._on_time)
        in_threads = self._most(dict(self._in_threads))
        return {
            "share": computing + (1 - computing) * waiting,
            "computing": computing,
            "own_cpu_s": self._own_cpu_s,
            **self._most(dict(self._found)),
            **{f"thread_{name}": value for name, value in in_threads.items()},
            "thread_computing": min(1.0, max(0.0, others_cpu_s / elapsed_s)),
        }

    def stretches(self) -> list[tuple[float, float, str]]:
        """Return (from, to, line) of what held the loop, and look no more.

        In seconds since the watching began; the line is empty where it was none of the app's own.
        Successive looks that saw the same are one stretch, so its ends are known to about WATCH_S.
        """
        self._watching.clear()
        sys.setswitchinterval(self._switch_s)
        return [
            (began - self._since_s, ended - self._since_s, self._shown(line))
            for began, ended, line in self._stretches
        ]

    def _shown(self, line: Line | None) -> str:
        return f"{self._own.named(line[0])}:{line[1]}" if line else ""

    def _note(self, held: _Held | None) -> None:
        """Add a look to what held the loop; None where nothing did."""
        now_s, last = time.monotonic(), self._stretches[-1:] if self._unbroken else []
        self._unbroken = held is not None
        if held is None:
            return
        if last and last[0][2] == held.line:
            self._stretches[-1] = (last[0][0], now_s, held.line)
        else:
            self._stretches.append((now_s, now_s, held.line))

    def _most(self, seen: Mapping[_Held, int]) -> dict[str, str | None]:
        """Return the line that was seen most, unless that was seldom, and what was below it."""
        lines: Counter[Line | None] = Counter()
        for held, times in seen.items():
            lines[held.line] += times
        line = max(lines, key=lines.__getitem__, default=None)
        if not lines or lines[line] < FEW * self._looks:
            return {"line": None, "code": None, "library": None}
        library = self._deepest({held: n for held, n in seen.items() if held.line == line})
        if line is None:
            return {"line": None, "code": None, "library": library}
        file, number = line
        shown = f"{self._own.named(file)}:{number}"
        return {"line": shown, "code": linecache.getline(file, number).strip(), "library": library}

    def _deepest(self, found: dict[_Held, int]) -> str | None:
        """Return the innermost function that most looks saw, with its file.

        Below no line of the app it is one of a framework, whatever of Python's own it calls.
        """
        seen: Counter[CodeType] = Counter()
        depth: dict[CodeType, int] = {}
        for held, times in found.items():
            for place, code in enumerate(dict.fromkeys(held.functions)):
                seen[code] += times
                depth[code] = max(place, depth.get(code, 0))
        often = [code for code in seen if seen[code] >= MOST * sum(found.values())]
        if not often:
            return None
        frameworks = [code for code in often if self._own.is_library(code.co_filename)]
        called_by_app = any(held.line for held in found)
        code = max((not called_by_app and frameworks) or often, key=depth.__getitem__)
        return f"{code.co_qualname} in {self._own.shown(code.co_filename)}"

    def _look(self, *, on_time: bool) -> None:
        frames = sys._current_frames()  # noqa: SLF001  no other way to a stack
        frame = frames.get(self._watched)
        if frame is None or not self._watching.is_set():
            return
        self._looks += 1
        held = not self._polls(frame.f_code)
        if on_time:
            self._on_time += 1
            self._waiting += held
        what = self._at(frame) if held else None
        self._note(what)
        if what:
            self._found[what] += 1
        for thread in threading.enumerate():
            if thread.name.startswith(SERVING) and (frame := frames.get(thread.ident or 0)):
                what = self._at(frame)
                if what and what.line:  # else it may be idle
                    self._in_threads[what] += 1

    def _polls(self, code: CodeType) -> bool:
        """Return whether a loop whose innermost frame this is waits for something to happen."""
        asyncios = code.co_name == "select" and code.co_filename.endswith("selectors.py")
        return code is self._resting or asyncios

    def _at(self, frame: FrameType) -> _Held | None:
        """Return what a thread is at; None where it is the agent itself.

        A middleware of the app's own that awaits what it is around is not at work.
        """
        below: list[CodeType] = []
        inner: CodeType | None = None
        for one in _frames(frame):
            code = one.f_code
            if code is self._resting:
                break
            around = inner is not None and _is_asgi(code) and _is_asgi(inner)
            if self._own.holds(code.co_filename) and not around:
                return _Held((code.co_filename, one.f_lineno), tuple(reversed(below)))
            if not self._own.is_agent(code.co_filename):
                below.append(code)
            inner = code
        return _Held(None, tuple(reversed(below))) if below else None


def _is_asgi(code: CodeType) -> bool:
    """Return whether a function is called as an ASGI app is."""
    return set(code.co_varnames[: code.co_argcount]) >= {"scope", "receive", "send"}


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
