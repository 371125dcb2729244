"""A keep-alive HTTP/1.1 connection on a bare socket under gevent's loop.

httptools (C) is its parser. What makes Locust's own clients expensive is what stands above the
socket. This asks, waits, parses, and does nothing else.
"""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from zlib import crc32

import httptools
from gevent import socket
from gevent.hub import get_hub

from locustfiles._clock import now

# What may become of a request, by its number in the records; a wrong status is its own number.
OUTCOMES = ("ok", "late", "error", "shed", "unfinished", "other")
OK, LATE, ERROR, SHED, UNFINISHED, OTHER = range(6)
SHOWN = 200  # bytes of the line that is kept of a wrong answer
INTERIM = range(100, 200)
CHUNK = 65536
READ, WRITE = 1, 2  # libev's events


def outcome_name(outcome: int) -> str:
    """Return the name of an outcome, which is the number of a wrong status."""
    return OUTCOMES[outcome] if outcome < len(OUTCOMES) else str(outcome)


class Connection:
    """Asks one request at a time, and connects when it must.

    `answers` holds the checksum of what each request was answered before, so that an answer of
    other bytes is noticed; None where that is right. `failures` says of each outcome which request
    had it first. `due` is when the request that waits now is past its deadline; None while it is
    idle.
    """

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
        self._complete = self._keep = False
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
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
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
            return self._failed(status, request, f"was answered {status}: {line}")
        known = self._answers
        if known is not None and known.setdefault(request, self._checksum) != self._checksum:
            return self._failed(OTHER, request, "was answered with other bytes than before")
        return OK

    def _failed(self, outcome: int, request: bytes, how: str) -> int:
        if outcome not in self._failures:
            asked = request.partition(b" HTTP/")[0].decode(errors="replace")
            self._failures[outcome] = f"{asked} {how}"
        return outcome

    def _exchange(self, request: bytes) -> int:
        """Send, receive and return the status.

        Once more on a new connection, where the server had closed an idle one.
        """
        self._complete = False
        self._checksum, self._body = 0, b""
        if self._socket is None:
            self._connect()
            self._send(request)
            return self._receive(self._arrived())
        try:
            self._send(request)
            first = self._arrived()
        except (BrokenPipeError, ConnectionResetError):
            first = b""
        # Closed while it was idle: that is not this request's fault.
        if not first and self.due is not None and now() < self.due:
            self._connect()
            self._send(request)
            first = self._arrived()
        return self._receive(first)

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

    def _receive(self, data: bytes) -> int:
        """Parse until the message is complete, and return its status."""
        parser = self._parser
        first = data
        while data:
            try:
                parser.feed_data(data)
            except httptools.HttpParserError:
                if not self._complete:
                    raise
                # The answer was whole; what follows it belongs to no request.
                self._keep = False
            if self._complete:
                status: int = parser.get_status_code()
                if not self._keep:
                    self.close()
                return status
            data = self._arrived()
        return self._ended(first)

    def _ended(self, first: bytes) -> int:
        """Return the status of an answer that ends with its connection, as HTTP allows.

        Raises ConnectionError for one that was cut off.
        """
        head, end, _ = first.lower().partition(b"\r\n\r\n")
        if not end or b"\ncontent-length:" in head or b"\ntransfer-encoding:" in head:
            raise ConnectionError("the server closed the connection before it had answered")
        status: int = self._parser.get_status_code()
        self.close()
        return status

    def _connect(self) -> None:
        self.close()
        left_s = ((self.due or 0) - now()) / 1e9
        self._socket = socket.create_connection(self._address, timeout=max(0.001, left_s))
        # The socket inside it never blocks.
        self._raw = self._socket._sock  # noqa: SLF001  gevent has no public way to it
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop, number = get_hub().loop, self._raw.fileno()
        self._readable, self._writable = loop.io(number, READ), loop.io(number, WRITE)
        self._parser = httptools.HttpResponseParser(self)

    def on_body(self, body: bytes) -> None:
        if not self._body:
            self._body = body
        self._checksum = crc32(body, self._checksum)

    def on_message_complete(self) -> None:
        parser = self._parser
        self._complete = parser.get_status_code() not in INTERIM
        self._keep = parser.should_keep_alive()  # it forgets with the end of the message

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
