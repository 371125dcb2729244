"""What the variants hold in common, so that a diff of them shows only the treatment.

The client is aiohttp, because twelve calls per request are made with it at a small part of a core.
httpx looks through its whole pool for each call, which takes milliseconds of CPU from 64 calls in
flight on: one would measure that. The scenario client_choice does.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
CONNECTIONS = int(os.getenv("CONNECTIONS", "240"))
TIMEOUT = aiohttp.ClientTimeout(total=30)
REFUSED = 429
PAUSE_S = 0.1  # before a call that was refused is made again
MARKETS = tuple(f"market-{number}" for number in range(1, 13))


class Quotes(BaseModel):
    id: int
    quotes: list[str]


async def fetch(session: aiohttp.ClientSession, market: str, share_id: int) -> str:
    while True:
        async with session.get(f"{URL}/{market}/shares/{share_id}") as response:
            if response.status != REFUSED:
                response.raise_for_status()
                return f"{market}: {(await response.json())['name']}"
        await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS), timeout=TIMEOUT
    ) as app.state.session:
        yield


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
