"""Ask the monitor inside an app, from outside: its sizes, where it ran, how it fares under load."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from harness.model.facts import START, Sample
from harness.system.ask import UNANSWERED, ask

EVERY_S = 0.25  # between two samples
# What a monitor that is gone, or half gone, raises.
SILENT = (*UNANSWERED, KeyError, ValueError)


class MonitorClient:
    """The monitor at `url`; `slowest_s` is how long its slowest answer took so far.

    It answers one after the other, so threads ask it one after the other.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = threading.Lock()
        self.slowest_s = 0.0

    def ask(self, question: str) -> Any:  # noqa: ANN401  as JSON has it
        """Return the answer to a question; raises one of SILENT where there is none."""
        return json.loads(self._get(question))

    def metrics(self) -> dict[str, float]:
        """Return every metric by its name; raises one of SILENT where nobody answers."""
        lines = self._get("/metrics").decode().splitlines()
        values = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in values}

    @property
    def life(self) -> float | None:
        """What tells one life of the app from the next; None where it does not answer."""
        try:
            return self.metrics()["fastapi_started_nanoseconds"]
        except SILENT:
            return None

    def _get(self, path: str) -> bytes:
        with self._turn:
            began_s = time.monotonic()
            body = ask(self._url, path).body
            self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
        return body


class Sampler:
    """Takes samples, each with the phase that it falls into."""

    def __init__(self, monitor: MonitorClient) -> None:
        self.phase = START
        self.samples: list[Sample] = []
        self._monitor = monitor
        self._began_s = time.monotonic()

    def take(self, phase: str | None = None) -> dict[str, float]:
        """Take a sample, of this phase where it is given, and return the metrics it is made of.

        Raises one of SILENT where the monitor does not answer. Metrics that the app's platform does
        not show are 0.
        """
        at_s = time.monotonic() - self._began_s
        found = self._monitor.metrics()
        stood_still_s = found["fastapi_event_loop_stood_still_seconds_total"]
        sample = Sample(
            at_s=round(at_s, 3),
            phase=phase or self.phase,
            stood_still_s=round(stood_still_s + found["fastapi_event_loop_late_seconds"], 4),
            in_flight=found["fastapi_requests_in_flight"],
            threads_used=found.get("fastapi_threads_used", 0),
            threads_waiting=found.get("fastapi_threads_waiting", 0),
            pool_waiting=found.get("fastapi_pool_waiting"),
            cpu_s=round(found["process_cpu_seconds_total"], 3),
            rss_bytes=int(found["process_resident_memory_bytes"]),
            files=found.get("process_open_fds", 0),
            gc_s=found.get("python_gc_seconds_total"),
            gc_full=found.get('python_gc_collections_total{generation="2"}'),
            background=found.get("fastapi_background_requests"),
        )
        self.samples.append(sample)
        return found


@contextmanager
def sampling(monitor: MonitorClient) -> Iterator[Sampler]:
    """Take a sample every EVERY_S seconds, from a thread, for as long as the context lasts."""
    sampler, over = Sampler(monitor), threading.Event()

    def run() -> None:
        while not over.wait(EVERY_S):
            with suppress(*SILENT):
                sampler.take()

    thread = threading.Thread(target=run, name="sampler")
    thread.start()
    try:
        yield sampler
    finally:
        over.set()
        thread.join()
