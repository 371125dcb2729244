"""When each request began and ended inside the app, for the picture of lanes.

Recorded in the evidence pass alone, where it is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MOST = 2000  # requests that are kept, so that nothing grows without end


class Spans:
    """An ASGI app around another one that notes each request while it is watched."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner
        self._since_ns: int | None = None
        self._found: list[tuple[int, int, int]] = []

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[..., Awaitable[Any]],
        send: Callable[..., Awaitable[Any]],
    ) -> None:
        """Pass everything on."""
        found = self._found  # of this watching: a later one has a list of its own
        if self._since_ns is None or scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began_ns = time.monotonic_ns()
        try:
            await self._inner(scope, receive, send)
        finally:
            if len(found) < MOST:
                port = scope["client"][1] if scope["client"] else 0
                found.append((port, began_ns, time.monotonic_ns()))

    def watch(self) -> None:
        """Begin anew."""
        self._found = []
        self._since_ns = time.monotonic_ns()

    def findings(self) -> list[tuple[int, float, float]]:
        """Return (port of the client, began, ended) of each request, and watch no more.

        In seconds since the watching began. A request that began earlier or ended later is not
        among them.
        """
        since_ns, self._since_ns = self._since_ns, None
        if since_ns is None:
            return []
        return [
            (port, (began - since_ns) / 1e9, (ended - since_ns) / 1e9)
            for port, began, ended in self._found
        ]
