"""How large the app's connection pools really are, and how many wait for a connection.

It is read off the pools themselves, whichever library or app made them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any


def _mongo_waiting(client: Any) -> int:  # noqa: ANN401  any of pymongo's clients
    """Count the calls that wait for a connection to any server, or for one being opened."""
    pools = [server.pool for server in client._topology._servers.values()]
    return sum(
        len(pool.size_cond._waiters) + len(pool._max_connecting_cond._waiters) for pool in pools
    )


# It has a pool for each server, and its own monitors have theirs.
MONGO = (lambda client: client.options.pool_options.max_pool_size, _mongo_waiting)

# Class -> its size, and how many wait. The waiting is private to each library: where a library
# moves it, it is not shown.
READERS: dict[str, tuple[Callable[[Any], int], Callable[[Any], int]]] = {
    "aiohttp.connector.TCPConnector": (
        lambda pool: pool.limit,
        lambda pool: sum(len(one) for one in pool._waiters.values()),
    ),
    "aiomysql.pool.Pool": (lambda pool: pool.maxsize, lambda pool: len(pool._cond._waiters)),
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
# A scenario's own class called Pool, around a queue of idle connections.
OWN = (lambda pool: pool.size, lambda pool: len(pool._idle.not_empty._waiters))


class Pools:
    """The pools of this process, once they have been looked for."""

    def __init__(self) -> None:
        self._found: list[tuple[Any, str, Callable[[Any], int], Callable[[Any], int]]] = []

    def find(self) -> dict[str, int]:
        """Look through all objects, which takes a while, and return each pool's size by name."""
        self._found = []
        for one in gc.get_objects():
            kind = type(one)
            name = f"{kind.__module__}.{kind.__qualname__}"
            own = OWN if name.startswith("scenarios.") and name.endswith(".Pool") else None
            readers = READERS.get(name) or own
            if readers is not None:
                self._found.append((one, f"{name} {len(self._found) + 1}", *readers))
        return {name: size(one) for one, name, size, _ in self._found}

    def waiting(self) -> int | None:
        """Count the calls that wait for a connection; None where no pool shows it."""
        try:
            return sum(waiting(one) for one, _, _, waiting in self._found) if self._found else None
        except AttributeError:
            return None
