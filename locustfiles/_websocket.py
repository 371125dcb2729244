"""A WebSocket: a request is one message that is sent, and the next one that comes."""

from __future__ import annotations

from contextlib import suppress
from zlib import crc32

from harness.model.workload import OPENED, Request
from harness.system.websocket import Heard, WebSocketClient
from locustfiles._connection import CHUNK, Connection

MESSAGES = TEXT, _BYTES = 0x81, 0x82  # how a frame begins that is a whole message
HEAD = 2  # bytes, of which the second is the length,
LENGTH_FOLLOWS = 126  # unless it is this one: then the next two are


class WebSocketConnection(Connection):
    """Opens a socket when it must, and keeps it for all that it asks.

    What ends a socket counts as the outcome of the message that is not answered for it, or of the
    next one: there is no second try, as each end is the server's own doing. So does a message that
    came before it was asked for, for it would be taken for an answer.
    """

    def __init__(
        self,
        address: tuple[str, int],
        answers: dict[bytes, int] | None,
        failures: dict[int, str],
        opening: tuple[str, Request],
    ) -> None:
        super().__init__(address, answers, failures)
        self._opening = opening

    def _exchange(self, request: bytes) -> int:
        if self._socket is None:
            self._connect()
            self._client = WebSocketClient()
            self._send(self._client.open(*self._opening))
            status, self._body = self._hear()
            if status != OPENED:
                return self._ended(status)
        if self._client.heard:
            status, self._body = self._client.take()
            if status == OPENED:
                raise ConnectionError("the server sent a message before it was asked")
            return self._ended(status)
        try:  # noqa: SIM105  suppress() would cost more than all that is done with an answer
            self._send(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the server said before is still there
        data = self._arrived()
        if (message := whole(data)) is not None:
            self._body, self._checksum = message, crc32(message)
            return OPENED
        status, self._body = self._hear(data)
        self._checksum = crc32(self._body)
        return status if status == OPENED else self._ended(status)

    def _ended(self, status: int) -> int:
        self.close()
        return status

    def _named(self, _: bytes) -> str:
        return self._opening[1].name

    def _hear(self, data: bytes | None = None) -> Heard:
        """Return what the server says next, of which `data` have arrived."""
        client = self._client
        while not client.heard:
            if reply := client.receive(self._arrived() if data is None else data):
                self._send(reply)
            data = None
        return client.take()

    def tend(self) -> None:
        """Answer the pings of a server that would take an idle socket for dead."""
        idle = self._socket is not None and self.due is None
        if idle and not self._client.heard:
            with suppress(OSError):  # there is nothing, or the next message finds out
                self._raw.send(self._client.receive(self._raw.recv(CHUNK)))


def whole(data: bytes) -> bytes | None:
    """Return the body of what has arrived, where that is one whole message; else None.

    It is the usual case, and takes a twentieth of what wsproto takes to find the same.
    """
    if len(data) < HEAD or data[0] not in MESSAGES:
        return None
    length, start = data[1], HEAD
    if length == LENGTH_FOLLOWS:
        length, start = int.from_bytes(data[2:4]), 4
    elif length > LENGTH_FOLLOWS:
        return None
    if len(data) != start + length:
        return None
    body = data[start:]
    try:
        if data[0] == TEXT:
            body.decode()
    except UnicodeDecodeError:
        return None
    return body
