"""One thing stored in a service by its own client, and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pymysql
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo import MongoClient
from redis import Redis

TOPIC = "fastapi_bench_test"
PATIENCE_S = 60


async def kafka(url: str) -> None:
    """Write a message to a topic that is not there yet, and read it."""
    servers = url.removeprefix("kafka://")
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        sent = await producer.send_and_wait(TOPIC, b"hello")
    async with AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        where = TopicPartition(TOPIC, sent.partition)
        consumer.assign([where])
        consumer.seek(where, sent.offset)
        found = await consumer.getone()
    assert found.value == b"hello"


def mysql(url: str) -> None:
    """Write a row, and read it."""
    parts = urlsplit(url)
    with (
        closing(
            pymysql.connect(
                host=parts.hostname,
                port=parts.port or 0,
                user=parts.username,
                password=parts.password or "",
                database=parts.path[1:],
            )
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE stock (id INT PRIMARY KEY, many INT)")
        cursor.execute("INSERT INTO stock VALUES (1, 7)")
        cursor.execute("SELECT many FROM stock WHERE id = 1")
        assert cursor.fetchone() == (7,)


async def rabbitmq(url: str) -> None:
    """Publish a message, and get it."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("fastapi_bench")
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), queue.name)
        found = await queue.get(timeout=PATIENCE_S)
        assert found is not None
        assert found.body == b"hello"


def mongo(url: str) -> None:
    """Write documents, and find one by what is in it."""
    with MongoClient[dict[str, Any]](url) as client:
        users = client["fastapi_bench"]["users"]
        users.insert_many([{"_id": key, "name": f"user {key}"} for key in range(3)])
        assert users.find_one({"name": "user 2"}) == {"_id": 2, "name": "user 2"}


def redis(url: str) -> None:
    """Set a key, and get it."""
    with closing(Redis.from_url(url)) as client:
        client.set("fastapi_bench:test", "hello")
        assert client.get("fastapi_bench:test") == b"hello"


ROUND_TRIPS: dict[str, Callable[[str], None]] = {
    "kafka": lambda url: asyncio.run(asyncio.wait_for(kafka(url), PATIENCE_S)),
    "mysql": mysql,
    "rabbitmq": lambda url: asyncio.run(asyncio.wait_for(rabbitmq(url), PATIENCE_S)),
    "mongo": mongo,
    "redis": redis,
}
