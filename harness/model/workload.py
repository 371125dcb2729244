"""A workload as data: what is asked, and what a right answer is.

The harness, Locust by hand and every load driver are given the same values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar, Literal
from urllib.parse import urlsplit

Same = Literal["exact", "shape", "status"]  # what is alike in right answers
Protocol = Literal["http", "websocket"]

WITH_BODY = {"POST", "PUT", "PATCH"}  # methods whose length is sent even where it is 0
WITHOUT_ANSWER = {"HEAD", "CONNECT"}  # methods whose answer has no body to compare
FRAMING = {"content-length", "transfer-encoding"}  # headers that follow from the body
SAMPLES = 3  # requests that are asked before the load, and that all variants must answer alike
OPENED = 101  # the status by which a server opens a WebSocket
FIRST_CLOSE = 1000  # of the codes by which a WebSocket is closed (RFC 6455, 7.4), above any status


@dataclass(frozen=True, slots=True)
class Request:
    """One request, complete but for the host; over a WebSocket its body is the message."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    protocol: Protocol = "http"

    @property
    def name(self) -> str:
        """What is asked, for people."""
        return f"{'WebSocket' if self.protocol == 'websocket' else self.method} {self.path}"

    def encode(self, url: str) -> bytes:
        """Return it as HTTP/1.1 sends it to the server at `url`."""
        server = urlsplit(url)
        lines = [f"{self.method} {server.path.rstrip('/')}{self.path} HTTP/1.1"]
        if "host" not in map(str.lower, self.headers):
            lines.append(f"Host: {server.netloc}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method in WITH_BODY:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests that differ in nothing but their key.

    `{key}` in `path` and `body` stands for one of `keys`, drawn evenly: a range such as `1..1000`,
    or values such as `red,green`. A right answer has `status`, comes within `deadline_s` seconds,
    and is the `same` each time for the same request: exactly, by the shape of its JSON (which is
    compared before the load, and not under it), or by its status alone. `idle` is the route that
    does no work, which is asked over HTTP.
    Where the protocol is websocket, a connection is a socket at `path`, opened with `headers`. One
    message, which is `body`, and the one message that answers it are a request. It is sent as
    text, or as bytes where it is no UTF-8.
    Raises ValueError where that cannot be asked.
    """

    __pydantic_config__: ClassVar = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    path: str
    keys: str = "1"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "*/*"})
    body: bytes = b""
    status: int = 200
    deadline_s: float = 2.0
    idle: str = "/idle"
    same: Same = "exact"
    protocol: Protocol = "http"

    def __post_init__(self) -> None:
        """Refuse what no server could be asked."""
        self._check_protocol()
        for path in (self.path, self.idle):
            if not path.startswith("/") or not _is_plain(path) or " " in path:
                raise ValueError(f"{path!r} is no path: it begins with / and holds no spaces")
        if not (self.method.isalpha() and self.method.isascii() and self.method.isupper()):
            raise ValueError(f"{self.method!r} is no method: write GET, POST, PUT, ...")
        if self.method in WITHOUT_ANSWER:
            raise ValueError(f"{self.method} cannot be measured: its answer has no body")
        for name, value in self.headers.items():
            if not name or ":" in name or " " in name or not _is_plain(name + value):
                raise ValueError(f"{name!r}: {value!r} is no header: it is one line of ASCII")
            if name.lower() in FRAMING:
                raise ValueError(f"leave the header {name} out: it follows from the body")
        if not self.deadline_s > 0:
            raise ValueError(f"a deadline of {self.deadline_s} s: it must be above 0")
        key_values(self.keys)
        if "{key}" in self.path and (" " in self.keys or not _is_plain(self.keys)):
            raise ValueError(
                f"the keys {self.keys!r} cannot stand in a path: write %20 for a space"
            )

    def _check_protocol(self) -> None:
        if self.protocol == "http":
            return
        if (self.method, self.status) != ("GET", HTTPStatus.OK):
            raise ValueError("a WebSocket has no method and no status: leave them out")
        if "{key}" in self.path:
            raise ValueError("a socket has one path: put {key} into the message, its body")

    def request(self, key: str) -> Request:
        """Return the request for a key."""
        body = self.body.replace(b"{key}", key.encode())
        path = self.path.replace("{key}", key)
        return Request(self.method, path, self.headers, body, self.protocol)

    @property
    def name(self) -> str:
        """What is asked, for people, whatever the key."""
        return Request(self.method, self.path, protocol=self.protocol).name

    @property
    def right(self) -> int:
        """The status of a right answer; of a message, that by which its socket was opened."""
        return OPENED if self.protocol == "websocket" else self.status

    @property
    def idle_request(self) -> Request:
        """The request to the route that does no work."""
        return Request("GET", self.idle, self.headers)

    @property
    def samples(self) -> list[Request]:
        """The requests with the first, the middle and the last key, each once."""
        values = key_values(self.keys)
        last = len(values) - 1
        picked = [values[number * last // (SAMPLES - 1)] for number in range(SAMPLES)]
        return [self.request(key) for key in dict.fromkeys(picked)]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def key_values(keys: str) -> Sequence[str]:
    """Return the keys of `1..1000` or of `red,green`; raises ValueError where there are none."""
    first, dots, last = keys.partition("..")
    if dots and first.isdecimal() and last.isdecimal() and int(first) <= int(last):
        return [str(number) for number in range(int(first), int(last) + 1)]
    values = [one for one in keys.split(",") if one]
    if dots or not values:
        raise ValueError(f"{keys!r} are no keys: write 1..1000, or red,green")
    return values
