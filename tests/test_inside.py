"""The monitor inside an app, without an app: what it counts, and that it answers while the loop cannot."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from anyio.to_thread import current_default_thread_limiter
from prometheus_client.parser import text_string_to_metric_families

from harness.agent.evidence import Heartbeat
from harness.agent.monitor import Flight, Monitor
from harness.agent.pools import Pools
from harness.experiment.monitor_client import Monitor as Asker
from harness.system.ports import free_port
from scenarios.postgres_read.psycopg2_pool import Pool


def test_requests_in_flight_are_summed_over_time() -> None:
    """Two for a tenth of a second, one for another."""
    flight = Flight()
    flight.change(1)
    flight.change(1)
    time.sleep(0.1)
    flight.change(-1)
    time.sleep(0.1)
    flight.change(-1)
    assert flight.total == 2
    assert flight.count == 0
    assert flight.seconds == pytest.approx(0.3, rel=0.2)


def test_prometheus_can_read_it_while_the_loop_is_blocked() -> None:
    """By the library's own parser; the standstill is there while it lasts."""
    port = free_port()
    said: list[str] = []

    def scrape() -> None:
        time.sleep(0.3)
        said.append(Asker(port).ask("/metrics"))

    async def main() -> None:
        Monitor("127.0.0.1", port, Flight(), Heartbeat(), None).start(
            asyncio.get_running_loop(), current_default_thread_limiter()
        )
        scraper = threading.Thread(target=scrape)
        scraper.start()
        time.sleep(0.6)  # noqa: ASYNC251  that is the point
        scraper.join()

    asyncio.run(main())
    families = {family.name: family for family in text_string_to_metric_families(said[0])}
    assert 0.2 < families["fastapi_event_loop_late_seconds"].samples[0].value < 0.6
    assert families["fastapi_threads"].samples[0].value == 40
    assert families["process_open_fds"].samples[0].value > 3
    assert all(family.documentation for family in families.values())


def test_a_pool_is_found_whoever_made_it() -> None:
    """With its size, and how many wait for a connection of it."""
    pool = Pool([])
    waiting = threading.Thread(target=lambda: pool.acquire().__enter__(), daemon=True)
    waiting.start()
    time.sleep(0.1)
    pools = Pools()
    assert 0 in pools.find().values()
    assert pools.waiting() == 1
