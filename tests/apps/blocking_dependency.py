"""A blocking client in a `def` dependency of an `async def` route: 40 threads wait for it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import urllib3
from fastapi import Depends, FastAPI

http = urllib3.PoolManager(maxsize=100)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request after 100 ms, as a slow service elsewhere would."""
    while await reader.read(4096):
        await asyncio.sleep(0.1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nada")


@asynccontextmanager
async def service(app: FastAPI) -> AsyncIterator[None]:
    """Start that service, on a loop of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    start = asyncio.start_server(answer, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(start, loop).result()
    app.state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield


app = FastAPI(lifespan=service)


def current_user() -> str:
    """Return whose session it is."""
    return http.request("GET", app.state.url).data.decode()


@app.get("/me")
async def me(user: Annotated[str, Depends(current_user)]) -> dict[str, str]:
    """Return who asks."""
    return {"user": user}
