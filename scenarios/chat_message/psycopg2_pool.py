"""A pool in which a request waits for a connection.

psycopg2's own raises instead, which would count as failures.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from queue import LifoQueue

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  a class, whatever its name

from scenarios.chat_message.shared import CONNECTIONS, URL


class Pool:
    """As many connections as it is given."""

    def __init__(self, connections: list[Connection]) -> None:
        self.size = len(connections)
        self._idle: LifoQueue[Connection] = LifoQueue()
        for connection in connections:
            self._idle.put(connection)

    @contextmanager
    def acquire(self) -> Iterator[Connection]:
        """Hold a connection."""
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)


@asynccontextmanager
async def open_pool() -> AsyncIterator[Pool]:
    """Hold the connections, in autocommit as asyncpg's are: both send one statement."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(closing(psycopg2.connect(URL))) for _ in range(CONNECTIONS)
        ]
        for connection in connections:
            connection.autocommit = True
        yield Pool(connections)
