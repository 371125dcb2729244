"""Servers on loopback that behave as a test says, and a connection of the load that asks them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import gevent

from locustfiles._connection import Connection, outcome_name

Behaviour = Callable[[socket.socket, int], bool]
BYTES = 65536


@contextmanager
def serving(
    behave: Behaviour, greet: Callable[[socket.socket], None] = lambda _: None
) -> Iterator[tuple[str, int]]:
    """Serve on loopback; `greet` gets each new connection first.

    `behave` gets the connection and the number of its request, and says whether to go on.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            greet(connection)
            number = 0
            while connection.recv(BYTES) and behave(connection, number):
                number += 1

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield listener.getsockname()


def asked(
    connection: Connection,
    request: bytes,
    right: int,
    times: int,
    deadline_s: float,
    pause_s: float = 0,
) -> list[str]:
    """Ask so many times, with nothing but this deadline to end it; return each outcome.

    The connection is tended in the pauses before each.
    """

    def sweep() -> None:
        while True:
            gevent.sleep(0.01)
            connection.tend()
            if connection.due is not None and connection.due <= time.monotonic_ns():
                connection.expire()

    def ask() -> str:
        gevent.sleep(pause_s)
        due = time.monotonic_ns() + int(deadline_s * 1e9)
        return outcome_name(connection.ask(request, due, (right,)))

    sweeper = gevent.spawn(sweep)
    found = [ask() for _ in range(times)]
    sweeper.kill()
    connection.close()
    return found


def send(*parts: bytes, pause_s: float = 0.0, go_on: bool = True) -> Behaviour:
    """Send these parts, each followed by a pause, in answer to every request."""

    def behave(connection: socket.socket, _: int) -> bool:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)
        return go_on

    return behave


def reset(connection: socket.socket, _: int) -> bool:
    """Close without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    return False
