"""The monitor: Prometheus metrics and a few questions, answered by a thread of its own.

A route of the app could not answer while the loop is blocked, because the loop would have to serve
it.

Of a server with several worker processes each worker has a monitor: one of them, whichever is
first, has the port that is asked, the others have the next ones. /workers are the process ids of
all that serve, and what is found of handlers and lines is of the worker that had most of the
requests. The rest is seen of the one that is asked alone: requests and those in flight, for how
long its loop stood still, its threads and pools, CPU, memory, files, the connections of it and its
own children.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from wsgiref.types import StartResponse, WSGIEnvironment

from harness.agent import process
from harness.agent.evidence import Heartbeat
from harness.agent.listening import JOINED, SILENT, ask, join, listen, lives
from harness.agent.pools import Pools
from harness.agent.tracer import ThreadTracer

STARTED = time.monotonic_ns()  # tells one life of the app from the next


@dataclass(frozen=True, slots=True)
class Metric:
    """A value in Prometheus' text format (0.0.4): a counter only ever grows."""

    name: str
    about: str
    value: float | Mapping[str, float]  # by label, such as `generation="0"`
    kind: Literal["gauge", "counter"] = "gauge"

    def __str__(self) -> str:
        lines = [f"# HELP {self.name} {self.about}", f"# TYPE {self.name} {self.kind}"]
        if isinstance(self.value, Mapping):
            lines += [f"{self.name}{{{label}}} {value!r}" for label, value in self.value.items()]
        else:
            lines.append(f"{self.name} {self.value!r}")
        return "".join(f"{line}\n" for line in lines)


