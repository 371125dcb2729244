"""psycopg2 and confluent's producer, neither of which knows the loop.

The producer waits five milliseconds for more messages unless it is told not to; aiokafka's sends at
once.
"""

from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from threading import Event, Thread

from confluent_kafka import KafkaError, KafkaException, Producer

from scenarios.chat_message.psycopg2_pool import Pool, open_pool
from scenarios.chat_message.shared import BROKERS, INSERT, TIMEOUT_S, TOPIC, WAIT_S, Message

QUERY = INSERT.format("%s", "%s", "%s", "%s")
SETTINGS = {
    "bootstrap.servers": BROKERS,
    "acks": "all",
    "linger.ms": 0,
    "message.timeout.ms": TIMEOUT_S * 1000,
}
POLL_S = 0.05  # after which the thread that polls looks whether it should end


class Clients:
    """Where messages go."""

    def __init__(self, pool: Pool) -> None:
        self.producer = Producer(SETTINGS)
        self.producer.list_topics(TOPIC, TIMEOUT_S)  # connects, and makes the topic
        self._pool = pool

    def store(self, message: Message) -> None:
        """Write a row."""
        with self._pool.acquire() as connection, connection.cursor() as cursor:
            cursor.execute(QUERY, (message.room, message.number, message.text, WAIT_S))

    def publish(self, message: Message) -> Future[None]:
        """Hand a message to the producer, which does not wait; return what becomes of it.

        Whoever flushes or polls the producer is given the broker's reports, of all messages.
        """
        delivery: Future[None] = Future()
        delivery.set_running_or_notify_cancel()  # it is under way, and cannot be called back

        def report(error: KafkaError | None, _: object) -> None:
            if error is None:
                delivery.set_result(None)
            else:
                delivery.set_exception(KafkaException(error))

        self.producer.produce(TOPIC, message.text, key=str(message.room), on_delivery=report)
        return delivery


@asynccontextmanager
async def open_clients() -> AsyncIterator[Clients]:
    async with open_pool() as pool:
        yield Clients(pool)


@asynccontextmanager
async def open_polled_clients() -> AsyncIterator[Clients]:
    """Hold the clients, and a thread that polls the producer."""
    ending = Event()
    async with open_clients() as clients:

        def poll() -> None:
            while not ending.is_set():
                clients.producer.poll(POLL_S)

        thread = Thread(target=poll)
        thread.start()
        try:
            yield clients
        finally:
            ending.set()
            thread.join()
