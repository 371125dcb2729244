"""A service that somebody else runs: it answers after a settable time and admits so many requests at once.

    python compose/upstream.py --port 9000 --wait-ms 10 --jitter-ms 2 --admits 5

`GET /users/7` gives {"id": 7, "name": "user 7"}; beyond the admission limit it answers 429 at once. It is written on a bare
protocol so that it stays cheap beside what is measured: about 20 µs of CPU per request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from typing import cast

import httptools
import uvloop


class Upstream:
    """What all connections share: the settings, and how many requests are admitted now."""

    def __init__(self, wait_s: float, jitter_s: float, admits: int) -> None:
        self.wait_s = wait_s
        self.jitter_s = jitter_s
        self.admits = admits
        self.admitted = 0

    def delay_s(self) -> float:
        """Draw how long one answer takes: the wait, and an exponential jitter on top."""
        return self.wait_s + (random.expovariate(1 / self.jitter_s) if self.jitter_s else 0)


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
        if self.upstream.admitted >= self.upstream.admits:
            self.answer("429 Too Many Requests", {"error": "too many requests"})
            return
        self.upstream.admitted += 1
        asyncio.get_running_loop().call_later(self.upstream.delay_s(), self.serve, path)

    def serve(self, path: str) -> None:
        self.upstream.admitted -= 1
        key = path.rpartition("/")[2]
        if key.isdecimal():
            self.answer("200 OK", {"id": int(key), "name": f"user {key}"})
        else:
            self.answer("404 Not Found", {"error": "not found"})

    def answer(self, status: str, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + body)


async def serve(host: str, port: int, upstream: Upstream) -> None:
    """Answer until told to stop."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(upstream), host, port, backlog=2048)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--wait-ms", type=float, default=10)
    parser.add_argument("--jitter-ms", type=float, default=0, help="mean of an exponential delay on top")
    parser.add_argument("--admits", type=int, default=1_000_000, help="requests served at once; beyond, the answer is 429")
    options = parser.parse_args()
    upstream = Upstream(options.wait_ms / 1000, options.jitter_ms / 1000, options.admits)
    uvloop.run(serve(options.host, options.port, upstream))


if __name__ == "__main__":
    main()
