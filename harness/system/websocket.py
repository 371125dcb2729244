"""The client's side of a WebSocket: bytes in, whole messages out; all framing is wsproto's."""

from __future__ import annotations

import socket
import time
from collections import deque
from urllib.parse import urlsplit

from wsproto import WSConnection, events
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import RemoteProtocolError

from harness.model.errors import BenchError
from harness.model.workload import OPENED, Request

CHUNK = 65536
SHOWN = 80  # bytes of a message that answers none
QUIET_S = 0.02  # for which a server must send nothing that it was not asked for

Heard = tuple[int, bytes]  # a message, with OPENED; or how the server refused or closed, and why


class WebSocketClient:
    """What a server says on one socket: that it has opened it, then messages, or an end.

    `heard` is what nobody has taken yet, in its order; a ConnectionError is what is no WebSocket.
    """

    def __init__(self) -> None:
        self.heard: deque[Heard | ConnectionError] = deque()
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._parts: list[bytes] = []

    def open(self, url: str, request: Request) -> bytes:
        """Return what opens a socket to the server at `url`, whose own path comes first."""
        server = urlsplit(url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return self._protocol.send(
            events.Request(
                host=headers.pop("host", server.netloc),
                target=f"{server.path.rstrip('/')}{request.path}",
                extra_headers=[(name.encode(), text.encode()) for name, text in headers.items()],
            )
        )

    def receive(self, data: bytes) -> bytes:
        """Take what has arrived, and return what must be sent for it: the answers to pings.

        Nothing is the end of the connection.
        """
        reply = b""
        try:
            self._protocol.receive_data(data or None)
            for event in self._protocol.events():
                reply += self._note(event)
        except RemoteProtocolError as error:
            self.heard.append(ConnectionError(f"that is no WebSocket: {error}"))
        return reply

    def take(self) -> Heard:
        """Return what was heard first; raises ConnectionError where that is no WebSocket."""
        first = self.heard.popleft()
        if isinstance(first, ConnectionError):
            raise first
        return first

    def _note(self, event: events.Event) -> bytes:
        match event:
            case events.Ping():
                return self._protocol.send(event.response())
            case events.AcceptConnection():
                self.heard.append((OPENED, b""))
            case events.RejectConnection():
                self.heard.append((event.status_code, b""))
            case events.TextMessage() | events.BytesMessage():
                data = event.data
                self._parts.append(data.encode() if isinstance(data, str) else bytes(data))
                if event.message_finished:
                    self.heard.append((OPENED, b"".join(self._parts)))
                    self._parts.clear()
            case events.CloseConnection():
                reason = event.reason or ""
                if self._protocol.state is ConnectionState.OPEN:  # wsproto's own: it cannot read on
                    self.heard.append(ConnectionError(f"that is no WebSocket: {reason}"))
                else:
                    self.heard.append((event.code, reason.encode()))
        return b""


def frame(body: bytes) -> bytes:
    """Return a message as a client sends it: as text, or as bytes where it is no UTF-8."""
    protocol = FrameProtocol(client=True, extensions=[])
    try:
        return bytes(protocol.send_data(body.decode()))
    except UnicodeDecodeError:
        return bytes(protocol.send_data(body))


def converse(address: tuple[str, int], url: str, request: Request, answer_s: float) -> Heard:
    """Open a socket, send a message, and return its answer, or how the server refused or closed.

    One that closes right after its answer cannot be asked again, so that counts as well.

    Raises OSError where nothing is heard within `answer_s` seconds, and BenchError where a message
    comes that answers none: its sender cannot be told which request has been answered.
    """
    with socket.create_connection(address, answer_s) as connection:
        client = WebSocketClient()
        connection.sendall(client.open(url, request))
        opened = _hear(connection, client, answer_s)
        if opened[0] != OPENED:
            return opened
        if ended := _unasked(connection, client, request):
            return ended
        connection.sendall(frame(request.body))
        answer = _hear(connection, client, answer_s)
        if answer[0] != OPENED:
            return answer
        return _unasked(connection, client, request) or answer


def _hear(connection: socket.socket, client: WebSocketClient, within_s: float) -> Heard:
    """Wait for what the server says next; raises TimeoutError where that is nothing."""
    until_s = time.monotonic() + within_s
    while not client.heard:
        connection.settimeout(max(0.001, until_s - time.monotonic()))
        connection.sendall(client.receive(connection.recv(CHUNK)))
    return client.take()


def _unasked(connection: socket.socket, client: WebSocketClient, request: Request) -> Heard | None:
    """Return how the server closes though it was asked nothing; None where it does not."""
    try:
        status, body = _hear(connection, client, QUIET_S)
    except TimeoutError:
        return None
    if status != OPENED:
        return status, body
    shown = body[:SHOWN].decode(errors="replace")
    raise BenchError(
        f"{request.name} sends messages that answer none, such as {shown!r}",
        hint="of a WebSocket a request is one message and the one message that answers it",
    )
