"""psycopg's pool, full before the first request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import RawCursor
from psycopg_pool import ConnectionPool

from scenarios.large_report.queries import URL, WAIT_S, Row
from scenarios.large_report.shared import CONNECTIONS

KWARGS = {"autocommit": True, "cursor_factory": RawCursor}  # with PostgreSQL's own $1


@asynccontextmanager
async def open_pool() -> AsyncIterator[ConnectionPool]:
    with ConnectionPool(
        URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=KWARGS, open=False
    ) as pool:
        pool.wait()
        yield pool


def rows_of(pool: ConnectionPool, query: str, least_cents: int) -> list[Row]:
    with pool.connection() as connection:
        return connection.execute(query, (least_cents, WAIT_S)).fetchall()
