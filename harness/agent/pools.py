"""How large the app's connection pools really are, and how many wait for a connection: read off the pools themselves, whoever made them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any


def _mongo_waiting(client: Any) -> int:  # noqa: ANN401  whichever of pymongo's clients
    """Count who waits for a connection to any server, or for one that is being opened."""
    pools = [server.pool for server in client._topology._servers.values()]
    return sum(
        len(pool.size_cond._waiters) + len(pool._max_connecting_cond._waiters) for pool in pools
    )


MONGO = (
    lambda client: client.options.pool_options.max_pool_size,
    _mongo_waiting,
)  # it has a pool for each server, and monitors have theirs

# Class -> its size, and how many wait. The waiting is private to each library: where it moves, it is not shown.
READERS: dict[str, tuple[Callable[[Any], int], Callable[[Any], int]]] = {
    "aiohttp.connector.TCPConnector": (
        lambda pool: pool.limit,
        lambda pool: sum(len(one) for one in pool._waiters.values()),
    ),
    "asyncpg.pool.Pool": (lambda pool: pool.get_max_size(), lambda pool: len(pool._queue._getters)),
    "httpcore.AsyncConnectionPool": (
        lambda pool: pool._max_connections,
        lambda pool: sum(request.is_queued() for request in pool._requests),
    ),
    "psycopg_pool.pool.ConnectionPool": (
        lambda pool: pool.max_size,
        lambda pool: len(pool._waiting),
    ),
    "psycopg_pool.pool_async.AsyncConnectionPool": (
        lambda pool: pool.max_size,
        lambda pool: len(pool._waiting),
    ),
    "pymongo.asynchronous.mongo_client.AsyncMongoClient": MONGO,
    "pymongo.synchronous.mongo_client.MongoClient": MONGO,
    "redis.asyncio.connection.BlockingConnectionPool": (
        lambda pool: pool.max_connections,
        lambda pool: len(pool._condition._waiters),
    ),
    "redis.connection.BlockingConnectionPool": (
        lambda pool: pool.max_connections,
        lambda pool: len(pool.pool.not_empty._waiters),
    ),
    "sqlalchemy.pool.impl.QueuePool": (
        lambda pool: pool.size() + pool._max_overflow,
        lambda pool: len(pool._pool.not_empty._waiters),
    ),
    "sqlalchemy.pool.impl.AsyncAdaptedQueuePool": (
        lambda pool: pool.size() + pool._max_overflow,
        lambda pool: len(pool._pool._queue._getters),
    ),
    "urllib3.connectionpool.HTTPConnectionPool": (
        lambda pool: pool.pool.maxsize,
        lambda pool: len(pool.pool.not_empty._waiters),
    ),
}
OWN = (
    lambda pool: pool.size,
    lambda pool: len(pool._idle.not_empty._waiters),
)  # a scenario's own class called Pool, around a queue of idle connections


class Pools:
    """The pools of this process, once they have been looked for."""

    def __init__(self) -> None:
        self._found: list[tuple[Any, str, Callable[[Any], int], Callable[[Any], int]]] = []

    def find(self) -> dict[str, int]:
        """Look through all objects, which takes a while, and give each pool's size by its name."""
        self._found = []
        for one in gc.get_objects():
            kind = type(one)
            name = f"{kind.__module__}.{kind.__qualname__}"
            readers = READERS.get(name) or (
                OWN if name.startswith("scenarios.") and name.endswith(".Pool") else None
            )
            if readers is not None:
                self._found.append((one, f"{name} {len(self._found) + 1}", *readers))
        return {name: size(one) for one, name, size, _ in self._found}

    def waiting(self) -> int | None:
        """Count who waits for a connection; None where there is no pool, or it does not tell."""
        try:
            return sum(waiting(one) for one, _, _, waiting in self._found) if self._found else None
        except AttributeError:
            return None
