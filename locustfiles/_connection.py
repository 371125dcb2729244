"""A connection of the load on a bare socket under gevent's loop, whatever is spoken on it.

What makes Locust's own clients expensive is what stands above the socket. This asks, waits, and
does nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container
from contextlib import suppress
from typing import ClassVar

from gevent import socket
from gevent.hub import get_hub

from harness.model.workload import FIRST_CLOSE
from locustfiles._clock import now

# What may become of a request, by its number in the records; a wrong status is its own number, as
# is the code of a WebSocket that was closed.
OUTCOMES = ("ok", "late", "error", "shed", "unfinished", "other")
OK, LATE, ERROR, SHED, UNFINISHED, OTHER = range(6)
SHOWN = 200  # bytes of the line that is kept of a wrong answer
CHUNK = 65536
READ, WRITE = 1, 2  # libev's events


def outcome_name(outcome: int) -> str:
    """Return the name of an outcome, which is the number of a wrong status."""
    return OUTCOMES[outcome] if outcome < len(OUTCOMES) else str(outcome)


class Connection(ABC):
    """Asks one request at a time, and connects when it must; of each protocol there is a kind.

    `answers` holds the checksum of what each request was answered before, so that an answer of
    other bytes is noticed; None where that is right. `failures` says of each outcome which request
    had it first. `due` is when the request that waits now is past its deadline; None while it is
    idle.
    """

    BROKEN: ClassVar[tuple[type[Exception], ...]] = (OSError,)  # what an exchange may raise

    def __init__(
        self,
        address: tuple[str, int],
        answers: dict[bytes, int] | None,
        failures: dict[int, str],
    ) -> None:
        self._address = address
        self._answers = answers
        self._failures = failures
        self._wait = get_hub().wait
        self._socket: socket.socket | None = None  # gevent's, which connects
        self._checksum = 0
        self._body = b""  # the first part of it
        self.due: int | None = None

    def ask(self, request: bytes, due: int, right: Container[int]) -> int:
        """Send a request, wait for its answer until `due`, and return the outcome.

        `right` are the statuses of a right answer.
        """
        self.due = due
        try:
            status = self._exchange(request)
        except self.BROKEN as error:
            self.close()
            if now() < due:
                return self._failed(ERROR, request, f"failed: {type(error).__name__}: {error}")
            status = 0
        finally:
            self.due = None
        if now() >= due:
            return self._failed(LATE, request, "was not answered in time")
        if status not in right:
            line = self._body.strip().partition(b"\n")[0][:SHOWN].decode(errors="replace").strip()
            how = "answered" if status < FIRST_CLOSE else "closed with"
            return self._failed(status, request, f"was {how} {status}: {line}")
        known = self._answers
        if known is not None and known.setdefault(request, self._checksum) != self._checksum:
            return self._failed(OTHER, request, "was answered with other bytes than before")
        return OK

    def _failed(self, outcome: int, request: bytes, how: str) -> int:
        if outcome not in self._failures:
            self._failures[outcome] = f"{self._named(request)} {how}"
        return outcome

    @abstractmethod
    def _exchange(self, request: bytes) -> int:
        """Send, receive and return the status of the answer."""

    @abstractmethod
    def _named(self, request: bytes) -> str:
        """Return what is asked, for people."""

    def _send(self, request: bytes) -> None:
        try:
            sent = self._raw.send(request)
        except BlockingIOError:
            sent = 0
        while sent < len(request):
            self._wait(self._writable)
            with suppress(BlockingIOError):
                sent += self._raw.send(request[sent:])

    def _arrived(self) -> bytes:
        while True:
            self._wait(self._readable)
            with suppress(BlockingIOError):
                data: bytes = self._raw.recv(CHUNK)
                return data

    def _connect(self) -> None:
        self.close()
        left_s = ((self.due or 0) - now()) / 1e9
        self._socket = socket.create_connection(self._address, timeout=max(0.001, left_s))
        # The socket inside it never blocks.
        self._raw = self._socket._sock  # noqa: SLF001  gevent has no public way to it
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop, number = get_hub().loop, self._raw.fileno()
        self._readable, self._writable = loop.io(number, READ), loop.io(number, WRITE)

    def tend(self) -> None:  # noqa: B027  most need nothing
        """Do what a connection needs while it is idle, which is nothing."""

    def expire(self) -> None:
        """Wake up a request that waits past its deadline.

        A timer for each request would cost more than the request.
        """
        if self._socket is not None:
            with suppress(OSError):  # it was closed from the other side meanwhile
                self._raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release the socket."""
        if self._socket is not None:
            self._readable.close()
            self._writable.close()
            self._socket.close()
            self._socket = None
