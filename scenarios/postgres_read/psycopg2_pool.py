"""A pool in which a request waits for a connection. psycopg2's own raises instead, which would count as failures."""

from collections.abc import Iterator
from contextlib import asynccontextmanager, closing, contextmanager, ExitStack
from queue import LifoQueue
from typing import AsyncIterator

import psycopg2
from psycopg2.extensions import connection as Connection

from scenarios.postgres_read.shared import CONNECTIONS, URL


class Pool:
    def __init__(self) -> None:
        self._idle: LifoQueue[Connection] = LifoQueue()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold the connections for the app's life. They commit by themselves, as asyncpg's do, so both send the same one statement."""
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                connection = stack.enter_context(closing(psycopg2.connect(URL)))
                connection.autocommit = True
                self._idle.put(connection)
            yield

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)
