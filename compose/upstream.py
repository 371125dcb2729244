"""A service that somebody else runs: it answers after a settable time, so many requests at once.

    python compose/upstream.py --port 9000 --wait-ms 10 --admits 5 --tail-ms 100 --tail-share 0.05

`GET /users/7` gives {"id": 7, "name": "user 7"}. Beyond the admission limit it answers 429 at once,
and under /down/ always 503, as a service does that is down. With `--rate 100` it is many services,
one for each first part of a path: each allows so many calls per second, and answers 429 beyond.
`GET /served` counts what became of the requests: answered, abandoned (nobody was there any more
when the answer was due), refused, failed.
It is written on a bare protocol and costs about 20 µs of CPU per request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Mapping
from typing import cast

import httptools
import uvloop

BURST_S = 0.1  # of its rate, which a service that was not called for a while allows at once


class Upstream:
    """What all connections share: the settings, the requests admitted now, and the counts."""

    def __init__(
        self,
        wait_s: float,
        jitter_s: float,
        tail_s: float,
        tail_share: float,
        admits: int,
        rate: float,
    ) -> None:
        self.wait_s = wait_s
        self.jitter_s = jitter_s
        self.tail_s = tail_s
        self.tail_share = tail_share
        self.admits = admits
        self.rate = rate
        self.due_s: dict[str, float] = {}  # when a service that is called evenly is called next
        self.admitted = 0
        self.served = {"answered": 0, "abandoned": 0, "refused": 0, "failed": 0}

    def delay_s(self) -> float:
        """Draw how long one answer takes: the wait, or for a share of them the tail instead.

        An exponential jitter is added.
        """
        in_tail = self.tail_share and random.random() < self.tail_share  # noqa: S311  no secret
        jitter_s = random.expovariate(1 / self.jitter_s) if self.jitter_s else 0
        return (self.tail_s if in_tail else self.wait_s) + jitter_s

    def refuses(self, path: str) -> bool:
        """Return whether a call is one too many, at once or per second; else it is counted.

        The rate is kept by the generic cell rate algorithm (ITU-T I.371).
        """
        if self.admitted >= self.admits:
            return True
        if self.rate:
            service, now_s = path.split("/")[1], time.monotonic()
            due_s = max(self.due_s.get(service, 0), now_s)
            if due_s > now_s + BURST_S:
                return True
            self.due_s[service] = due_s + 1 / self.rate
        self.admitted += 1
        return False


class Connection(asyncio.Protocol):
    """One keep-alive connection, asked one request at a time."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.url = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_message_complete(self) -> None:
        path, self.url = httptools.parse_url(self.url).path.decode(), b""
        if path == "/served":
            self.answer("200 OK", self.upstream.served)
        elif path.startswith("/down/"):
            self.upstream.served["failed"] += 1
            self.answer("503 Service Unavailable", {"error": "down"})
        elif self.upstream.refuses(path):
            self.upstream.served["refused"] += 1
            self.answer("429 Too Many Requests", {"error": "too many requests"})
        else:
            asyncio.get_running_loop().call_later(self.upstream.delay_s(), self.serve, path)

    def serve(self, path: str) -> None:
        self.upstream.admitted -= 1
        self.upstream.served["abandoned" if self.transport.is_closing() else "answered"] += 1
        key = path.rpartition("/")[2]
        if key.isdecimal():
            self.answer("200 OK", {"id": int(key), "name": f"user {key}"})
        else:
            self.answer("404 Not Found", {"error": "not found"})

    def answer(self, status: str, content: Mapping[str, object]) -> None:
        body = json.dumps(content).encode()
        head = f"content-type: application/json\r\ncontent-length: {len(body)}"
        if not self.transport.is_closing():
            self.transport.write(f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + body)


async def serve(host: str, port: int, upstream: Upstream) -> None:
    """Answer until told to stop."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(upstream), host, port, backlog=2048
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--wait-ms", type=float, default=10)
    parser.add_argument(
        "--jitter-ms", type=float, default=0, help="mean of an exponential delay on top"
    )
    parser.add_argument(
        "--tail-ms", type=float, default=0, help="the wait of a share of the answers"
    )
    parser.add_argument("--tail-share", type=float, default=0, help="that share, from 0 to 1")
    parser.add_argument(
        "--admits",
        type=int,
        default=1_000_000,
        help="requests served at once; beyond, the answer is 429",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=0,
        help="calls per second that each service allows; 0 is any number",
    )
    options = parser.parse_args()
    upstream = Upstream(
        options.wait_ms / 1000,
        options.jitter_ms / 1000,
        options.tail_ms / 1000,
        options.tail_share,
        options.admits,
        options.rate,
    )
    uvloop.run(serve(options.host, options.port, upstream))


if __name__ == "__main__":
    main()
