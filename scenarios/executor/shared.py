"""What the variants hold in common, so that a diff of them shows only the treatment."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import requests
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel
from requests.adapters import HTTPAdapter

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
THREADS = int(os.getenv("THREADS", "40"))
CONNECTIONS = int(os.getenv("CONNECTIONS", "40"))
TIMEOUT_S = 5

session = requests.Session()
session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True))


class User(BaseModel):
    id: int
    name: str


def fetch(user_id: int) -> User:
    response = session.get(f"{URL}/users/{user_id}", timeout=TIMEOUT_S)
    response.raise_for_status()
    return User(**response.json())


def create_app(default_executor: ThreadPoolExecutor | None = None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        if default_executor is not None:
            asyncio.get_running_loop().set_default_executor(default_executor)
        with session:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
