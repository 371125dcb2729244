"""psycopg's two pools, each full before the first request.

Connections are in autocommit, so that a request sends one statement and no other.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg_pool import AsyncConnectionPool, ConnectionPool

from scenarios.one_driver.shared import CONNECTIONS, URL

AUTOCOMMIT = {"autocommit": True}


@asynccontextmanager
async def open_pool() -> AsyncIterator[ConnectionPool]:
    with ConnectionPool(
        URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=AUTOCOMMIT, open=False
    ) as pool:
        pool.wait()
        yield pool


@asynccontextmanager
async def open_async_pool() -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(
        URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=AUTOCOMMIT, open=False
    ) as pool:
        await pool.wait()
        yield pool
