"""Index, items and cache by clients that await.

The pools of index and items are full before the first request; the cache's fills as it is used.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomysql
import asyncpg
from redis.asyncio import BlockingConnectionPool, Redis

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


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default sends a second statement."""


class Shop:
    """What a search asks."""

    def __init__(self, index: asyncpg.Pool, items: aiomysql.Pool, cache: Redis) -> None:
        self._index, self._items, self._cache = index, items, cache

    async def hits(self, words: str) -> Hits:
        """Ask the index."""
        return [tuple(row) for row in await self._index.fetch(SEARCH, words, INDEX_S)]

    async def popular(self) -> list[int]:
        """Ask the items."""
        return [product_id for (product_id,) in await self._rows(POPULAR, ITEMS_S)]

    async def cents(self, hits: Hits) -> list[int]:
        """Ask the cache."""
        return [int(value or 0) for value in await self._cache.mget(keys(hits))] if hits else []

    async def stock(self, hits: Hits) -> dict[int, int]:
        """Ask the items."""
        return dict(await self._rows(stock_of(hits), ITEMS_S, *ids(hits)))

    async def _rows(self, query: str, *given: object) -> tuple[tuple[Any, ...], ...]:
        async with self._items.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(query, given)
            rows: tuple[tuple[Any, ...], ...] = await cursor.fetchall()
            return rows


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    pool = BlockingConnectionPool.from_url(CACHE_URL, max_connections=CONNECTIONS, timeout=None)
    async with (
        asyncpg.create_pool(
            INDEX_URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep
        ) as index,
        aiomysql.create_pool(CONNECTIONS, CONNECTIONS, db=DATABASE, **ACCOUNT) as items,
        Redis.from_pool(pool) as cache,
    ):
        await cache.mset(SEED)
        yield Shop(index, items, cache)
