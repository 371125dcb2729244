"""asyncpg's pool, full before the first request."""

import asyncpg

from scenarios.large_report.queries import URL, WAIT_S, Row
from scenarios.large_report.shared import CONNECTIONS


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default sends a second statement."""


def open_pool() -> asyncpg.Pool:
    return asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep)


async def rows_of(pool: asyncpg.Pool, query: str, least_cents: int) -> list[Row]:
    return [tuple(row) for row in await pool.fetch(query, least_cents, WAIT_S)]
