"""What the variants hold in common, so that a diff of them shows only the treatment.

Here `/idle` is a `def` route: it has nothing to do, and needs a thread to do it in.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
CONNECTIONS = int(os.getenv("CONNECTIONS", "100"))
THREADS = int(os.getenv("THREADS", "40"))
WAIT_S = float(os.getenv("WAIT_MS", "100")) / 1000
ASYNCPG_QUERY = "SELECT id, name, email FROM users, pg_sleep($1) WHERE id = $2"
PSYCOPG_QUERY = "SELECT id, name, email FROM users, pg_sleep(%s) WHERE id = %s"


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
    def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
