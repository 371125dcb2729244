"""The agent inside an app, without an app: what it counts, starts, and takes for own code."""

from __future__ import annotations

import asyncio
import gc
import sys
import sysconfig
import threading
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.agent import process
from harness.agent.evidence import Heartbeat
from harness.agent.monitor import Background, Collections, InFlightGauge, Monitor
from harness.agent.own_code import AGENT, OwnCode, import_root
from harness.agent.pools import Pools
from scenarios.postgres_read.psycopg2_pool import Pool
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
        in_flight=InFlightGauge(), background=Background(), start=starts.append
    )
    seen: list[str] = []

    async def inner(scope: Any, *_: object) -> None:
        seen.append(scope["type"])

    async def serve(*kinds: str) -> None:
        app = MonitorMiddleware(inner, monitor)
        for kind in kinds:
            await app({"type": kind}, inner, inner)

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
        in_flight=InFlightGauge(), background=Background(), start=lambda _: None
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
            await MonitorMiddleware(inner, monitor)({"type": "http"}, send, send)
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


def test_own_code_is_below_the_folder_and_in_no_library(tmp_path: Path) -> None:
    """Though a virtual environment lies in the project's root, as many do."""
    own = OwnCode(tmp_path)
    assert own.holds(f"{tmp_path}/main.py")
    assert own.holds(f"{tmp_path}/shop/api/orders.py")
    assert not own.holds(f"{tmp_path}/.venv/lib/python3.13/site-packages/starlette/routing.py")
    assert not own.holds(f"{tmp_path}/vendor/dist-packages/library.py")
    assert not own.holds(f"{tmp_path}2/main.py")
    assert own.shown(f"{tmp_path}/shop/orders.py") == "shop/orders.py"
    assert own.shown("/elsewhere/orders.py") == "orders.py"


def test_own_code_is_neither_the_interpreters_nor_the_agents() -> None:
    """Even of an app that lies at the root of everything."""
    own = OwnCode(Path("/"))
    assert own.holds("/srv/main.py")
    assert not own.holds(str(Path(sysconfig.get_path("stdlib")) / "asyncio" / "events.py"))
    assert not own.holds(f"{sys.prefix}/bin/tool.py")
    assert not own.holds(str(AGENT / "app.py"))


def test_an_app_inside_an_environment_has_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as /venv/src, or a package that is installed."""
    monkeypatch.setattr(sys, "prefix", "/venv")
    own = OwnCode(Path("/venv/src"))
    assert own.holds("/venv/src/main.py")
    assert not own.holds("/venv/src/site-packages/main.py")
    shop = ModuleType("shop.api.main")
    shop.__file__ = "/venv/lib/site-packages/shop/api/main.py"
    assert import_root(shop) == Path("/venv/lib/site-packages/shop")
    assert OwnCode(import_root(shop)).holds("/venv/lib/site-packages/shop/db.py")
    shop.__file__ = "/srv/shop/api/main.py"
    assert import_root(shop) == Path("/srv")


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
