"""Four connections to a service that takes 20 ms: all other requests wait for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI

CONNECTIONS = 4


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request after 20 ms, as a service elsewhere would."""
    while await reader.read(4096):
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n17")


@asynccontextmanager
async def service(app: FastAPI) -> AsyncIterator[None]:
    """Start that service, and a client of it."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with server, aiohttp.ClientSession(url, connector=connector) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=service)


@app.get("/stock/{product}")
async def stock(product: int) -> int:
    """Return how many are left."""
    async with app.state.client.get(f"/{product}") as found:
        return int(await found.text())
