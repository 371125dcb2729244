"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

URL = os.getenv("REDIS_URL", "redis://127.0.0.1:6379/0")
CONNECTIONS = int(os.getenv("CONNECTIONS", "20"))
THREADS = int(os.getenv("THREADS", "40"))


class User(BaseModel):
    id: int
    name: str
    email: str


SEED = {
    f"fastapi_bench:user:{n}": User(
        id=n, name=f"user {n}", email=f"user{n}@example.org"
    ).model_dump_json()
    for n in range(1, 1001)
}


def found(value: bytes | str | None) -> User:
    if value is None:
        raise HTTPException(404)
    return User.model_validate_json(value)


async def settled(result: object) -> None:
    """Wait for what an asynchronous client promises; a synchronous one has done it."""
    if isawaitable(result):
        await result


def create_app(write: Callable[[dict[str, str]], object], close: Callable[[], object]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        await settled(write(SEED))
        yield
        await settled(close())

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
