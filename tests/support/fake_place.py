"""A place, a server and a load that are none: a measurement of nothing, in no time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import numpy as np

from harness.load.driver import (
    SINGLE,
    ClosedRate,
    Gauges,
    Load,
    LoadResult,
    LoadTopology,
    OpenTimes,
    Rows,
    Site,
    Window,
    no_gauges,
)
from harness.model.app import App
from harness.model.scenario import Scenario
from harness.model.trial import Phase
from harness.model.workload import Workload
from harness.services.service import Service

METRICS = {
    "fastapi_started_nanoseconds": 1.0,
    "fastapi_event_loop_late_seconds": 0.0,
    "fastapi_event_loop_stood_still_seconds_total": 0.0,
    "fastapi_requests_in_flight": 0.0,
    "fastapi_requests_in_flight_seconds_total": 0.0,
    "process_cpu_seconds_total": 1.0,
    "process_resident_memory_bytes": 1e6,
}


@dataclass
class FakePlace:
    """A place whose one server is a thread; it answers by `answers`, path by path."""

    name: Literal["host", "docker"] = "host"
    url: str = "http://127.0.0.1:1"
    conditions: Mapping[str, Any] = field(default_factory=dict)
    stand_in_images: tuple[str, ...] = ()
    found: Mapping[str, Service] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    served: list[tuple[App, str]] = field(default_factory=list)
    own_s: float = 0.0
    several: bool = True
    held: list[str] = field(default_factory=list)  # labels of servers, as they were held

    def __post_init__(self) -> None:
        """Answer what a monitor answers, unless told otherwise."""
        monitor: dict[str, Any] = {
            "/budget": {"threads": 40, "pools": {}, "workers": 0, "python": "3.99", "gil": True},
            "/workers": [1],
            "/where/clear": None,
            "/where": {
                "ran_on": "loop",
                "what": "nap in first.py",
                "at": "first.py:9",
                "dependencies": None,
                "hops": 0.0,
                "suspended": None,
            },
            "/resume": None,
            "/held/watch": None,
            "/held": {
                "share": 0.0,
                "computing": 0.0,
                "own_cpu_s": 0.0,
                "longest_s": 0.0,
                "line": None,
                "code": None,
                "library": None,
                **dict.fromkeys(("thread_line", "thread_code", "thread_library")),
                "thread_computing": 0.0,
            },
            "/connections": [],
            "/metrics": dict(METRICS),
            "/idle": {},
        }
        self.answers = monitor | self.answers

    @contextmanager
    def services(self, _: Scenario, __: Path) -> Iterator[Mapping[str, Service]]:
        """Provide the services that it was made with."""
        yield self.found

    @contextmanager
    def serve(self, app: App, label: str, log: Path, slot: int = 0) -> Iterator[FakeServer]:
        """Answer from a thread."""
        del slot
        self.served.append((app, label))
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = place.answers.get(self.path, (404, {"detail": "Not Found"}))
                status, answer = found if isinstance(found, tuple) else (200, found)
                body = json.dumps(answer)
                if self.path == "/metrics":
                    body = "".join(f"{name} {value}\n" for name, value in answer.items())
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield FakeServer(label, url, log, lambda: self.held.append(label))
        finally:
            server.shutdown()
            server.server_close()

    def own_cpu_s(self) -> float:
        """Return what a test says."""
        return self.own_s


@dataclass
class FakeServer:
    """A server that lives for ever."""

    label: str
    url: str
    log: Path
    hold: Callable[[], None]

    @property
    def monitor_url(self) -> str:
        """It answers for its monitor as well."""
        return self.url

    def require(self) -> None:
        """Never raise."""

    def go_on(self) -> None:
        """Go on all the time."""

    def cpu_clock(self) -> Callable[[], float]:
        """Return a clock that stands."""
        return lambda: 0.0

    def rss_bytes(self) -> int:
        """Return a round number."""
        return 1_000_000


@dataclass
class FakeDriver:
    """A load driver that sends nothing, and reports three requests of each phase.

    `opened` counts how often it was started, `asked` are the addresses of the servers, and
    `during` is called in each phase.
    """

    opened: int = 0
    asked: list[str] = field(default_factory=list)
    during: Callable[[str], object] = lambda _: None
    name: str = "fake"

    def version(self) -> str:
        """Return none."""
        return "0"

    def closed_rate(
        self, workload: Workload, url: str, *, clients: int, seconds: float, site: Site
    ) -> ClosedRate:
        """Never asked."""
        raise AssertionError(workload, url, clients, seconds, site)

    def open_times(
        self, workload: Workload, url: str, *, rate: float, seconds: float, site: Site
    ) -> OpenTimes:
        """Never asked."""
        raise AssertionError(workload, url, rate, seconds, site)

    @contextmanager
    def open(
        self,
        workload: Workload,
        url: str,  # noqa: ARG002  ScriptedDriver has it so
        *,
        log: Path,  # noqa: ARG002  the same
        site: Site,  # noqa: ARG002  the same
        topology: LoadTopology = SINGLE,  # noqa: ARG002  the same
    ) -> Iterator[Load]:
        """Count how often it is started."""
        self.opened += 1
        yield FakeLoad(self.during, workload.deadline_s, self.asked)


@dataclass
class FakeLoad:
    """Runs every phase in no time."""

    during: Callable[[str], object]
    deadline_s: float
    asked: list[str]

    def run(
        self,
        phases: Sequence[Phase],
        url: str,
        *,
        seed: int,
        record: Path,
        gauges: Gauges = no_gauges,
    ) -> LoadResult:
        """Open and close each window, and report three requests of it that were answered."""
        del seed, record
        self.asked.append(url)
        for phase in phases:
            gauges(phase.name, True)  # noqa: FBT003  Gauges has it so
            self.during(phase.name)
            gauges(phase.name, False)  # noqa: FBT003  the same
        count = 3 * len(phases)
        sent = np.tile(np.array([100_000_000, 200_000_000, 300_000_000]), len(phases))
        rows = Rows(
            phase=np.repeat(np.arange(len(phases)), 3),
            stream=np.zeros(count, np.int64),
            intended=sent,
            sent=sent,
            done=sent + 10_000_000,
            outcome=np.zeros(count, np.int64),
            outcomes=("ok", "late", "error", "shed", "unfinished"),
        )
        windows = {phase.name: Window(1.0, 0.1, 0.5, None, None) for phase in phases}
        return LoadResult(windows, rows, self.deadline_s)
