"""The connection of the load against servers that behave, and servers that do not.

Every request has an outcome, and none hangs.
"""

from __future__ import annotations

import socket
import time

import pytest

from harness.system.ports import free_port
from locustfiles._connection import ERROR, LATE, OTHER, outcome_name
from locustfiles._http import HttpConnection
from tests.support.peers import Behaviour, asked, reset, send, serving

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def outcomes(
    behave: Behaviour,
    times: int = 3,
    deadline_s: float = 20,
    status: int = 200,
    failures: dict[int, str] | None = None,
    *,
    compared: bool = True,
) -> list[str]:
    """Ask so many times on one connection, with nothing but this deadline to end it."""
    with serving(behave) as address:
        answers: dict[bytes, int] | None = {} if compared else None
        connection = HttpConnection(address, answers, {} if failures is None else failures)
        return asked(connection, REQUEST, status, times, deadline_s)


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
        (
            send(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\ncontent-length: 2\r\n\r\n{}"),
            "ok",
        ),
        (send(b"HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n" + b"z" * 500_000), "ok"),
        (send(OK, go_on=False), "ok"),
        (send(OK.replace(b"content", b"connection: close\r\ncontent"), go_on=False), "ok"),
        (send(b"HTTP/1.0 200 OK\r\n\r\nuntil the end", go_on=False), "ok"),
        (send(OK + b"what is this?"), "ok"),
        (send(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"), "500"),
        (send(b"HTTP/1.1 302 Away\r\ncontent-length: 0\r\n\r\n"), "302"),
        (send(b"HTTP/1.1 200 OK\r\ncontent-le", go_on=False), "error"),
        (send(OK.replace(b": 2", b": 20"), go_on=False), "error"),
        (send(b"SSH-2.0-OpenSSH\r\n"), "error"),
        (send(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"), "error"),
        (
            send(
                b"HTTP/1.1 101 Switching Protocols\r\n"
                b"upgrade: websocket\r\nconnection: upgrade\r\n\r\n"
            ),
            "error",
        ),
        (send(go_on=False), "error"),
        (reset, "error"),
    ],
)
def test_every_request_has_an_outcome(behave: Behaviour, outcome: str) -> None:
    """Half answers, resets, wrong lengths, 1xx, huge headers, a close after each answer."""
    assert outcomes(behave) == [outcome] * 3


@pytest.mark.parametrize(
    "behave",
    [
        send(),
        send(OK.replace(b": 2", b": 20")),
        send(b"HTTP/1.1 200 OK\r\n", *([b"x: y\r\n"] * 1000), pause_s=0.02),
    ],
)
def test_a_request_ends_by_its_deadline(behave: Behaviour) -> None:
    """Without an answer, with half of one, and with one that comes byte by byte."""
    assert outcomes(behave, times=2, deadline_s=0.25) == ["late"] * 2


def test_a_right_answer_has_exactly_the_workloads_status() -> None:
    """Another status of success is none."""
    created = send(OK.replace(b"200 OK", b"201 Created"))
    assert outcomes(created, status=201) == ["ok"] * 3
    assert outcomes(created) == ["201"] * 3
    assert outcomes(send(b"HTTP/1.1 204 No Content\r\n\r\n"), status=204) == ["ok"] * 3
    missing = send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
    assert outcomes(missing, status=404) == ["ok"] * 3


def test_the_first_failure_of_each_kind_is_kept_in_words() -> None:
    """The request, and the first line of what it was answered."""
    head = b"HTTP/1.1 %d Oh\r\ncontent-length: 11\r\n\r\n"
    kept: dict[int, str] = {}

    def behave(connection: socket.socket, number: int) -> bool:
        if number == 0:
            connection.sendall(OK)
        else:
            connection.sendall(head % (500 if number != 2 else 404) + b"Oh\nno, %d no" % number)
        return True

    assert outcomes(behave, times=4, failures=kept) == ["ok", "500", "404", "500"]
    assert kept == {500: "GET / was answered 500: Oh", 404: "GET / was answered 404: Oh"}
    outcomes(send(go_on=False), failures=kept)
    assert "GET / failed: ConnectionError" in kept[ERROR]
    outcomes(send(), times=1, deadline_s=0.1, failures=kept)
    assert kept[LATE] == "GET / was not answered in time"


def test_other_bytes_than_before_are_noticed() -> None:
    """To the same request, which is named."""
    kept: dict[int, str] = {}

    def behave(connection: socket.socket, number: int) -> bool:
        connection.sendall(OK if number != 1 else OK.replace(b"{}", b"[]"))
        return True

    assert outcomes(behave, failures=kept) == ["ok", "other", "ok"]
    assert kept == {OTHER: "GET / was answered with other bytes than before"}
    assert outcomes(behave, compared=False) == ["ok"] * 3  # where only the status counts


def test_nobody_listening_is_an_error_and_not_a_wait() -> None:
    """A port that is free."""
    connection = HttpConnection(("127.0.0.1", free_port()), {}, {})
    assert outcome_name(connection.ask(REQUEST, time.monotonic_ns() + 10**10, (200,))) == "error"


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    """That is no fault of the request that finds out."""

    def behave(connection: socket.socket, number: int) -> bool:
        connection.sendall(OK)
        return number < 1

    assert outcomes(behave, times=6) == ["ok"] * 6


def test_a_request_larger_than_the_socket_takes_arrives_whole() -> None:
    """Sent in as many parts as it needs."""
    end = b"the end"
    body = b"x" * 5_000_000 + end

    def behave(connection: socket.socket, _: int) -> bool:
        last = b""
        while last != end:
            last = (last + connection.recv(65536))[-len(end) :]
        connection.sendall(OK)
        return True

    with serving(behave) as address:
        connection = HttpConnection(address, {}, {})
        request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        due = time.monotonic_ns() + 60 * 10**9
        assert outcome_name(connection.ask(request, due, (200,))) == "ok"
        connection.close()


def test_a_connection_is_kept_as_long_as_the_server_keeps_it() -> None:
    """Fifty requests over one: a new one for each would be measured as the server's work."""
    accepted: list[int] = []

    def behave(connection: socket.socket, number: int) -> bool:
        if number == 0:
            accepted.append(connection.fileno())
        connection.sendall(OK)
        return True

    assert outcomes(behave, times=50) == ["ok"] * 50
    assert len(accepted) == 1
