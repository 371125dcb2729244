"""Where a handler ran: on the loop, in a thread, in another process; seen, not declared.

By the interpreter's own account of which functions are called in which thread, and of what is
handed to threads and to processes. It slows the app, so it is done for evidence only. Where it is
known which function is the handler, no other one is taken for it.
"""

from __future__ import annotations

import functools
import inspect
import opcode
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from harness.agent import process
from harness.agent.callables import line_of
from harness.agent.own_code import OwnCode

ANYIO = ("anyio._backends._asyncio", "run_sync_in_worker_thread")
# Functions by module and name. Of those that hand work to a thread: the name of that argument.
TO_THREAD = {
    ANYIO: "func",
    ("concurrent.futures.thread", "submit"): "fn",
}
TO_PROCESS = {
    ("anyio.to_process", "run_sync"),
    ("asyncio.subprocess", "create_subprocess_exec"),
    ("asyncio.subprocess", "create_subprocess_shell"),
    ("celery.app.task", "apply_async"),
    ("concurrent.futures.process", "submit"),
    ("multiprocessing.connection", "send"),
    ("multiprocessing.connection", "send_bytes"),
    ("multiprocessing.pool", "_map_async"),
    ("multiprocessing.pool", "apply_async"),
    ("multiprocessing.pool", "imap"),
    ("multiprocessing.pool", "imap_unordered"),
    ("subprocess", "__init__"),
}
HANDLER = ("fastapi.routing", "run_endpoint_function")  # what it calls is the handler
# What these modules call is a dependency of the handler.
DEPENDENCIES = {"fastapi.dependencies.utils", "fastapi.concurrency"}
LOOKUPS = {"getaddrinfo", "getnameinfo"}  # which a loop hands to a thread for itself
DEFAULT_EXECUTORS = {"asyncio", "uvloop"}  # prefixes of the names of their threads
RESUME = opcode.opmap.get("RESUME")  # where a function begins, and a coroutine goes on
AT_ITS_START = 0
RESUMED_BY = 3  # the bits of its argument that say so: after nothing, yield, yield from, await


@dataclass(frozen=True, slots=True)
class _Seen:
    """A function of the app's own, or work that was handed on: what it is, and where written."""

    what: str
    at: str | None
    is_handler: bool = False


