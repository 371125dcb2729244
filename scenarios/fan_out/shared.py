"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
CONNECTIONS = int(os.getenv("CONNECTIONS", "100"))
TIMEOUT = aiohttp.ClientTimeout(total=5)
# The last of them fails, always.
SERVICES = (
    "name",
    "orders",
    "invoices",
    "messages",
    "friends",
    "photos",
    "likes",
    "groups",
    "news",
    "down",
)


class Profile(BaseModel):
    id: int
    parts: list[str | None]


async def fetch(session: aiohttp.ClientSession, service: str, user_id: int) -> str:
    async with session.get(f"{URL}/{service}/users/{user_id}") as response:
        response.raise_for_status()
        return f"{service} of {(await response.json())['name']}"


async def fetch_optional(session: aiohttp.ClientSession, service: str, user_id: int) -> str | None:
    try:
        return await fetch(session, service, user_id)
    except aiohttp.ClientError:
        return None


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
