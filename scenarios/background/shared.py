"""What the variants hold in common, so that a diff of them shows only the treatment.

An order is taken, and a mail goes out once that is answered; the mail server takes a while.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
THREADS = int(os.getenv("THREADS", "40"))
CONNECTIONS = int(os.getenv("CONNECTIONS", "40"))
TIMEOUT_S = 5


class Order(BaseModel):
    id: int
    state: str


def create_app(open_session: Callable[[], AbstractAsyncContextManager[object]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with open_session() as app.state.session:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
