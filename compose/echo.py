"""A server that costs next to nothing; it knows how long each request stayed with it.

It answers at once, or after a while, over HTTP and over a WebSocket. `GET /sojourns` gives the
sojourn times so far, in ns, and forgets them; `GET /served` counts the answers so far.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import time
from typing import cast

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % 2 + b"{}"
UPGRADE = b"Upgrade: websocket"
ACCEPTING = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
OPENED = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-accept: %s\r\n\r\n"
)
MESSAGE = b"\x81\x02{}"  # the same answer in a frame
CLOSE = 0x88  # how a frame begins that closes a WebSocket


class Answering(asyncio.Protocol):
    """One keep-alive connection; each segment is one request, which is all that the load sends."""

    says = ANSWER
    wait_s = 0.0
    served = 0
    sojourns: list[int]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        arrived = time.monotonic_ns()
        if data.startswith(b"GET /sojourns"):
            body = json.dumps(self.sojourns).encode()
            self.sojourns.clear()
            self.transport.write(HEAD % len(body) + body)
        elif data.startswith(b"GET /served"):
            body = str(Answering.served).encode()
            self.transport.write(HEAD % len(body) + body)
        elif UPGRADE in data:
            key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
            told = hashlib.sha1(key + ACCEPTING, usedforsecurity=False)
            self.transport.write(OPENED % base64.b64encode(told.digest()))
            self.says = MESSAGE
        elif data[0] == CLOSE:
            self.transport.close()
        elif self.wait_s:
            asyncio.get_running_loop().call_later(self.wait_s, self.answer, arrived)
        else:
            Answering.served += 1
            self.transport.write(self.says)

    def answer(self, arrived: int) -> None:
        if not self.transport.is_closing():
            Answering.served += 1
            self.transport.write(self.says)
            self.sojourns.append(time.monotonic_ns() - arrived)


async def serve(port: int) -> None:
    """Answer until told to stop."""
    server = await asyncio.get_running_loop().create_server(
        Answering, "127.0.0.1", port, backlog=2048
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--wait-ms", type=float, default=0)
    options = parser.parse_args()
    Answering.wait_s, Answering.sojourns = options.wait_ms / 1000, []
    uvloop.run(serve(options.port))
