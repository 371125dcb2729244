"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
CONNECTIONS = int(os.getenv("CONNECTIONS", "10"))
LIMITS = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
TIMEOUT_S = 5


class User(BaseModel):
    id: int
    name: str


def create_app(client: AbstractAsyncContextManager[object]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with client:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
