"""An app with its monitor:

    APP=scenarios.postgres_read.blocking:app MONITOR_PORT=9100 uvicorn harness.agent.app:app

Prometheus scrapes http://127.0.0.1:9100/metrics, also while the app's loop is blocked. What else
the environment may say:

| variable | |
|---|---|
| FACTORY=1 | APP names a function that makes the app |
| EXPLAIN=1 | the monitor says too where handlers ran and which line held the loop: it costs speed |
| IDLE=/-/idle | this path is answered here, in the app's loop, and is no request of the app's |
| REQUEST="GET /products/1" | the request that is measured: its route is described at /route |
| TREATMENT="handler on the loop" | what is tried on that route; all are in treatments.py |
| ROOT_FOLDER=/srv/shop | whose files are the app's own code, less libraries |
"""  # noqa: D400, D415  the command is a part of the sentence

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from harness.agent import loading, treatments
from harness.agent.callables import codes_of
from harness.agent.evidence import Heartbeat, Watchdog
from harness.agent.monitor import Monitor
from harness.agent.routes import answering, described
from harness.agent.spans import Spans
from harness.agent.tracer import ThreadTracer

Scope = MutableMapping[str, Any]
Receive = Callable[..., Awaitable[Any]]
Send = Callable[..., Awaitable[Any]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class MonitorMiddleware:
    """Counts the requests in flight, and starts the monitor with the loop.

    A flight ends with the last part of the answer. What goes on afterwards, such as a background
    task, nobody waits for; it is counted apart. Of a WebSocket each message that the app receives
    is a request, until the next one that it sends. A request for the path `idle` is answered here.
    AnyIO gets so many `threads` with the first request, as the app may set them in its lifespan.
    """

    def __init__(
        self, inner: Application, monitor: Monitor, idle: str = "", threads: int | None = None
    ) -> None:
        self._inner = inner
        self._monitor = monitor
        self._in_flight, self._background = monitor.in_flight, monitor.background
        self._idle = idle or None
        self._threads = threads
        self._started = False

    async def __call__(  # noqa: C901  a call more would cost every request
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass everything on."""
        if not self._started:  # the lifespan, or the first request where the server sends none
            self._started = True
            self._monitor.start(asyncio.get_running_loop())
            if scope["type"] != "lifespan":
                self._monitor.serve()
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._converse(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        if self._threads is not None:
            self._monitor.threads.total_tokens = self._threads
            self._threads = None
        if scope["path"] == self._idle:
            await _answer(send)
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

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        in_flight, waiting = self._in_flight, 0

        async def receive_on() -> MutableMapping[str, Any]:
            nonlocal waiting
            message: MutableMapping[str, Any] = await receive()
            if message["type"] == "websocket.receive":
                waiting += 1
                in_flight.change(1)
            return message

        async def send_on(message: MutableMapping[str, Any]) -> None:
            nonlocal waiting
            await send(message)
            if waiting and message["type"] == "websocket.send":
                waiting -= 1
                in_flight.change(-1)

        try:
            await self._inner(scope, receive_on, send_on)
        finally:
            in_flight.change(-waiting)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the lifespan on; the app serves once it has begun, or where there is none."""

        async def send_on(message: MutableMapping[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._monitor.serve()

        try:
            await self._inner(scope, receive, send_on)
        finally:
            self._monitor.serve()


async def _answer(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def lanes(
    inner: Application, watchdog: Watchdog
) -> tuple[Application, dict[str, Callable[[], Any]]]:
    """Return an app whose requests can be noted, and what the monitor may be asked of them."""
    spans = Spans(inner)

    def watch() -> None:
        spans.watch()
        watchdog.watch()

    def findings() -> dict[str, Any]:
        return {"requests": spans.findings(), "held": watchdog.stretches()}

    return spans, {"/lanes/watch": watch, "/lanes": findings}


def load() -> MonitorMiddleware:
    """Import the app that the environment names, and put its monitor around it.

    Raises RuntimeError where what is to be tried on it cannot be tried.
    """
    explaining, treatment = bool(os.getenv("EXPLAIN")), os.getenv("TREATMENT", "")
    request = os.getenv("REQUEST", "")
    method = request.partition(" ")[0]
    inner, own = loading.load()
    route = answering(inner, request) if request else None
    handler = codes_of(route.handler(method)) if route else []
    about = described(route, method, own) if route else None
    watchdog = Watchdog(own) if explaining else None
    questions: dict[str, Callable[[], Any]] = {"/route": lambda: about} if request else {}
    if watchdog is not None:
        inner, asked = lanes(inner, watchdog)
        questions |= asked
    monitor = Monitor(
        os.getenv("LISTEN", "127.0.0.1"),
        int(os.environ["MONITOR_PORT"]),
        Heartbeat(watchdog),
        ThreadTracer(own, handler) if explaining else None,
        questions,
    )
    threads = treatments.threads(treatment)
    if threads is not None and "anyio" not in sys.modules:
        raise RuntimeError(f"{treatment} cannot be tried: the app does not use AnyIO")
    if treatment and threads is None:
        treatments.treat(treatment, route, method)
    return MonitorMiddleware(inner, monitor, os.getenv("IDLE", ""), threads)


app = load()
