"""Send one HTTP request to a server; the only HTTP client of the harness."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from harness.model.workload import Request

ANSWER_S = 20.0
UNANSWERED = (OSError, HTTPException)  # what is raised where nobody answers


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def right(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def ask(url: str, request: Request | str, answer_s: float = ANSWER_S) -> Answered:
    """Send a request, or GET a path, to the server at `url`, whose own path comes first.

    Raises one of UNANSWERED where nobody answers within `answer_s` seconds, or not in HTTP, or
    where the URL is no address for that.
    """
    if isinstance(request, str):
        request = Request("GET", request)
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ConnectionError("that is no http:// address")
    connection = HTTPConnection(parts.netloc, timeout=answer_s)
    path = f"{parts.path.rstrip('/')}{request.path}"
    try:
        connection.request(request.method, path, request.body or None, dict(request.headers))
        response = connection.getresponse()
        return Answered(response.status, response.headers, response.read())
    except OverflowError as error:
        raise ConnectionError("ports go from 1 to 65535") from error
    finally:
        connection.close()
