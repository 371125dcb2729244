"""A stand-in for MongoDB: it speaks enough of the protocol to find one of a thousand users by key.

    python compose/mongo_standin.py --port 27017

It is no database: it stores nothing, takes every write as done, knows no other query, and answers
at once. For a wait, put compose/latency_proxy.py before it. It serves to compare ways of waiting,
and says nothing of MongoDB.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
from typing import Any, cast

import bson
import uvloop

USERS = 1000
REPLY, QUERY, MSG = 1, 2004, 2013  # codes of operations
HEADER = struct.Struct("<iiii")  # length, number of the message, number of the one it answers, code
MORE_TO_COME = 2
HELLO = {
    "helloOk": True,
    "ismaster": True,
    "isWritablePrimary": True,
    "maxBsonObjectSize": 16_777_216,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "logicalSessionTimeoutMinutes": 30,
    "minWireVersion": 0,
    "maxWireVersion": 25,
    "readOnly": False,
    "ok": 1.0,
}


def reply(command: dict[str, Any]) -> dict[str, Any]:
    """Answer a command."""
    match next(iter(command)):
        case "hello" | "isMaster" | "ismaster":
            return HELLO
        case "find":
            key = command["filter"].get("_id")
            users = (
                [{"_id": key, "name": f"user {key}", "email": f"user{key}@example.org"}]
                if key in range(1, USERS + 1)
                else []
            )
            return {
                "cursor": {
                    "id": bson.Int64(0),
                    "ns": f"{command['$db']}.{command['find']}",
                    "firstBatch": users,
                },
                "ok": 1.0,
            }
        case "buildInfo" | "buildinfo":
            return {"version": f"stand-in, wire version {HELLO['maxWireVersion']}", "ok": 1.0}
        case "ping" | "update" | "dropDatabase" | "endSessions":
            return {"ok": 1.0}
        case unknown:
            return {
                "ok": 0.0,
                "errmsg": f"the stand-in knows no {unknown}",
                "code": 59,
                "codeName": "CommandNotFound",
            }


class Connection(asyncio.Protocol):
    """One connection of a driver."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while len(self.received) >= HEADER.size and len(self.received) >= (
            length := HEADER.unpack_from(self.received)[0]
        ):
            message, self.received = self.received[:length], self.received[length:]
            self.answer(message)

    def answer(self, message: bytes) -> None:
        _, number, _, code = HEADER.unpack_from(message)
        if code == MSG:
            flags, _kind = struct.unpack_from("<IB", message, HEADER.size)
            command = bson.decode(document(message, HEADER.size + 5))
            if not flags & MORE_TO_COME:
                self.send(number, MSG, struct.pack("<IB", 0, 0) + bson.encode(reply(command)))
        elif code == QUERY:  # how a driver greets a server that it does not know yet
            start = message.index(b"\0", HEADER.size + 4) + 9
            self.send(
                number,
                REPLY,
                struct.pack("<iqii", 8, 0, 0, 1)
                + bson.encode(reply(bson.decode(document(message, start)))),
            )
        else:
            self.transport.close()

    def send(self, answers: int, code: int, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(HEADER.pack(HEADER.size + len(body), 0, answers, code) + body)


def document(message: bytes, start: int) -> bytes:
    """Cut out the document that begins there."""
    return message[start : start + int.from_bytes(message[start : start + 4], "little")]


async def serve(host: str, port: int) -> None:
    """Answer until told to stop."""
    server = await asyncio.get_running_loop().create_server(Connection, host, port, backlog=2048)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=27017)
    options = parser.parse_args()
    uvloop.run(serve(options.host, options.port))


if __name__ == "__main__":
    main()
