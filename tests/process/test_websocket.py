"""The load's WebSocket against servers that behave, and servers that do not.

Every message has an outcome, and none hangs.
"""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable

import pytest

from harness.model.workload import Request
from harness.system.websocket import frame
from locustfiles._connection import ERROR, LATE
from locustfiles._websocket import WebSocketConnection
from tests.support.peers import Behaviour, asked, reset, send, serving

ASKED = Request("GET", "/chat", {"X-A": "b"}, b"{}", "websocket")
ANSWER, BYTES = b"\x81\x02{}", b"\x82\x02{}"
PING = b"\x89\x01p"
CLOSED = b"\x88\x05" + (1011).to_bytes(2) + b"why"
OPENED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %s\r\n\r\n"
)


def opened(connection: socket.socket) -> bytes:
    """Read the request that opens a socket, and return the answer that opens it."""
    head = connection.recv(65536)
    assert head.startswith(b"GET /below/chat HTTP/1.1\r\n")
    assert b"\r\nx-a: b\r\n" in head
    key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    told = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False)
    return OPENED % base64.b64encode(told.digest())


def opening_by(opening: bytes | None) -> Callable[[socket.socket], None]:
    """Return what sends this, or else what opens a socket."""

    def greet(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        right = opened(connection)
        connection.sendall(right if opening is None else opening)

    return greet


def outcomes(
    behave: Behaviour,
    times: int = 3,
    deadline_s: float = 20,
    failures: dict[int, str] | None = None,
    *,
    opening: bytes | None = None,
    pause_s: float = 0,
) -> list[str]:
    """Ask so many times on one connection, which is tended in the pauses."""
    with serving(behave, opening_by(opening)) as address:
        url = f"http://127.0.0.1:{address[1]}/below"
        kept = {} if failures is None else failures
        connection = WebSocketConnection(address, {}, kept, (url, ASKED))
        return asked(connection, frame(ASKED.body), 101, times, deadline_s, pause_s)


def ping(connection: socket.socket) -> None:
    """Ping, and read the pong alone, which is masked and has the same one byte."""
    connection.sendall(PING)
    pong = connection.recv(7, socket.MSG_WAITALL)
    assert (pong[0], pong[6] ^ pong[2]) == (0x8A, ord("p"))


def pinging(connection: socket.socket, _: int) -> bool:
    """Answer nobody who answers no ping."""
    ping(connection)
    connection.sendall(ANSWER)
    return True


@pytest.mark.parametrize(
    ("behave", "outcome"),
    [
        (send(ANSWER), "ok"),
        (send(BYTES), "ok"),
        (send(b"\x81\x00"), "ok"),
        (send(*(ANSWER[n : n + 1] for n in range(len(ANSWER)))), "ok"),
        (send(b"\x01\x01{", b"\x80\x01}", pause_s=0.01), "ok"),
        (send(b"\x81\x7e" + (300).to_bytes(2) + b"x" * 300), "ok"),
        (send(b"\x82\x7f" + (500_000).to_bytes(8) + b"x" * 500_000), "ok"),
        (send("\x81\x02ä".encode("latin-1")[:2] + "ä".encode()), "ok"),
        (pinging, "ok"),
        (send(CLOSED), "1011"),
        (send(CLOSED, go_on=False), "1011"),
        (send(b"\x88\x00", go_on=False), "1005"),
        (send(go_on=False), "1006"),
        (send(ANSWER[:3], go_on=False), "1006"),
        (reset, "error"),
        (send(b"\xff\xff\xff\xff\xff"), "error"),
        (send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), "error"),
        (send(b"\x81\x82\0\0\0\0{}"), "error"),  # masked, which no server may
        (send(b"\x81\x02\xff\xfe"), "error"),  # a text that is none
        (send(b"\x80\x02{}"), "error"),  # goes on with a message that never began
    ],
)
def test_every_message_has_an_outcome(behave: Behaviour, outcome: str) -> None:
    """In parts, long, after a ping; closed with a code, cut off, reset, rubbish."""
    assert outcomes(behave) == [outcome] * 3


@pytest.mark.parametrize(
    ("opening", "outcome"),
    [
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403"),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno", "500"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "200"),
        (OPENED % b"another key's", "error"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "error"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "error"),
    ],
)
def test_a_socket_that_is_not_opened_is_told_by_its_status(opening: bytes, outcome: str) -> None:
    """Or is an error, where that is no answer to the request for one."""
    assert outcomes(send(ANSWER), opening=opening) == [outcome] * 3


def test_a_message_ends_by_its_deadline() -> None:
    """Without an answer, with half of one, with pings alone, and where no socket is opened."""
    for behave in (send(), send(ANSWER[:3]), send(*[PING] * 1000, pause_s=0.02)):
        assert outcomes(behave, times=2, deadline_s=0.25) == ["late"] * 2
    assert outcomes(send(ANSWER), times=2, deadline_s=0.25, opening=b"") == ["late"] * 2


def test_the_first_failure_of_each_kind_is_kept_in_words() -> None:
    """The path of the socket, and how it failed."""
    kept: dict[int, str] = {}
    outcomes(send(CLOSED), failures=kept)
    outcomes(reset, failures=kept)
    outcomes(send(), times=1, deadline_s=0.1, failures=kept)
    assert kept.pop(1011) == "WebSocket /chat was closed with 1011: why"
    assert kept.pop(LATE) == "WebSocket /chat was not answered in time"
    assert "WebSocket /chat failed: ConnectionResetError: " in kept.pop(ERROR)
    assert not kept
    outcomes(send(b"\xff\xff\xff\xff\xff"), failures=kept)
    assert "ConnectionError: that is no WebSocket: " in kept[ERROR]


def test_other_bytes_than_before_are_noticed() -> None:
    """As they are over HTTP."""

    def behave(connection: socket.socket, number: int) -> bool:
        connection.sendall(ANSWER if number != 1 else b"\x81\x02[]")
        return True

    assert outcomes(behave) == ["ok", "other", "ok"]


def test_what_ends_a_socket_that_is_idle_counts_for_the_next_message() -> None:
    """It is on record, and the one after it has a new socket."""

    def behave(connection: socket.socket, number: int) -> bool:
        connection.sendall(ANSWER if number == 0 else ANSWER + CLOSED)
        return number < 1

    assert outcomes(behave, times=6) == ["ok", "ok", "1011"] * 2
    assert outcomes(behave, times=6, pause_s=0.05) == ["ok", "ok", "1011"] * 2
    assert outcomes(send(ANSWER, go_on=False), times=4, pause_s=0.05) == ["ok", "1006"] * 2


def test_a_message_that_nobody_asked_for_is_no_answer() -> None:
    """A response time of nothing would pass for a fast server."""
    assert outcomes(send(ANSWER + ANSWER), times=4) == ["ok", "error"] * 2


def test_an_idle_socket_answers_pings_and_one_socket_is_kept() -> None:
    """Fifty messages over one; a server that pings would close it otherwise."""
    accepted: list[int] = []
    pinged: list[int] = []

    def behave(connection: socket.socket, number: int) -> bool:
        if number == 0:
            accepted.append(connection.fileno())
        connection.sendall(ANSWER)
        if number in {0, 20}:
            ping(connection)
            pinged.append(number)
        return True

    assert outcomes(behave, times=50, pause_s=0.05) == ["ok"] * 50
    assert len(accepted) == 1
    assert pinged == [0, 20]
