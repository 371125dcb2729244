"""A message is acknowledged when it is stored and published, and not before."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import KafkaError, KafkaException

from harness.catalogue import catalogue
from harness.model.workload import FIRST_CLOSE, OPENED, Request
from harness.places.host import Host
from harness.places.place import Server
from harness.places.serve import wait_for
from harness.project import ROOT
from harness.services.provide import environment, lacking
from harness.services.service import Service
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from harness.system.websocket import CHUNK, WebSocketClient, frame
from scenarios.chat_message import blocking_clients
from scenarios.chat_message.psycopg2_pool import Pool
from scenarios.chat_message.shared import TOPIC, Message

CHAT = catalogue()["chat_message"].with_knobs({"wait_ms": 0})
WORKLOAD = CHAT.workload
NAMES = [variant.name for variant in CHAT.variants]
TOO_LARGE = 1_100_000  # bytes, for a producer and for a broker
PATIENCE_S = 20


@contextmanager
def serving(
    name: str, supervisor: ProcessSupervisor, folder: Path
) -> Iterator[tuple[Server, Mapping[str, Service]]]:
    """Serve a variant on services of its own; its log is `log` in the folder."""
    if gone := [why for need in CHAT.needs if (why := lacking(need))]:
        pytest.skip(str(gone[0]))
    place = Host(supervisor, Cores((), ()), free_port(), free_port())
    with place.services(CHAT, folder) as found:
        app = CHAT.app(name, ROOT)
        app = replace(app, environment={**app.environment, **environment(found)})
        with place.serve(app, name, folder / "log") as server:
            wait_for(server, WORKLOAD.idle_request)
            yield server, found


def stored(url: str) -> list[tuple[int, int]]:
    """Return the room and the length of each row."""
    with closing(psycopg2.connect(url)) as opened, opened.cursor() as run:
        run.execute("SELECT room, length(text) FROM messages")
        return sorted(run.fetchall())


async def published(url: str, number: int) -> list[tuple[int, int]]:
    """Wait for so many messages; return the key and the length of each."""
    servers = url.removeprefix("kafka://")
    async with asyncio.timeout(PATIENCE_S), AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        where = [TopicPartition(TOPIC, one) for one in consumer.partitions_for_topic(TOPIC) or ()]
        consumer.assign(where)
        await consumer.seek_to_beginning()
        found = [await consumer.getone() for _ in range(number)]
    return sorted((int(one.key), len(one.value)) for one in found)


def leave(url: str, request: Request) -> None:
    """Send a message, and do not wait for its acknowledgement."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), PATIENCE_S) as connection:
        client = WebSocketClient()
        connection.sendall(client.open(url, request))
        while not client.heard:
            client.receive(connection.recv(CHUNK))
        connection.sendall(frame(request.body))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_acknowledged_is_stored_and_published(
    name: str, supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """What cannot be published is not acknowledged; its row stays. A client may leave at any time.

    None of that hinders the next message.
    """
    with serving(name, supervisor, tmp_path) as (server, found):
        for key in ("1", "2"):
            assert ask(server.url, WORKLOAD.request(key)).status == OPENED
        large = WORKLOAD.request("3")
        large = replace(large, body=large.body.replace(b"x" * 200, b"x" * TOO_LARGE))
        assert ask(server.url, large).status >= FIRST_CLOSE
        raised = (tmp_path / "log").read_text()
        leave(server.url, WORKLOAD.request("4"))
        assert ask(server.url, WORKLOAD.request("5")).status == OPENED
        messages = asyncio.run(published(found["kafka"].url, 4))
        rows = stored(found["postgres"].url)
    assert rows == [(1, 200), (2, 200), (3, TOO_LARGE), (4, 200), (5, 200)]
    assert messages == [(1, 200), (2, 200), (4, 200), (5, 200)]
    assert "Traceback" in raised
    assert "Traceback" not in (tmp_path / "log").read_text().removeprefix(raised)


class Refused:
    """A producer whose broker refuses each message."""

    def __init__(self, _: object) -> None:
        self._under_way: list[Callable[[KafkaError, None], None]] = []

    def list_topics(self, *_: object) -> None:
        """Know no topic."""

    def produce(
        self, *_: object, on_delivery: Callable[[KafkaError, None], None], **__: object
    ) -> None:
        """Have one more under way."""
        self._under_way.append(on_delivery)

    def flush(self) -> None:
        """Report."""
        while self._under_way:
            self._under_way.pop()(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), None)


def test_what_the_broker_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the message that it reports of."""
    monkeypatch.setattr(blocking_clients, "Producer", Refused)
    clients = blocking_clients.Clients(Pool([]))
    delivery = clients.publish(Message(room=1, number=1, text="hello"))
    assert not delivery.done()
    clients.producer.flush()
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        delivery.result(0)
