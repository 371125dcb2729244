"""psycopg's two pools, as large for every variant, and open before the first request.

What can never be used is not opened: a loop that is held uses one connection, forty threads use
forty. Each worker process has a pool of its own.
Connections are in autocommit, so that a request sends one statement and no other.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from psycopg_pool import AsyncConnectionPool, ConnectionPool

from scenarios.workers.shared import CONNECTIONS, URL

AUTOCOMMIT = {"autocommit": True}


def open_pool(used: int) -> Callable[[], AbstractAsyncContextManager[ConnectionPool]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[ConnectionPool]:
        first = min(CONNECTIONS, used)
        with ConnectionPool(
            URL, min_size=first, max_size=CONNECTIONS, kwargs=AUTOCOMMIT, open=False
        ) as pool:
            pool.wait()
            yield pool

    return opened


@asynccontextmanager
async def open_async_pool() -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(
        URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=AUTOCOMMIT, open=False
    ) as pool:
        await pool.wait()
        yield pool
