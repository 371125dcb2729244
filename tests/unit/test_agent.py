"""The agent inside an app, without an app: what it counts, starts, loads, and answers itself."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.agent import loading, process
from harness.agent.evidence import Heartbeat
from harness.agent.monitor import Background, Collections, InFlightGauge, Monitor
from harness.agent.pools import Pools
from harness.experiment.monitor_client import MonitorClient
from harness.system.ports import free_port
from scenarios.postgres_read.psycopg2_pool import Pool
from tests.support.in_process import asked
from tests.support.project_copy import wait_until


def test_requests_in_flight_are_summed_over_time() -> None:
    """Two for a second, then one for two."""
    times = iter([0, 0, 0, 1_000_000_000, 3_000_000_000, 9_000_000_000])
    in_flight = InFlightGauge(lambda: next(times))
    in_flight.change(1)
    in_flight.change(1)
    in_flight.change(-1)
    in_flight.change(-1)
    assert (in_flight.total, in_flight.count, in_flight.seconds) == (2, 0, 4.0)


def test_the_monitor_starts_once_whatever_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket is no second start, which would find the port taken and answer 500."""
    monkeypatch.setenv("APP", "tests.support.plain_asgi:app")
    monkeypatch.setenv("MONITOR_PORT", "1")
    from harness.agent.app import MonitorMiddleware  # noqa: PLC0415  it imports the app at once

    starts: list[object] = []
    monitor: Any = SimpleNamespace(
        in_flight=InFlightGauge(),
        background=Background(),
        start=starts.append,
        serve=lambda: None,
    )
    seen: list[str] = []

    async def inner(scope: Any, *_: object) -> None:
        seen.append(scope["type"])

    async def serve(*kinds: str) -> None:
        app = MonitorMiddleware(inner, monitor)
        for kind in kinds:
            await app({"type": kind, "path": "/"}, inner, inner)

    for kinds in (("lifespan", "websocket", "http", "websocket"), ("websocket", "http"), ("http",)):
        seen.clear()
        starts.clear()
        asyncio.run(serve(*kinds))
        assert len(starts) == 1
        assert tuple(seen) == kinds
    assert monitor.in_flight.total == 3  # requests alone
    assert monitor.in_flight.count == 0


def test_a_flight_ends_with_the_last_part_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on afterwards is counted apart, until it has ended or failed."""
    monkeypatch.setenv("APP", "tests.support.plain_asgi:app")
    monkeypatch.setenv("MONITOR_PORT", "1")
    from harness.agent.app import MonitorMiddleware  # noqa: PLC0415  it imports the app at once

    monitor: Any = SimpleNamespace(
        in_flight=InFlightGauge(),
        background=Background(),
        start=lambda _: None,
        serve=lambda: None,
    )
    seen: list[tuple[int, int]] = []

    def look() -> None:
        seen.append((monitor.in_flight.count, monitor.background.count))

    async def send(_: Any) -> None:
        pass

    async def inner(_: Any, __: Any, send: Any) -> None:
        look()
        for more in (True, False):
            await send({"type": "http.response.body", "body": b"x", "more_body": more})
            look()
        raise ValueError

    async def serve() -> None:
        with suppress(ValueError):
            await MonitorMiddleware(inner, monitor)({"type": "http", "path": "/"}, send, send)
        look()

    asyncio.run(serve())
    assert seen == [(1, 0), (1, 0), (0, 1), (0, 0)]


def test_collections_are_counted_by_generation_with_their_time() -> None:
    """As the collector itself reports them."""
    collections = Collections()
    gc.callbacks.append(collections.note)
    try:
        for generation in (0, 2, 2):
            gc.collect(generation)
    finally:
        gc.callbacks.remove(collections.note)
    assert collections.counts[2] == 2
    assert collections.counts[0] >= 1
    assert 0 < collections.seconds < 10


def test_prometheus_reads_every_metric_by_its_own_parser() -> None:
    """With its kind and its help."""
    monitor = Monitor("127.0.0.1", 0, Heartbeat())
    text = "".join(map(str, monitor.metrics()))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["fastapi_requests"].type == "counter"
    assert families["fastapi_requests"].samples[0].name == "fastapi_requests_total"
    assert families["fastapi_requests_in_flight"].type == "gauge"
    generations = [one.labels["generation"] for one in families["python_gc_collections"].samples]
    assert generations == ["0", "1", "2"]
    assert families["process_open_fds"].samples[0].value > 2
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6
    assert all(family.documentation for family in families.values())
    assert "fastapi_threads" not in families  # before the loop has started, there are none


def test_what_a_platform_does_not_show_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without /proc there is the most memory so far, and no connection is seen."""
    monkeypatch.setattr(process, "PROC", tmp_path / "no-proc")
    assert process.rss_bytes() > 1e6
    assert process.children_cpu_s() >= 0
    assert process.connected_ports() == []


