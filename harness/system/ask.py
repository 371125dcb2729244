"""Send one request to a server; the only client of the harness."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from harness.model.workload import Request
from harness.system import websocket

ANSWER_S = 20.0
UNANSWERED = (OSError, HTTPException)  # what is raised where nobody answers


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server answered.

    Of a message over a WebSocket the status is that by which the socket was opened, or the code by
    which it was closed, whose reason is the body then.
    """

    status: int
    headers: Message
    body: bytes

    @property
    def right(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def ask(url: str, request: Request | str, answer_s: float = ANSWER_S) -> Answered:
    """Send a request, or GET a path, to the server at `url`, whose own path comes first.

    Raises one of UNANSWERED where nobody answers within `answer_s` seconds, or not in its protocol,
    or where the URL is no address for that.
    """
    if isinstance(request, str):
        request = Request("GET", request)
    with ExitStack() as stack:
        return _asked(stack, url, request, answer_s)[1]


def hold(stack: ExitStack, url: str, request: Request, count: int) -> int:
    """Open so many connections, which end with the stack; return how many the server keeps open.

    One request is answered on each. Raises one of UNANSWERED.
    """
    opened = [_asked(stack, url, request, ANSWER_S)[0] for _ in range(count)]
    return sum(one.sock is not None for one in opened)


def _asked(
    stack: ExitStack, url: str, request: Request, answer_s: float
) -> tuple[HTTPConnection, Answered]:
    """Return a connection that ends with the stack, and what was answered on it."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ConnectionError("that is no http:// address")
    connection = HTTPConnection(parts.netloc, timeout=answer_s)
    stack.callback(connection.close)
    path = f"{parts.path.rstrip('/')}{request.path}"
    try:
        if request.protocol == "websocket":
            address = connection.host, connection.port
            status, body = websocket.converse(address, url, request, answer_s)
            return connection, Answered(status, Message(), body)
        connection.request(request.method, path, request.body or None, dict(request.headers))
        response = connection.getresponse()
        return connection, Answered(response.status, response.headers, response.read())
    except OverflowError as error:
        raise ConnectionError("ports go from 1 to 65535") from error
