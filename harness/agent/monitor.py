"""The monitor: Prometheus metrics and a few questions, answered by a thread of its own.

A route of the app could not tell that the loop is blocked, because the loop would have to serve it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import platform
import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from socket import socket
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psutil
from anyio import CapacityLimiter
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from harness.agent.evidence import Heartbeat, Whereabouts
from harness.agent.pools import Pools

STARTED = time.monotonic_ns()  # tells one life of the app from the next


class Flight:
    """Counts the requests in flight, and their sum over time."""

    __slots__ = ("_area", "_since", "count", "total")

    def __init__(self) -> None:
        self.count = self.total = self._area = 0
        self._since = time.monotonic_ns()

    def change(self, by: int) -> None:
        """Take in that a request has come, or gone."""
        now = time.monotonic_ns()
        self._area += self.count * (now - self._since)
        self._since = now
        self.count += by
        self.total += by > 0

    @property
    def seconds(self) -> float:
        """The requests in flight, summed over time up to now."""
        return (self._area + self.count * (time.monotonic_ns() - self._since)) / 1e9


class Monitor:
    """Answers at `host` and `port` from the moment the loop starts."""

    def __init__(
        self,
        host: str,
        port: int,
        flight: Flight,
        heartbeat: Heartbeat,
        whereabouts: Whereabouts | None,
    ) -> None:
        self.flight = flight
        self._address = host, port
        self._heartbeat = heartbeat
        self._whereabouts = whereabouts
        self._pools = Pools()
        self._me = psutil.Process()

    def start(self, loop: asyncio.AbstractEventLoop, threads: CapacityLimiter) -> None:
        """Begin to answer; called in the loop's own thread."""
        self._threads = threads
        server = make_server(
            *self._address, self._answers(), server_class=Patient, handler_class=Silent
        )
        threading.Thread(target=server.serve_forever, name="monitor", daemon=True).start()
        self._heartbeat.start(loop)
        if self._whereabouts is not None:
            self._whereabouts.start()

    def collect(self) -> Iterator[Metric]:
        """Give every metric, read at this moment."""
        gauge, counter = GaugeMetricFamily, CounterMetricFamily
        yield gauge(
            "fastapi_started_nanoseconds",
            "When this life of the app began, on the machine's monotonic clock.",
            STARTED,
        )
        yield gauge(
            "fastapi_event_loop_late_seconds",
            "For how long the loop should have turned by now.",
            self._heartbeat.late_s,
        )
        yield counter(
            "fastapi_event_loop_stood_still_seconds",
            "Time for which the loop did not turn.",
            self._heartbeat.stood_still_s,
        )
        yield gauge(
            "fastapi_requests_in_flight",
            "Requests that the app has taken on and not yet answered.",
            self.flight.count,
        )
        yield counter(
            "fastapi_requests_in_flight_seconds", "The same, summed over time.", self.flight.seconds
        )
        yield counter("fastapi_requests", "Requests that the app has taken on.", self.flight.total)
        yield gauge(
            "fastapi_threads",
            "Tokens of the thread pool for `def` routes.",
            self._threads.total_tokens,
        )
        yield gauge("fastapi_threads_used", "Tokens in use.", self._threads.borrowed_tokens)
        yield gauge(
            "fastapi_threads_waiting",
            "Calls that wait for a token.",
            self._threads.statistics().tasks_waiting,
        )
        if (waiting := self._pools.waiting()) is not None:
            yield gauge(
                "fastapi_pool_waiting", "Requests that wait for a connection of a pool.", waiting
            )
        with self._me.oneshot():
            times = self._me.cpu_times()
            yield counter("process_cpu_seconds", "CPU time.", times.user + times.system)
            yield gauge("process_resident_memory_bytes", "Memory.", self._me.memory_info().rss)
        yield gauge("process_open_fds", "Open files.", self._me.num_fds())

    def _answers(self) -> WSGIApplication:
        registry = CollectorRegistry()
        registry.register(self)
        metrics: WSGIApplication = make_wsgi_app(registry)
        watchdog = self._heartbeat.watchdog
        questions: dict[str, Callable[[], Any]] = {
            "/budget": self._budget,
            "/connections": self._connections,
            "/usage": self._usage,
        }
        if self._whereabouts is not None and watchdog is not None:
            questions |= {
                "/where/clear": self._whereabouts.clear,
                "/where": self._whereabouts.findings,
            }
            questions |= {"/held/clear": watchdog.clear, "/held": watchdog.findings}

        def answers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            question = questions.get(environ["PATH_INFO"])
            if question is None:
                return metrics(environ, start_response)
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(question()).encode()]

        return answers

    def _connections(self) -> list[int]:
        """List the ports that the open connections of this process and its workers lead to; a worker that has just ended has none."""
        sockets = []
        for process in self._family():
            with suppress(psutil.Error):
                sockets += process.net_connections("tcp")
        return [
            socket.raddr.port
            for socket in sockets
            if socket.status == psutil.CONN_ESTABLISHED and socket.raddr
        ]

    def _usage(self) -> dict[str, float]:
        """Say what this process and its workers use; one that has just ended uses nothing."""
        cpu_s = rss_bytes = 0.0
        for process in self._family():
            with suppress(psutil.Error):
                times = process.cpu_times()
                cpu_s += times.user + times.system
                rss_bytes += process.memory_info().rss
        return {"cpu_s": cpu_s, "rss_bytes": rss_bytes}

    def _family(self) -> list[psutil.Process]:
        return [self._me, *self._me.children(recursive=True)]

    def _budget(self) -> dict[str, Any]:
        workers = len(multiprocessing.active_children())
        return {
            "threads": self._threads.total_tokens,
            "pools": self._pools.find(),
            "workers": workers,
            "python": platform.python_version(),
        }


class Patient(WSGIServer):
    """Answers for an app that has run out of files as well: the limit is a little higher for as long as an answer takes."""

    SPARE = 64

    def get_request(self) -> tuple[socket, Any]:
        """Take a connection on."""
        self._limits = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._raised = (
            soft + self.SPARE if hard == resource.RLIM_INFINITY else min(soft + self.SPARE, hard)
        )
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._raised, hard))
        try:
            return super().get_request()
        except OSError:
            resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)
            raise

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  as socketserver has it
        """Let it go."""
        super().shutdown_request(request)
        if (
            resource.getrlimit(resource.RLIMIT_NOFILE)[0] == self._raised
        ):  # else the app has set it meanwhile
            resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)


class Silent(WSGIRequestHandler):
    """Writes no line for each scrape."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""
