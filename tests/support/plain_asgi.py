"""The smallest ASGI app there is, which needs the standard library alone."""

from __future__ import annotations

import asyncio
import time
from typing import Any


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer `{}`; /blocked holds the loop for a second first, /sleeping awaits one."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await websocket(receive, send)
    else:
        if scope["path"] == "/blocked":
            time.sleep(1)  # noqa: ASYNC251  that is the point
        elif scope["path"] == "/sleeping":
            await asyncio.sleep(1)
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


async def websocket(receive: Any, send: Any) -> None:
    """Accept, and send every text back."""
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": event["text"]})
