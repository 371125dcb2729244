"""The one HTTP client: a whole request goes out, and a whole answer comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.model.workload import Request
from harness.system.ask import UNANSWERED, ask
from harness.system.ports import free_port


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_PUT(self) -> None:
        """Send the request back, with a status of its own."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(201)
        self.send_header("x-path", self.path)
        self.send_header("x-colour", self.headers["colour"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


@contextmanager
def echo() -> Iterator[str]:
    """Serve it; yields its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_request_is_sent_with_its_method_headers_and_body() -> None:
    """Below the path of the URL; the answer has all three parts as well."""
    with echo() as url:
        found = ask(f"{url}/below/", Request("PUT", "/one", {"colour": "red"}, b"body"))
        assert (found.status, found.body) == (201, b"body")
        assert (found.headers["x-path"], found.headers["x-colour"]) == ("/below/one", "red")
        assert found.right
        assert not ask(url, "/get").right


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1", "https://127.0.0.1:1", "http://", "http://127.0.0.1:99999", "http://a:b"]
)
def test_what_is_no_address_does_not_answer(url: str) -> None:
    """No other exception has to be expected."""
    with pytest.raises(UNANSWERED):
        ask(url, "/", 1)


def test_nobody_there_does_not_answer() -> None:
    """The same."""
    with pytest.raises(UNANSWERED):
        ask(f"http://127.0.0.1:{free_port()}", "/", 1)
