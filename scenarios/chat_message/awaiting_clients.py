"""asyncpg's pool, full before the first message, and aiokafka's producer.

The pool leaves a returned connection as it is: the default sends a second statement.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from aiokafka import AIOKafkaProducer

from scenarios.chat_message.shared import (
    BROKERS,
    CONNECTIONS,
    INSERT,
    TIMEOUT_S,
    TOPIC,
    URL,
    WAIT_S,
    Message,
)

QUERY = INSERT.format("$1", "$2", "$3", "$4")


async def keep(_: asyncpg.Connection) -> None:
    """Leave it as it is."""


class Clients:
    """Where messages go."""

    def __init__(self, pool: asyncpg.Pool, producer: AIOKafkaProducer) -> None:
        self._pool, self._producer = pool, producer

    async def store(self, message: Message) -> None:
        """Write a row."""
        await self._pool.execute(QUERY, message.room, message.number, message.text, WAIT_S)

    async def publish(self, message: Message) -> None:
        """Send a message, and wait for the broker's report of it."""
        await self._producer.send_and_wait(
            TOPIC, message.text.encode(), key=str(message.room).encode()
        )


@asynccontextmanager
async def open_clients() -> AsyncIterator[Clients]:
    async with (
        asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep) as pool,
        AIOKafkaProducer(
            bootstrap_servers=BROKERS, acks="all", request_timeout_ms=TIMEOUT_S * 1000
        ) as producer,
    ):
        await producer.partitions_for(TOPIC)  # makes the topic
        yield Clients(pool, producer)
