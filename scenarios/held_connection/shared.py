"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import exc, text

THREADS = int(os.getenv("THREADS", "40"))
WAIT_S = float(os.getenv("WAIT_MS", "50")) / 1000
QUERY = text("SELECT id, name, email FROM users, pg_sleep(:wait_s) WHERE id = :user_id")


class User(BaseModel):
    id: int
    name: str
    email: str


def create_app(open_engine: Callable[[], AbstractAsyncContextManager[object]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with open_engine() as app.state.engine:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(exc.TimeoutError)
    async def exhausted(_: object, __: exc.TimeoutError) -> JSONResponse:
        return JSONResponse({"connections": "all taken"}, status_code=503)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
