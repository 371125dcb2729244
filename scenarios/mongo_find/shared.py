"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

URL = os.getenv("MONGO_URL", "mongodb://127.0.0.1:27017/")
CONNECTIONS = int(os.getenv("CONNECTIONS", "10"))
THREADS = int(os.getenv("THREADS", "40"))

Document = dict[str, Any]
SEED: Document = {
    "update": "users",
    "updates": [
        {
            "q": {"_id": n},
            "u": {"name": f"user {n}", "email": f"user{n}@example.org"},
            "upsert": True,
        }
        for n in range(1, 1001)
    ],
}


class User(BaseModel):
    id: int
    name: str
    email: str


def found(document: Document | None) -> User:
    if document is None:
        raise HTTPException(404)
    return User(id=document["_id"], name=document["name"], email=document["email"])


async def settled(result: object) -> None:
    """Wait for what an asynchronous client promises; a synchronous one has done it."""
    if isawaitable(result):
        await result


def create_app(command: Callable[[Document], object], close: Callable[[], object]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        await settled(command(SEED))
        yield
        await settled(close())

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
