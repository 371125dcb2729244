"""The lean connection against servers that behave, and servers that do not: every request has an outcome, and none hangs."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from harness.project import ROOT
from harness.system.ports import free_port

sys.path.insert(0, str(ROOT / "locustfiles"))
from _connection import OUTCOMES, Connection  # type: ignore[import-not-found]

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
Behaviour = Callable[[socket.socket, int], bool]


@contextmanager
def serving(behave: Behaviour) -> Iterator[tuple[str, int]]:
    """Serve on loopback; `behave` gets the connection and the number of its request, and says whether to go on."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            number = 0
            while connection.recv(65536) and behave(connection, number):
                number += 1

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield listener.getsockname()


def outcomes(behave: Behaviour, asked: int = 3, deadline_s: float = 0.25) -> list[str]:
    """Ask so many times on one connection, with nobody but this deadline to end it."""
    import gevent  # noqa: PLC0415  it must not be imported where a test of the harness runs first

    with serving(behave) as address:
        connection = Connection(address, {})

        def sweep() -> None:
            while True:
                gevent.sleep(0.01)
                if connection.due is not None and connection.due <= time.monotonic_ns():
                    connection.expire()

        sweeper = gevent.spawn(sweep)
        began = time.monotonic()
        found = [
            OUTCOMES[connection.ask(REQUEST, time.monotonic_ns() + int(deadline_s * 1e9))]
            for _ in range(asked)
        ]
        assert time.monotonic() - began < asked * (deadline_s + 0.2)
        sweeper.kill()
        connection.close()
        return found


def send(*parts: bytes, pause_s: float = 0.0, go_on: bool = True) -> Behaviour:
    """Send these parts, with pauses, in answer to every request."""

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


@pytest.mark.parametrize(
    ("behave", "outcome"),
    [
        (send(OK), "ok"),
        (send(*(OK[n : n + 1] for n in range(len(OK)))), "ok"),
        (
            send(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                b"2\r\n{}\r\n",
                b"0\r\n\r\n",
                pause_s=0.01,
            ),
            "ok",
        ),
        (send(b"HTTP/1.1 100 Continue\r\n\r\n", OK, pause_s=0.01), "ok"),
        (send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK), "ok"),
        (send(b"HTTP/1.1 204 No Content\r\n\r\n"), "ok"),
        (
            send(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\ncontent-length: 2\r\n\r\n{}"),
            "ok",
        ),
        (send(b"HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n" + b"z" * 500_000), "ok"),
        (send(OK, go_on=False), "ok"),
        (send(OK.replace(b"content", b"connection: close\r\ncontent"), go_on=False), "ok"),
        (send(b"HTTP/1.0 200 OK\r\n\r\nuntil the end", go_on=False), "ok"),
        (send(OK + b"what is this?"), "ok"),
        (send(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"), "status"),
        (send(b"HTTP/1.1 302 Away\r\ncontent-length: 0\r\n\r\n"), "status"),
        (send(b"HTTP/1.1 200 OK\r\ncontent-le", go_on=False), "error"),
        (send(OK.replace(b": 2", b": 20"), go_on=False), "error"),
        (send(b"SSH-2.0-OpenSSH\r\n"), "error"),
        (send(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"), "error"),
        (
            send(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
            ),
            "error",
        ),
        (send(go_on=False), "error"),
        (reset, "error"),
        (send(), "late"),
        (send(OK.replace(b": 2", b": 20")), "late"),
        (send(b"HTTP/1.1 200 OK\r\n", *([b"x: y\r\n"] * 100), pause_s=0.02), "late"),
    ],
)
def test_every_request_has_an_outcome_in_time(behave: Behaviour, outcome: str) -> None:
    """Half answers, resets, slow bytes, wrong lengths, 1xx, huge headers, a close after each answer."""
    assert outcomes(behave) == [outcome] * 3


def test_nobody_listening_is_an_error_and_not_a_wait() -> None:
    """A port that is free."""
    address = ("127.0.0.1", free_port())
    assert OUTCOMES[Connection(address, {}).ask(REQUEST, time.monotonic_ns() + 10**9)] == "error"


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    """That is no fault of the request that finds out."""

    def behave(connection: socket.socket, number: int) -> bool:
        connection.sendall(OK)
        return number < 1

    assert outcomes(behave, asked=6) == ["ok"] * 6


def test_a_request_larger_than_the_socket_takes_arrives_whole() -> None:
    """Sent in as many parts as it needs."""
    import gevent  # noqa: F401, PLC0415  it must not be imported where a test of the harness runs first

    body = b"x" * 5_000_000
    received = []

    def behave(connection: socket.socket, _: int) -> bool:
        received.append(0)
        connection.sendall(OK)
        return True

    with serving(behave) as address:
        connection = Connection(address, {})
        request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        assert OUTCOMES[connection.ask(request, time.monotonic_ns() + 5 * 10**9)] == "ok"
        connection.close()


def test_a_connection_is_kept_as_long_as_the_server_keeps_it() -> None:
    """Fifty requests over one connection: a new one for each would be measured as the server's work."""
    accepted: list[int] = []

    def behave(connection: socket.socket, number: int) -> bool:
        if number == 0:
            accepted.append(connection.fileno())
        connection.sendall(OK)
        return True

    assert outcomes(behave, asked=50) == ["ok"] * 50
    assert len(accepted) == 1
