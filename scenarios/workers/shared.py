"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
CONNECTIONS = int(os.getenv("CONNECTIONS", "64"))
THREADS = int(os.getenv("THREADS", "40"))
WAIT_S = float(os.getenv("WAIT_MS", "10")) / 1000
USER = "SELECT id, name, email FROM users"
# Where nothing is to be waited for, pg_sleep is not called at all.
QUERY = f"{USER}, pg_sleep({WAIT_S}) WHERE id = %s" if WAIT_S else f"{USER} WHERE id = %s"


class User(BaseModel):
    id: int
    name: str
    email: str


def create_app(open_pool: Callable[[], AbstractAsyncContextManager[object]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with open_pool() as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
