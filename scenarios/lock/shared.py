"""What the variants hold in common, so that a diff of them shows only the treatment.

The lock is there so that nobody asks twice at once for the same key.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
CONNECTIONS = int(os.getenv("CONNECTIONS", "40"))


class User(BaseModel):
    id: int
    name: str


async def fetch(app: FastAPI, user_id: int) -> User:
    async with app.state.session.get(f"{URL}/users/{user_id}") as response:
        response.raise_for_status()
        return User(**await response.json())


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as app.state.session:
        yield


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
