"""asyncpg's pool, full before the first request."""

import os

import asyncpg

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
CONNECTIONS = int(os.getenv("CONNECTIONS", "10"))


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default sends a statement."""


def open_pool() -> asyncpg.Pool:
    return asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep)
