"""Ask a server once."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

ANSWER_S = 20


def ask(url: str, path: str) -> tuple[int, bytes]:
    """Give the status and the body; raises OSError or HTTPException where nobody answers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=ANSWER_S)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}{path}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
