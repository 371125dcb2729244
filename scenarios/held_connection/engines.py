"""SQLAlchemy's engines, for threads and for the loop, with the same driver and pool."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

URL = make_url(os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")).set(
    drivername="postgresql+psycopg"
)
CONNECTIONS = int(os.getenv("CONNECTIONS", "15"))
POOL: dict[str, float] = {
    "pool_size": CONNECTIONS,
    "max_overflow": 0,  # an overflowing async pool closes connections that others wait for
    "pool_timeout": float(os.getenv("POOL_TIMEOUT_MS", "1000")) / 1000,
}


@asynccontextmanager
async def open_engine() -> AsyncIterator[Engine]:
    engine = create_engine(URL, **POOL)
    yield engine
    engine.dispose()


@asynccontextmanager
async def open_async_engine() -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(URL, **POOL)
    yield engine
    await engine.dispose()
