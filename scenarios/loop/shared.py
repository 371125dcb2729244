"""What the app is made of beside its route."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
CONNECTIONS = int(os.getenv("CONNECTIONS", "64"))
WAIT_S = float(os.getenv("WAIT_MS", "10")) / 1000
USER = "SELECT id, name, email FROM users"
# Where nothing is to be waited for, pg_sleep is not called at all.
QUERY = f"{USER}, pg_sleep({WAIT_S}) WHERE id = $1" if WAIT_S else f"{USER} WHERE id = $1"


class User(BaseModel):
    id: int
    name: str
    email: str


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default sends a second statement."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool = asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep)
    async with pool as app.state.pool:
        yield


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
