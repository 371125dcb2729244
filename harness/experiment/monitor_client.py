"""Ask the monitor inside an app, from outside: what it is made of, where it ran, and how it fares while the load lasts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from harness.model.facts import START, Moment
from harness.system.ask import ask
from harness.system.ports import HOST

EVERY_S = 0.25
SILENT = (
    OSError,
    HTTPException,
    KeyError,
    ValueError,
)  # what a monitor that is gone, or half gone, gives


class Monitor:
    """The monitor of one app."""

    def __init__(self, port: int, host: str = HOST) -> None:
        self._url = f"http://{host}:{port}"
        self.slowest_s = 0.0

    def ask(self, question: str) -> Any:  # noqa: ANN401  as JSON has it
        """Put a question; raises OSError or HTTPException where nobody answers."""
        began_s = time.monotonic()
        body = ask(self._url, question)[1]
        self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
        return body.decode() if question == "/metrics" else json.loads(body)

    def metrics(self) -> dict[str, float]:
        """Read every metric, by its name."""
        lines = [
            line.rpartition(" ")
            for line in self.ask("/metrics").splitlines()
            if not line.startswith("#")
        ]
        return {name: float(value) for name, _, value in lines}

    def usage(self, what: str) -> float:
        """Read what the app and its workers use, where they cannot be seen otherwise; nothing where it is dead."""
        try:
            return float(self.ask("/usage")[what])
        except SILENT:
            return 0.0

    @property
    def life(self) -> float | None:
        """Tell one life of the app from the next; None where it is dead."""
        try:
            return self.metrics()["fastapi_started_nanoseconds"]
        except SILENT:
            return None


class Watch:
    """Moments on record, each with the phase that it fell into."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.phase = START
        self.moments: list[Moment] = []
        self._began_s = time.monotonic()

    def look(self) -> None:
        """Put this moment on record; one that cannot be seen is left out."""
        at_s = time.monotonic() - self._began_s
        try:
            seen = self.monitor.metrics()
        except SILENT:
            return
        self.moments.append(
            Moment(
                at_s=round(at_s, 3),
                phase=self.phase,
                stood_still_s=round(
                    seen["fastapi_event_loop_stood_still_seconds_total"]
                    + seen["fastapi_event_loop_late_seconds"],
                    4,
                ),
                in_flight=seen["fastapi_requests_in_flight"],
                threads_used=seen["fastapi_threads_used"],
                threads_waiting=seen["fastapi_threads_waiting"],
                pool_waiting=seen.get("fastapi_pool_waiting"),
                cpu_s=round(seen["process_cpu_seconds_total"], 3),
                rss_bytes=int(seen["process_resident_memory_bytes"]),
                files=seen["process_open_fds"],
            )
        )


@contextmanager
def watching(monitor: Monitor) -> Iterator[Watch]:
    """Look four times a second, from a thread of our own, for as long as the context lasts."""
    watch, over = Watch(monitor), threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            watch.look()

    looker = threading.Thread(target=look, name="watch")
    looker.start()
    try:
        yield watch
    finally:
        over.set()
        looker.join()
