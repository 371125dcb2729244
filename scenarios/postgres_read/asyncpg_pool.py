"""asyncpg's pool, full before the first request."""

import asyncpg

from scenarios.postgres_read.shared import CONNECTIONS, URL


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default sends a second statement."""


def open_pool() -> asyncpg.Pool:
    return asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep)
