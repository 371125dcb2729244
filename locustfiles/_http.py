"""A keep-alive HTTP/1.1 connection; httptools (C) is its parser."""

from __future__ import annotations

from typing import ClassVar
from zlib import crc32

import httptools

from locustfiles._clock import now
from locustfiles._connection import Connection

INTERIM = range(100, 200)


class HttpConnection(Connection):
    """Sends a request, and receives its answer."""

    BROKEN: ClassVar = (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade)

    _complete = _keep = False

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

    def _named(self, request: bytes) -> str:
        return request.partition(b" HTTP/")[0].decode(errors="replace")

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
        super()._connect()
        self._parser = httptools.HttpResponseParser(self)

    def on_body(self, body: bytes) -> None:
        if not self._body:
            self._body = body
        self._checksum = crc32(body, self._checksum)

    def on_message_complete(self) -> None:
        parser = self._parser
        self._complete = parser.get_status_code() not in INTERIM
        self._keep = parser.should_keep_alive()  # it forgets with the end of the message
