"""A variant with its monitor: `APP=scenarios.postgres_read.blocking:app MONITOR_PORT=9100 uvicorn harness.agent.app:app`.

Prometheus scrapes http://127.0.0.1:9100/metrics, also while the app's loop is blocked.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from anyio.to_thread import current_default_thread_limiter

from harness.agent.evidence import Heartbeat, Watchdog, Whereabouts
from harness.agent.monitor import Flight, Monitor

Scope = MutableMapping[str, Any]
Application = Callable[
    [Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[None]
]


class Watched:
    """Counts the requests in flight, and starts the monitor with the loop."""

    def __init__(self, inner: Application, monitor: Monitor) -> None:
        self._inner = inner
        self._monitor = monitor
        self._flight = monitor.flight

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[..., Awaitable[Any]],
        send: Callable[..., Awaitable[Any]],
    ) -> None:
        """Pass everything on."""
        if scope["type"] != "http":
            self._monitor.start(asyncio.get_running_loop(), current_default_thread_limiter())
            await self._inner(scope, receive, send)
            return
        self._flight.change(1)
        try:
            await self._inner(scope, receive, send)
        finally:
            self._flight.change(-1)


def load() -> Watched:
    """Import the app that the environment names, and put its monitor around it."""
    explaining = bool(os.getenv("EXPLAIN"))
    where, name = os.environ["APP"].split(":")
    module = import_module(where)
    folder = Path(str(module.__file__)).parent
    heartbeat = Heartbeat(Watchdog(folder) if explaining else None)
    monitor = Monitor(
        os.getenv("LISTEN", "127.0.0.1"),
        int(os.environ["MONITOR_PORT"]),
        Flight(),
        heartbeat,
        Whereabouts(folder) if explaining else None,
    )
    return Watched(getattr(module, name), monitor)


app = load()
