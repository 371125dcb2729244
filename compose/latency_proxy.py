"""A network that is not there: it hands on every byte half a round trip after it came, in either direction and in order.

    python compose/wire.py --port 9001 --to 127.0.0.1:6379 --rtt-ms 1

What is sent is delayed; opening a connection is not, nothing is lost, and nothing gets narrow. asyncio's timers are rounded to a
millisecond, so a Linux timerfd wakes us; elsewhere they remain, and a round trip takes up to two milliseconds longer.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import cast

import uvloop

WAKING_S = 0.000025  # from when the alarm rings to when the bytes are sent; it is part of the way
TFD_NONBLOCK, TFD_CLOEXEC, TFD_TIMER_ABSTIME = 0o4000, 0o2000000, 1


class Alarm:
    """Rings at a time of `time.monotonic_ns`."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._fd = None
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(
                None, use_errno=True
            )  # os.timerfd_create came with Python 3.13
            self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
            if self._fd < 0:
                raise OSError(ctypes.get_errno(), "timerfd_create")
            self._loop.add_reader(self._fd, self._rang)

    def set(self, when_ns: int) -> None:
        """Ring once, then; a time that has passed is now."""
        if self._fd is None:
            self._loop.call_later(max(0.001, (when_ns - time.monotonic_ns()) / 1e9), self._ring)
        elif (
            self._libc.timerfd_settime(
                self._fd,
                TFD_TIMER_ABSTIME,
                struct.pack("@qqqq", 0, 0, *divmod(when_ns, 1_000_000_000)),
                None,
            )
            < 0
        ):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _rang(self) -> None:
        os.read(cast("int", self._fd), 8)
        self._ring()


class Wire:
    """What is under way on all connections. All of it takes as long, so what came first leaves first, and one alarm serves all."""

    def __init__(self, to: tuple[str, int], one_way_s: float) -> None:
        self.to = to
        self._one_way_ns = round(max(0.0, one_way_s - WAKING_S) * 1e9)
        self._under_way: deque[tuple[int, asyncio.Transport, bytes]] = deque()
        self._alarm = Alarm(self._deliver)

    def carry(self, data: bytes, to: asyncio.Transport) -> None:
        """Take in what has just come; nothing at all stands for the end of a connection."""
        due_ns = time.monotonic_ns() + self._one_way_ns
        if not self._under_way:
            self._alarm.set(due_ns)
        self._under_way.append((due_ns, to, data))

    def _deliver(self) -> None:
        while self._under_way and self._under_way[0][0] <= time.monotonic_ns():
            _, to, data = self._under_way.popleft()
            if not data:
                to.close()
            elif not to.is_closing():
                to.write(data)
        if self._under_way:
            self._alarm.set(self._under_way[0][0])


class End(asyncio.Protocol):
    """One end of a connection. What comes in here goes out at the other end, as soon as there is one."""

    def __init__(self, wire: Wire, other: asyncio.Transport | None = None) -> None:
        self.wire = wire
        self.other = other
        self.early: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self.early.append(data)
        else:
            self.wire.carry(data, self.other)

    def connection_lost(self, _: Exception | None) -> None:
        self.data_received(b"")


class Near(End):
    """The end of whoever connects."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.connecting = asyncio.ensure_future(self.connect())

    async def connect(self) -> None:
        try:
            self.other, _ = await asyncio.get_running_loop().create_connection(
                lambda: End(self.wire, self.transport), *self.wire.to
            )
        except OSError:
            self.transport.close()
            return
        for data in self.early:
            self.wire.carry(data, self.other)


async def serve(host: str, port: int, to: tuple[str, int], one_way_s: float) -> None:
    """Relay until told to stop."""
    wire = Wire(to, one_way_s)
    server = await asyncio.get_running_loop().create_server(
        lambda: Near(wire), host, port, backlog=2048
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--to", required=True, metavar="HOST:PORT")
    parser.add_argument("--rtt-ms", type=float, default=1, help="how long there and back takes")
    options = parser.parse_args()
    to_host, _, to_port = options.to.rpartition(":")
    uvloop.run(serve(options.host, options.port, (to_host, int(to_port)), options.rtt_ms / 2000))


if __name__ == "__main__":
    main()
