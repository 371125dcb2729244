"""An app with its monitor:

    APP=scenarios.postgres_read.blocking:app MONITOR_PORT=9100 uvicorn harness.agent.app:app

Prometheus scrapes http://127.0.0.1:9100/metrics, also while the app's loop is blocked. With
EXPLAIN=1 the monitor says as well where handlers ran and which line held the loop, which costs
the app some speed.
"""  # noqa: D400, D415  the command is a part of the sentence

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from functools import reduce
from importlib import import_module
from typing import Any

from harness.agent.evidence import Heartbeat, Watchdog
from harness.agent.monitor import Monitor
from harness.agent.own_code import OwnCode, import_root
from harness.agent.tracer import ThreadTracer

Scope = MutableMapping[str, Any]
Receive = Callable[..., Awaitable[Any]]
Send = Callable[..., Awaitable[Any]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class MonitorMiddleware:
    """Counts the HTTP requests in flight, and starts the monitor with the loop.

    A flight ends with the last part of the answer. What goes on afterwards, such as a background
    task, nobody waits for; it is counted apart.
    """

    def __init__(self, inner: Application, monitor: Monitor) -> None:
        self._inner = inner
        self._monitor = monitor
        self._in_flight, self._background = monitor.in_flight, monitor.background
        self._started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if not self._started:  # the lifespan, or the first request where the server sends none
            self._started = True
            self._monitor.start(asyncio.get_running_loop())
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        in_flight, answered = self._in_flight, False

        async def send_on(message: MutableMapping[str, Any]) -> None:
            nonlocal answered
            await send(message)
            if answered or message["type"] != "http.response.body" or message.get("more_body"):
                return
            answered = True
            in_flight.change(-1)
            self._background.count += 1

        in_flight.change(1)
        try:
            await self._inner(scope, receive, send_on)
        finally:
            if answered:
                self._background.count -= 1
            else:
                in_flight.change(-1)


def load() -> MonitorMiddleware:
    """Import the app that the environment names, and put its monitor around it."""
    explaining = bool(os.getenv("EXPLAIN"))
    where, _, names = os.environ["APP"].partition(":")
    module = import_module(where)
    own = OwnCode(import_root(module))
    monitor = Monitor(
        os.getenv("LISTEN", "127.0.0.1"),
        int(os.environ["MONITOR_PORT"]),
        Heartbeat(Watchdog(own) if explaining else None),
        ThreadTracer(own) if explaining else None,
    )
    named: Any = reduce(getattr, names.split("."), module)
    return MonitorMiddleware(named, monitor)


app = load()
