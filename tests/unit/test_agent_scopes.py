"""What the agent does with a lifespan and with a WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from harness.agent.monitor import Background, InFlightGauge


def test_of_a_websocket_each_message_is_in_flight_until_the_next_one_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is sent unasked answers none, and what was not answered ends with its socket."""
    monkeypatch.setenv("APP", "tests.support.plain_asgi:app")
    monkeypatch.setenv("MONITOR_PORT", "1")
    from harness.agent.app import MonitorMiddleware  # noqa: PLC0415  it imports the app at once

    in_flight = InFlightGauge()
    monitor: Any = SimpleNamespace(
        in_flight=in_flight,
        background=Background(),
        start=lambda _: None,
        serve=lambda: None,
    )
    kinds = iter(["connect", "receive", "receive", "receive"])
    seen: list[int] = []

    async def receive() -> Any:
        return {"type": f"websocket.{next(kinds)}"}

    async def send(_: Any) -> None:
        pass

    async def inner(_: Any, receive: Any, send: Any) -> None:
        for act in (receive, "accept", "send", receive, receive, "send", "send", "send", receive):
            await (send({"type": f"websocket.{act}"}) if isinstance(act, str) else act())
            seen.append(in_flight.count)
        raise ValueError

    async def serve() -> None:
        with suppress(ValueError):
            await MonitorMiddleware(inner, monitor)({"type": "websocket"}, receive, send)

    asyncio.run(serve())
    assert seen == [0, 0, 0, 1, 2, 1, 0, 0, 1]
    assert (in_flight.count, in_flight.total) == (0, 3)


def test_an_app_serves_once_its_lifespan_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not while it opens its pools; where it has no lifespan, at its first request."""
    monkeypatch.setenv("APP", "tests.support.plain_asgi:app")
    monkeypatch.setenv("MONITOR_PORT", "1")
    from harness.agent.app import MonitorMiddleware  # noqa: PLC0415  it imports the app at once

    seen: list[str] = []
    monitor: Any = SimpleNamespace(
        in_flight=InFlightGauge(),
        background=None,
        start=lambda _: seen.append("starts"),
        serve=lambda: seen.append("serves"),
    )

    async def begin(_scope: object, _receive: object, send: Any) -> None:
        seen.append("opens its pools")
        await send({"type": "lifespan.startup.complete"})
        seen.append("waits for the end")

    async def sent(_: object) -> None:
        pass

    async def live(kind: str) -> None:
        seen.clear()
        await MonitorMiddleware(begin, monitor)({"type": kind}, sent, sent)

    asyncio.run(live("lifespan"))
    assert seen[:4] == ["starts", "opens its pools", "serves", "waits for the end"]
    asyncio.run(live("websocket"))
    assert seen[:2] == ["starts", "serves"]