class ThreadTracer:
    """Which functions ran in which thread, and what was handed to threads and processes.

    `handler` is the code of the one that is measured, and that of its decorators before it. There
    is none where that is not known.
    """

    def __init__(self, own: OwnCode, handler: Sequence[CodeType] = ()) -> None:
        self._own = own
        self._handler = handler[-1] if handler else None
        self._coroutines = {id(code) for code in handler if code.co_flags & inspect.CO_COROUTINE}
        self._off = False
        self._known: set[tuple[int, int, int]] = set()  # calls that were looked at already
        self._loop = 0
        self.clear()
        threading.setprofile(self._note)  # threads that begin later

    def start(self) -> None:
        """Trace this thread too, which is the loop's; what came before does not count."""
        self._loop = threading.get_ident()
        sys.setprofile(self._note)
        self.clear()

    def clear(self, requests: int = 0) -> None:
        """Forget what was seen; so many requests have come until now."""
        self._known.clear()
        self._on_loop: list[_Seen] = []
        self._in_threads: list[_Seen] = []
        self._in_processes = False
        self._dependencies: dict[str, None] = {}  # in threads, by name, in their order
        self._works: set[CodeType] = set()  # what dependencies handed to a thread
        self._hops, self._requests = 0, requests
        self._began = self._suspended = False  # the handler's coroutine
        self._cpu_s, self._children_s = time.process_time(), process.children_cpu_s()

    def findings(self, requests: int = 0) -> dict[str, Any]:
        """Return where the work ran since the last clearing, and trace no more.

        So many requests have come until now, `requests` of them since then. `hops` are AnyIO's
        trips to threads per request, None where there was none. `suspended` says whether the
        handler's coroutine ever waited, None where it is no coroutine, or was not seen.
        """
        self._off = True
        cpu_s = time.process_time() - self._cpu_s
        busy = process.children_cpu_s() - self._children_s > cpu_s
        where = "loop"
        if self._in_processes or busy:
            where = "process"
        elif self._in_threads:
            where = "thread"
        seen = self._in_threads if where == "thread" else self._on_loop
        first = next((one for one in seen if one.is_handler), seen[0] if seen else None)
        came = requests - self._requests
        return {
            "ran_on": where,
            "what": first and first.what,
            "at": first and first.at,
            "dependencies": ", ".join(self._dependencies) or None,
            "requests": came,
            "hops": self._hops / came if came > 0 else None,
            "suspended": self._suspended or (False if self._began else None),
        }

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if self._off:
            sys.setprofile(None)
        elif event == "call":
            function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
            if function in TO_THREAD:
                if not _resumed(frame):  # a coroutine is called again whenever it goes on
                    self._hops += function == ANYIO
                    self._hand_on(frame, frame.f_locals.get(TO_THREAD[function]))
            elif function in TO_PROCESS:
                self._in_processes = True
            elif self._is_looked_at(frame.f_code):
                caller, thread = frame.f_back, threading.get_ident()
                call = id(frame.f_code), id(caller and caller.f_code), thread
                if call not in self._known:  # a generator is called again for every item
                    self._known.add(call)
                    self._enter(frame, in_thread=thread != self._loop)
            if id(frame.f_code) in self._coroutines:
                resumed = _resumed(frame)
                self._began = self._began or resumed is False
                self._suspended = self._suspended or bool(resumed)

    def _is_looked_at(self, code: CodeType) -> bool:
        if self._handler is not None:
            return code is self._handler
        return self._own.holds(code.co_filename)

    def _enter(self, frame: FrameType, *, in_thread: bool) -> None:
        """Note the handler: where it is not known, a function that something else calls."""
        callers = list(_callers(frame))
        is_handler = frame.f_code is self._handler
        is_handler = is_handler or (bool(callers) and _function(callers[0]) == HANDLER)
        own = any(self._own.holds(one.f_code.co_filename) for one in callers)
        if not is_handler and (own or self._of_dependency([frame, *callers])):
            return
        name, code = threading.current_thread().name, frame.f_code
        by = f", by {_pool(name)}" if in_thread else ""
        seen = _Seen(f"{self._named(code)}{by}", self._written(code), is_handler)
        (self._in_threads if in_thread else self._on_loop).append(seen)

    def _hand_on(self, frame: FrameType, given: object) -> None:
        """Note work that is handed to a thread, which may be a C function that nothing calls."""
        work, callers = _unwrapped(given), list(_callers(frame))
        code, name = getattr(work, "__code__", None), _name(work)
        if name in LOOKUPS:
            return
        if self._of_dependency(callers):
            if code is not None:
                self._works.add(code)
            self._dependencies.setdefault(name)
            return
        codes = [one.f_code for one in callers]
        # What a framework hands on for itself, such as the reading of a file, is none of the app's.
        if any(map(self._is_looked_at, [*codes, *([code] if code else [])])):
            pool = getattr(frame.f_locals.get("self"), "_thread_name_prefix", "AnyIO worker thread")
            what = self._named(code) if code else name
            seen = _Seen(f"{what}, by {_pool(pool)}", self._written(code) if code else None)
            self._in_threads.append(seen)

    def _of_dependency(self, callers: list[FrameType]) -> bool:
        return any(
            one.f_globals.get("__name__") in DEPENDENCIES or one.f_code in self._works
            for one in callers
        )

    def _named(self, code: CodeType) -> str:
        return f"{code.co_name} in {Path(code.co_filename).name}"

    def _written(self, code: CodeType) -> str:
        return f"{self._own.shown(code.co_filename)}:{line_of(code)}"


def _resumed(frame: FrameType) -> bool | None:
    """Return whether a function that is called goes on after a wait; None where it is not told."""
    code, at = frame.f_code.co_code, frame.f_lasti
    if not 0 <= at < len(code) - 1 or code[at] != RESUME:
        return None
    return code[at + 1] & RESUMED_BY != AT_ITS_START


def _callers(frame: FrameType) -> Iterator[FrameType]:
    """Yield the frames that led to this one, the nearest first."""
    above = frame.f_back
    while above is not None:
        yield above
        above = above.f_back


def _function(frame: FrameType) -> tuple[str, str]:
    return frame.f_globals.get("__name__", ""), frame.f_code.co_name


def _pool(thread: str) -> str:
    """Return the name of the pool that a thread of this name belongs to."""
    name = thread.rstrip("-_0123456789")
    return "the default executor" if name in DEFAULT_EXECUTORS else name


def _name(work: Any) -> str:  # noqa: ANN401  whatever was handed on
    """Return the name of a function; of a context manager made of a generator, the generator's."""
    generator = getattr(getattr(work, "__self__", None), "gen", work)
    return str(getattr(generator, "__name__", work))


def _unwrapped(work: Any) -> Any:  # noqa: ANN401  whatever was handed on
    """Return the function inside the wrappers of functools, contextvars and asyncio."""
    while isinstance(work, functools.partial):
        inner = work.func
        in_context = getattr(inner, "__name__", "") == "run" and work.args
        work = work.args[0] if in_context else inner
    return work
