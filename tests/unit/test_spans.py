"""What is recorded for the picture of lanes: requests one by one, and what held the loop when."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.agent import spans
from harness.agent.evidence import Heartbeat, Watchdog
from harness.agent.own_code import OwnCode
from harness.agent.spans import Spans
from tests.support.in_process import written

HOLDS = """
import time


async def held():
    time.sleep(0.2)
"""


class Requests:
    """An app whose requests last until they are ended, each known by the port of its client."""

    def __init__(self) -> None:
        self.spans = Spans(self._serve)
        self._ends: dict[int, asyncio.Future[None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def _serve(self, scope: Any, *_: object) -> None:
        await self._ends[scope["client"][1]]

    async def begin(self, port: int, kind: str = "http") -> None:
        """Begin a request."""
        self._ends[port] = asyncio.get_running_loop().create_future()
        scope = {"type": kind, "client": ("127.0.0.1", port)}
        one: Awaitable[None] = self.spans(scope, nothing, nothing)
        self._tasks[port] = asyncio.ensure_future(one)
        await asyncio.sleep(0)

    async def end(self, port: int, error: Exception | None = None) -> None:
        """End a request, with an error or without."""
        if error:
            self._ends[port].set_exception(error)
        else:
            self._ends[port].set_result(None)
        with suppress(ValueError):
            await self._tasks[port]


async def nothing(*_: object) -> None:
    """Receive and send nothing."""


def ports(drive: Callable[[Requests], Awaitable[None]]) -> list[int]:
    """Return the ports of the requests that were noted, in the order in which they ended."""
    requests = Requests()

    async def driven() -> list[tuple[int, float, float]]:
        await drive(requests)
        return requests.spans.findings()

    found = asyncio.run(driven())
    assert all(0 <= began <= ended for _, began, ended in found)
    return [port for port, _, _ in found]


def test_requests_that_begin_and_end_while_it_is_watched_are_noted() -> None:
    """Not one that began before, and not one that still waits."""

    async def drive(requests: Requests) -> None:
        await requests.begin(1)
        requests.spans.watch()
        for port in (2, 3, 4):
            await requests.begin(port)
        for port in (1, 3, 2):
            await requests.end(port)

    assert ports(drive) == [3, 2]


def test_one_that_raises_is_noted_and_a_socket_is_not() -> None:
    """What a server does with the error is its own."""

    async def drive(requests: Requests) -> None:
        requests.spans.watch()
        await requests.begin(1)
        await requests.begin(2, "websocket")
        await requests.end(2)
        await requests.end(1, ValueError("no"))

    assert ports(drive) == [1]


def test_one_of_an_earlier_watching_is_not_among_those_of_a_later_one() -> None:
    """It began before the time that the later one counts from."""

    async def drive(requests: Requests) -> None:
        requests.spans.watch()
        await requests.begin(1)
        requests.spans.watch()
        await requests.end(1)

    assert ports(drive) == []


def test_what_is_not_watched_is_passed_on_and_nothing_grows_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many requests come."""
    monkeypatch.setattr(spans, "MOST", 2)

    async def drive(requests: Requests) -> None:
        assert requests.spans.findings() == []
        requests.spans.watch()
        for port in (1, 2, 3):
            await requests.begin(port)
            await requests.end(port)

    assert ports(drive) == [1, 2]


def test_a_server_without_addresses_has_one_lane() -> None:
    """Such as one at a socket of the file system."""
    found = Spans(nothing)
    found.watch()
    asyncio.run(found({"type": "http", "client": None}, nothing, nothing))
    assert [port for port, _, _ in found.findings()] == [0]


def test_the_longest_stretch_is_that_of_the_line_that_holds_the_loop(tmp_path: Path) -> None:
    """In order, and within the time that it was watched; a later watching has none of it."""
    module = written(tmp_path / "shop" / "main.py", HOLDS)
    watchdog = Watchdog(OwnCode(tmp_path))
    switch_s = sys.getswitchinterval()

    async def watched() -> tuple[list[tuple[float, float, str]], list[tuple[float, float, str]]]:
        Heartbeat(watchdog).start(asyncio.get_running_loop())
        watchdog.watch()
        await module.held()
        found = watchdog.stretches()
        watchdog.watch()
        return found, watchdog.stretches()

    gc.disable()  # other tools have callbacks in its runs, which would be seen at work
    try:
        found, later = asyncio.run(watched())
    finally:
        gc.enable()
    began, ended, line = max(found, key=lambda one: one[1] - one[0])
    assert line == "shop/main.py:6"
    assert ended > began
    moments = [moment for began, ended, _ in found for moment in (began, ended)]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert line not in {one for _, _, one in later}
    assert sys.getswitchinterval() == switch_s