def test_a_pool_is_found_whoever_made_it() -> None:
    """With its size, and how many wait for a connection of it."""
    pool, pools = Pool([]), Pools()
    waiting = threading.Thread(target=lambda: pool.acquire().__enter__(), daemon=True)
    waiting.start()
    assert 0 in pools.find().values()
    assert wait_until(lambda: pools.waiting() == 1)


def test_an_app_may_be_made_by_a_function(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which is called once."""
    (tmp_path / "made_by_a_function.py").write_text("def make():\n    return [make]\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("APP", "made_by_a_function:make")
    made, own = loading.load()
    assert callable(made)
    monkeypatch.setenv("FACTORY", "1")
    assert loading.load()[0] == [made]
    assert own.holds(str(tmp_path / "made_by_a_function.py"))


def test_what_is_asked_and_tried_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The path that is idle is answered before the app, and counted nowhere."""
    told = {
        "APP": "tests.apps.trivial_def:app",
        "MONITOR_PORT": "1",
        "IDLE": "/-/idle",
        "REQUEST": "GET /version",
        "TREATMENT": "handler on the loop",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    from harness.agent import app as agent  # noqa: PLC0415  it imports the app at once

    app = agent.load()
    monitor = vars(app)["_monitor"]
    vars(app)["_started"] = True  # without its monitor
    assert vars(monitor)["_questions"]["/route"]()["handler"] == "version"
    assert asked(app, "/-/idle").json() == {}
    assert monitor.in_flight.total == 0
    assert asked(app, "/version").status_code == 200
    assert monitor.in_flight.total == 1
    monkeypatch.setenv("REQUEST", "GET /nowhere")
    with pytest.raises(RuntimeError, match="no route answers"):
        agent.load()
    monkeypatch.delenv("TREATMENT")
    monitor = vars(agent.load())["_monitor"]
    assert vars(monitor)["_questions"]["/route"]() is None


def test_threads_are_set_after_the_app_has_set_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first request, as its lifespan is over then."""
    monkeypatch.setenv("APP", "tests.support.plain_asgi:app")
    monkeypatch.setenv("MONITOR_PORT", "1")
    from harness.agent.app import MonitorMiddleware  # noqa: PLC0415  it imports the app at once

    tokens = SimpleNamespace(total_tokens=40)
    monitor: Any = SimpleNamespace(
        in_flight=InFlightGauge(),
        background=Background(),
        start=lambda _: None,
        threads=tokens,
        serve=lambda: None,
    )
    seen: list[int] = []

    async def inner(*_: object) -> None:
        seen.append(tokens.total_tokens)
        tokens.total_tokens = 5

    async def serve() -> None:
        app = MonitorMiddleware(inner, monitor, threads=100)
        for kind in ("lifespan", "http", "http"):
            await app({"type": kind, "path": "/"}, inner, inner)

    asyncio.run(serve())
    assert seen == [40, 100, 5]


def test_the_monitors_of_other_workers_take_the_next_ports() -> None:
    """They say so to the one that is asked, which says what the busiest of them has seen."""
    port = free_port()

    def monitor(place: int) -> Monitor:
        tracer: Any = SimpleNamespace(
            start=lambda: None, findings=lambda requests: {"requests": requests, "place": place}
        )
        tracer.clear = tracer.findings
        return Monitor("127.0.0.1", port, Heartbeat(), tracer)

    monitors = [monitor(place) for place in range(3)]
    monitors[1].in_flight.change(1)

    async def start() -> None:
        for one in monitors:
            one.start(asyncio.get_running_loop())

    asyncio.run(start())
    client = MonitorClient(f"http://127.0.0.1:{port}")
    assert client.ask("/workers") == []
    for one in (*monitors, *monitors):
        one.serve()
    assert wait_until(lambda: client.ask("/budget")["workers"] == 3)
    assert client.ask("/workers") == [os.getpid()] * 3
    assert client.ask("/where") == {"requests": 1, "place": 1}
