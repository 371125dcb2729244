"""Index, items and cache by clients that block.

The pools of index and items are full before the first request; the cache's fills as it is used.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from queue import LifoQueue
from typing import Any

import pymysql
from psycopg import RawCursor
from psycopg_pool import ConnectionPool
from redis import BlockingConnectionPool, Redis

from scenarios.product_search.shared import (
    ACCOUNT,
    CACHE_URL,
    CONNECTIONS,
    DATABASE,
    INDEX_S,
    INDEX_URL,
    ITEMS_S,
    POPULAR,
    SEARCH,
    SEED,
    Hits,
    ids,
    keys,
    stock_of,
)

KWARGS = {"autocommit": True, "cursor_factory": RawCursor}  # with PostgreSQL's own $1


class Pool:
    """A pool in which a request waits for a connection: PyMySQL has none."""

    def __init__(self, connections: list[pymysql.Connection]) -> None:
        self.size = len(connections)
        self._idle: LifoQueue[pymysql.Connection] = LifoQueue()
        for connection in connections:
            self._idle.put(connection)

    @contextmanager
    def acquire(self) -> Iterator[pymysql.Connection]:
        """Hold a connection."""
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)


class Shop:
    """What a search asks."""

    def __init__(self, index: ConnectionPool, items: Pool, cache: Redis) -> None:
        self._index, self._items, self._cache = index, items, cache

    def hits(self, words: str) -> Hits:
        """Ask the index."""
        with self._index.connection() as connection:
            return connection.execute(SEARCH, (words, INDEX_S)).fetchall()

    def popular(self) -> list[int]:
        """Ask the items."""
        return [product_id for (product_id,) in self._rows(POPULAR, ITEMS_S)]

    def cents(self, hits: Hits) -> list[int]:
        """Ask the cache."""
        return [int(value or 0) for value in self._cache.mget(keys(hits))] if hits else []

    def stock(self, hits: Hits) -> dict[int, int]:
        """Ask the items."""
        return dict(self._rows(stock_of(hits), ITEMS_S, *ids(hits)))

    def _rows(self, query: str, *given: object) -> tuple[tuple[Any, ...], ...]:
        with self._items.acquire() as connection, connection.cursor() as cursor:
            cursor.execute(query, given)
            return cursor.fetchall()


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    with ExitStack() as stack:
        index = stack.enter_context(
            ConnectionPool(INDEX_URL, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=KWARGS)
        )
        index.wait()
        items = [
            stack.enter_context(closing(pymysql.connect(database=DATABASE, **ACCOUNT)))
            for _ in range(CONNECTIONS)
        ]
        pool = BlockingConnectionPool.from_url(CACHE_URL, max_connections=CONNECTIONS, timeout=None)
        cache = stack.enter_context(Redis.from_pool(pool))
        cache.mset(SEED)
        yield Shop(index, Pool(items), cache)
