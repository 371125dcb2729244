"""A blocking driver in `async def`: while it waits, the loop serves nobody else."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import urllib3
from fastapi import FastAPI

http = urllib3.PoolManager(maxsize=40)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request after 10 ms, as a service elsewhere would."""
    while await reader.read(4096):
        await asyncio.sleep(0.01)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n17")


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


@app.get("/stock/{product}")
async def stock(product: int) -> int:
    """Return how many are left."""
    return int(http.request("GET", f"{app.state.url}/{product}").data)