class InFlightGauge:
    """Counts the requests in flight, and their sum over time."""

    __slots__ = ("_area", "_now", "_since", "count", "total")

    def __init__(self, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.count = self.total = self._area = 0
        self._now = now
        self._since = now()

    def change(self, by: int) -> None:
        """Count a request that has come (1), or gone (-1)."""
        now, count = self._now(), self.count
        self._area += count * (now - self._since)
        self._since = now
        self.count = count + by
        if by > 0:
            self.total += 1

    @property
    def seconds(self) -> float:
        """The requests in flight, summed over time up to now."""
        return (self._area + self.count * (self._now() - self._since)) / 1e9


class Background:
    """Counts the requests that are answered and still work."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Collections:
    """Counts the garbage collector's runs by generation, and adds up their seconds."""

    def __init__(self) -> None:
        self.counts, self.seconds = [0, 0, 0], 0.0
        self._began_s = 0.0

    def note(self, event: str, about: Mapping[str, int]) -> None:
        """Note that a collection begins or ends, as `gc.callbacks` has it."""
        if event == "start":
            self._began_s = time.perf_counter()
        else:
            self.seconds += time.perf_counter() - self._began_s
            self.counts[about["generation"]] += 1


class Monitor:
    """Answers at `host` and `port` from the moment the loop starts, `questions` of others too."""

    def __init__(
        self,
        host: str,
        port: int,
        heartbeat: Heartbeat,
        tracer: ThreadTracer | None = None,
        questions: Mapping[str, Callable[[], Any]] | None = None,
    ) -> None:
        self.in_flight, self.background = InFlightGauge(), Background()
        self.threads: Any = None  # anyio's limiter, where the app has anyio
        self._collections = Collections()
        self._address = host, port
        self._heartbeat = heartbeat
        self._pools = Pools()
        self._tracer = tracer
        self._serves = False
        self._others: dict[int, int] = {}  # other workers: process ids by the monitors' ports
        self._questions: dict[str, Callable[[], Any]] = {
            "/budget": self._budget,
            "/workers": self._workers,
            "/connections": process.connected_ports,
            "/resume": heartbeat.resume,
            **(questions or {}),
        }
        self._of_all: dict[str, Callable[[int], Any]] = {}  # given the requests so far
        if tracer is not None:
            self._of_all |= {"/where/clear": tracer.clear, "/where": tracer.findings}
        if heartbeat.watchdog is not None:
            self._of_all |= {"/held/watch": heartbeat.watch, "/held": heartbeat.findings}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to answer; called in the loop's own thread.

        Raises OSError where something else listens at the port, and at all that follow it.
        """
        if "anyio" in sys.modules:
            from anyio import to_thread  # noqa: PLC0415  the app may have none

            self.threads = to_thread.current_default_thread_limiter()
        server = listen(*self._address, self._answer)
        self._port = server.server_port
        gc.callbacks.append(self._collections.note)
        threading.Thread(target=server.serve_forever, name="monitor", daemon=True).start()
        self._heartbeat.start(loop)
        if self._tracer is not None:
            self._tracer.start()

    def serve(self) -> None:
        """Count this worker among those that serve; the loop does not wait until that is known."""
        if self._serves:
            return
        self._serves = True
        if self._address[1] not in {0, self._port}:
            threading.Thread(target=join, args=(*self._address, self._port), daemon=True).start()

    def metrics(self) -> Iterator[Metric]:
        """Yield every metric, read at this moment; what cannot be read is left out."""
        heartbeat, in_flight = self._heartbeat, self.in_flight
        yield Metric(
            "fastapi_started_nanoseconds",
            "When this life of the app began, on the machine's monotonic clock.",
            STARTED,
        )
        yield Metric(
            "fastapi_event_loop_late_seconds",
            "For how long the loop should have turned by now.",
            heartbeat.late_s,
        )
        yield Metric(
            "fastapi_event_loop_stood_still_seconds_total",
            "Time for which the loop did not turn.",
            heartbeat.stood_still_s,
            "counter",
        )
        yield Metric(
            "fastapi_requests_in_flight",
            "Requests that the app has taken on and not yet answered.",
            in_flight.count,
        )
        yield Metric(
            "fastapi_requests_in_flight_seconds_total",
            "Requests in flight, summed over time.",
            in_flight.seconds,
            "counter",
        )
        yield Metric(
            "fastapi_requests_total",
            "Requests that the app has taken on.",
            in_flight.total,
            "counter",
        )
        yield Metric(
            "fastapi_background_requests",
            "Requests that are answered and still work, such as at a background task.",
            self.background.count,
        )
        yield Metric(
            "python_gc_seconds_total",
            "Time that the garbage collector took.",
            self._collections.seconds,
            "counter",
        )
        yield Metric(
            "python_gc_collections_total",
            "Collections, by the oldest generation that was looked through; 2 is all objects.",
            {f'generation="{n}"': count for n, count in enumerate(self._collections.counts)},
            "counter",
        )
        if (threads := self.threads) is not None:
            about = "Tokens of the thread pool for `def` routes."
            yield Metric("fastapi_threads", about, threads.total_tokens)
            yield Metric("fastapi_threads_used", "Tokens in use.", threads.borrowed_tokens)
            waiting = threads.statistics().tasks_waiting
            yield Metric("fastapi_threads_waiting", "Calls that wait for a token.", waiting)
        if (waiting := self._pools.waiting()) is not None:
            about = "Requests that wait for a connection of a pool."
            yield Metric("fastapi_pool_waiting", about, waiting)
        yield Metric("process_cpu_seconds_total", "CPU time.", time.process_time(), "counter")
        yield Metric("process_resident_memory_bytes", "Memory.", process.rss_bytes())
        if (files := process.open_files()) is not None:
            yield Metric("process_open_fds", "Open files.", files)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a question, or with all metrics, like a WSGI app."""
        asked: str = environ["PATH_INFO"]
        if asked.startswith(JOINED):
            port, pid = map(int, asked.removeprefix(JOINED).split("/"))
            self._others[port] = pid
        if asked in self._of_all:
            found = self._busiest(asked)
        elif asked in self._questions:
            found = self._questions[asked]()
        else:
            start_response("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
            return ["".join(map(str, self.metrics())).encode()]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(found).encode()]

    def _busiest(self, question: str) -> Any:  # noqa: ANN401  as JSON has it
        """Ask all workers, and return the answer of the one that had most of the requests."""
        answers = [self._of_all[question](self.in_flight.total)]
        for port, pid in self._others.items():
            with suppress(*SILENT):
                if lives(pid):
                    answers.append(json.loads(ask(self._address[0], port, question)))
        return max(answers, key=lambda answer: answer["requests"] if answer else 0)

    def _budget(self) -> dict[str, Any]:
        """Return the sizes as they really are; `threads` is None where the app has no anyio.

        `workers` are the app's own worker processes, else the server's; `gil` says whether the
        interpreter runs one thread at a time, which a C extension can switch on.
        """
        return {
            "threads": None if self.threads is None else self.threads.total_tokens,
            "pools": self._pools.find(),
            "workers": len(multiprocessing.active_children()) or len(self._workers()),
            "python": platform.python_version(),
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        }

    def _workers(self) -> list[int]:
        own = [os.getpid()] if self._serves else []
        return sorted([*own, *filter(lives, self._others.values())])
