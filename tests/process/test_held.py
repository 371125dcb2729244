"""What an idle connection adds to the memory of a server, at a real socket."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from harness.catalogue import catalogue
from harness.experiment.held import BEFORE, bytes_per_connection
from harness.places.place import Server

HELD = replace(catalogue()["hop"], held=50)
EACH = 12_000  # bytes


@dataclass
class Keeping:
    """A server whose memory grows from the connection on at which BEFORE are open."""

    url: str = ""
    open: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request on a connection until it ends."""
        self.open += 1
        self.idle.clear()
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(self.answer)
        self.open -= 1
        writer.close()
        if not self.open:
            self.idle.set()

    def rss_bytes(self) -> int:
        """Return what connections beyond those that are not counted take."""
        return 60_000_000 + EACH * max(0, self.open - BEFORE)


@contextmanager
def serving(keeping: Keeping) -> Iterator[Server]:
    """Serve in a thread."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(keeping.serve, "127.0.0.1", 0))
    keeping.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def ended() -> None:
        server.close()
        await keeping.idle.wait()

    keeping.idle.set()
    try:
        yield cast("Server", keeping)
        asyncio.run_coroutine_threadsafe(ended(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_only_what_connections_add_beyond_the_first_is_counted() -> None:
    """The first take memory that was free; all are closed in the end."""
    keeping = Keeping()
    with serving(keeping) as server:
        assert bytes_per_connection(HELD, server) == EACH
    assert keeping.open == 0


def test_a_server_that_keeps_no_connection_says_nothing() -> None:
    """It announces that it closes."""
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    with serving(Keeping(answer=closing)) as server:
        assert bytes_per_connection(HELD, server) is None


def test_nothing_is_held_where_nobody_asks_or_files_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither is an error: it is one figure less."""
    unreachable = cast("Server", Keeping("http://127.0.0.1:9"))
    assert bytes_per_connection(replace(HELD, held=0), unreachable) is None
    assert bytes_per_connection(HELD, unreachable) is None
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    keeping = Keeping()
    with serving(keeping) as server:
        assert bytes_per_connection(HELD, server) is None
