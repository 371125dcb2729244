"""A keep-alive HTTP/1.1 connection on a bare socket under gevent's loop, with httptools (C) as its parser.

What makes Locust's own clients expensive is what stands above the socket. This asks, waits, parses, and nothing else.
"""

from contextlib import suppress
from zlib import crc32

import httptools
from _clock import now
from gevent import socket
from gevent.hub import get_hub

OK, STATUS, LATE, ERROR, SHED, UNFINISHED, OTHER = range(7)
OUTCOMES = (
    "ok",
    "status",
    "late",
    "error",
    "shed",
    "unfinished",
    "other",
)  # what may become of a request, by its number in the records
INTERIM, SUCCESS = range(100, 200), range(200, 300)
CHUNK = 65536
READ, WRITE = 1, 2  # libev's events


class Connection:
    """Asks one request at a time, and connects when it must. `answers` holds what each was answered before: whoever answers other bytes is found out."""

    def __init__(self, address, answers):
        self._address = address
        self._answers = answers
        self._wait = get_hub().wait
        self._socket = None  # gevent's, which connects
        self._raw = None  # the one inside it, which never blocks
        self._complete = self._keep = False
        self.due = None  # when the request now waiting is past its deadline; None while idle

    def ask(self, request, due):
        """Send the bytes of one request, wait for its answer until `due`, and give the outcome."""
        self.due = due
        try:
            status = self._exchange(request)
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()
            return LATE if now() >= due else ERROR
        finally:
            self.due = None
        if now() >= due:
            return LATE
        if status not in SUCCESS:
            return STATUS
        return OK if self._answers.setdefault(request, self._checksum) == self._checksum else OTHER

    def _exchange(self, request):
        """Send and receive, and give the status; once more on a new connection where the server had closed an idle one."""
        self._complete = False
        self._checksum = 0
        if self._raw is None:
            self._connect()
            self._send(request)
            return self._receive(self._arrived())
        try:
            self._send(request)
            first = self._arrived()
        except (BrokenPipeError, ConnectionResetError):
            first = b""
        if not first and now() < self.due:  # closed while it was idle: not this request's fault
            self._connect()
            self._send(request)
            first = self._arrived()
        return self._receive(first)

    def _send(self, request):
        try:
            sent = self._raw.send(request)
        except BlockingIOError:
            sent = 0
        while sent < len(request):
            self._wait(self._writable)
            with suppress(BlockingIOError):
                sent += self._raw.send(request[sent:])

    def _arrived(self):
        while True:
            self._wait(self._readable)
            with suppress(BlockingIOError):
                return self._raw.recv(CHUNK)

    def _receive(self, data):
        """Parse until the message is complete."""
        parser = self._parser
        first = data
        while data:
            try:
                parser.feed_data(data)
            except httptools.HttpParserError:
                if not self._complete:
                    raise
                status = (
                    parser.get_status_code()
                )  # the answer was whole; what follows it belongs to nobody
                self.close()
                return status
            if self._complete:
                status = parser.get_status_code()
                if not self._keep:
                    self.close()
                return status
            data = self._arrived()
        return self._ended(first)

    def _ended(self, first):
        """Tell an answer that ends with its connection, as HTTP allows, from one that was cut off."""
        head, end, _ = first.lower().partition(b"\r\n\r\n")
        if not end or b"\ncontent-length:" in head or b"\ntransfer-encoding:" in head:
            raise ConnectionError("the server closed the connection before it had answered")
        status = self._parser.get_status_code()
        self.close()
        return status

    def _connect(self):
        self.close()
        self._socket = socket.create_connection(
            self._address, timeout=max(0.001, (self.due - now()) / 1e9)
        )
        self._raw = self._socket._sock  # noqa: SLF001  gevent has no public way to its non-blocking socket
        self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = get_hub().loop
        self._readable, self._writable = (
            loop.io(self._raw.fileno(), READ),
            loop.io(self._raw.fileno(), WRITE),
        )
        self._parser = httptools.HttpResponseParser(self)

    def on_body(self, body):
        self._checksum = crc32(body, self._checksum)

    def on_message_complete(self):
        parser = self._parser
        self._complete = parser.get_status_code() not in INTERIM
        self._keep = parser.should_keep_alive()  # it forgets with the end of the message

    def expire(self):
        """Wake up a request that waits past its deadline: a timer for each request would cost more than the request."""
        if self._raw is not None:
            with suppress(OSError):  # it was closed from the other side meanwhile
                self._raw.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Give the socket back."""
        if self._socket is not None:
            self._readable.close()
            self._writable.close()
            self._socket.close()
            self._socket = self._raw = None
