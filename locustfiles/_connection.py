"""A keep-alive HTTP/1.1 connection on a bare gevent socket, with httptools (C) as its parser.

What makes Locust's own clients expensive is what stands above the socket. This asks, waits, parses, and nothing else.
"""

from contextlib import suppress

import httptools
from _clock import now
from gevent import socket

OK, STATUS, LATE, ERROR, SHED, UNFINISHED = range(6)
SUCCESS = range(200, 300)
OUTCOMES = ("ok", "status", "late", "error", "shed", "unfinished")  # what may become of a request, by its number in the records


class Connection:
    """Asks one request at a time, and connects when it must."""

    def __init__(self, address):
        self._address = address
        self._socket = None
        self._parser = None
        self._complete = False
        self.due = None  # when the request now waiting is past its deadline; None while idle

    def ask(self, request, due):
        """Send the bytes of one request, wait for its answer until `due`, and give the outcome."""
        self.due = due
        try:
            return self._ask(request)
        except (OSError, httptools.HttpParserError):
            self.close()
            return LATE if now() >= due else ERROR
        finally:
            self.due = None

    def _ask(self, request):
        reused = self._socket is not None
        if not reused:
            self._connect()
        self._complete = False
        self._socket.sendall(request)
        data = self._socket.recv(65536)
        if not data and reused and now() < self.due:  # the server closed it while it was idle: not this request's fault
            self._connect()
            self._socket.sendall(request)
            data = self._socket.recv(65536)
        while data:
            self._parser.feed_data(data)
            if self._complete:
                break
            data = self._socket.recv(65536)
        if not self._complete:
            raise ConnectionError("the server closed the connection before it had answered")
        status = self._parser.get_status_code()
        if not self._parser.should_keep_alive():
            self.close()
        if now() >= self.due:
            return LATE
        return OK if status in SUCCESS else STATUS

    def _connect(self):
        self.close()
        self._socket = socket.create_connection(self._address, timeout=max(0.001, (self.due - now()) / 1e9))
        self._socket.settimeout(None)  # from here on `expire` keeps the deadline: a timer per request would cost more than the request
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = httptools.HttpResponseParser(self)

    def on_message_complete(self):
        self._complete = True

    def expire(self):
        """Wake up a request that waits past its deadline."""
        if self._socket is not None:
            with suppress(OSError):  # it was closed from the other side meanwhile
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self):
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
