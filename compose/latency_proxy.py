"""The latency of a network: it passes every byte on half a round trip later, in order, both ways.

    python compose/latency_proxy.py --port 9001 --to 127.0.0.1:6379 --rtt-ms 1

What is sent is delayed; opening a connection is not. Nothing is lost, and bandwidth has no limit.
asyncio rounds its timers to a millisecond, so on Linux a timerfd wakes us up; elsewhere a round
trip takes up to two milliseconds longer.
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

WAKING_S = 0.000025  # from the alarm to the sending of the bytes; it is part of the way
TFD_NONBLOCK, TFD_CLOEXEC, TFD_TIMER_ABSTIME = 0o4000, 0o2000000, 1


class Alarm:
    """Calls `ring` at a time of `time.monotonic_ns`."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._fd = None
        if sys.platform == "linux":
            # os.timerfd_create came with Python 3.13.
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
            if self._fd < 0:
                raise OSError(ctypes.get_errno(), "timerfd_create")
            self._loop.add_reader(self._fd, self._rang)

    def set(self, when_ns: int) -> None:
        """Ring once, then; a time that has passed is now."""
        if self._fd is None:
            self._loop.call_later(max(0.001, (when_ns - time.monotonic_ns()) / 1e9), self._ring)
            return
        once = struct.pack("@qqqq", 0, 0, *divmod(when_ns, 1_000_000_000))
        if self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, once, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _rang(self) -> None:
        os.read(cast("int", self._fd), 8)
        self._ring()


class Delay:
    """The bytes that are under way on all connections.

    All take as long, so what came first leaves first, and one alarm serves all.
    """

    def __init__(self, to: tuple[str, int], one_way_s: float) -> None:
        self.to = to
        self._one_way_ns = round(max(0.0, one_way_s - WAKING_S) * 1e9)
        self._under_way: deque[tuple[int, asyncio.Transport, bytes]] = deque()
        self._alarm = Alarm(self._deliver)

    def send(self, data: bytes, to: asyncio.Transport) -> None:
        """Send bytes on, later; none at all stand for the end of a connection."""
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
    """One end of a connection: what comes in here goes out at the other, once there is one."""

    def __init__(self, delay: Delay, other: asyncio.Transport | None = None) -> None:
        self.delay = delay
        self.other = other
        self.early: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self.early.append(data)
        else:
            self.delay.send(data, self.other)

    def connection_lost(self, _: Exception | None) -> None:
        self.data_received(b"")


class ClientEnd(End):
    """The end of a client; it opens the other one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.connecting = asyncio.ensure_future(self.connect())

    async def connect(self) -> None:
        try:
            self.other, _ = await asyncio.get_running_loop().create_connection(
                lambda: End(self.delay, self.transport), *self.delay.to
            )
        except OSError:
            self.transport.close()
            return
        for data in self.early:
            self.delay.send(data, self.other)


async def serve(host: str, port: int, to: tuple[str, int], one_way_s: float) -> None:
    """Pass on until told to stop."""
    delay = Delay(to, one_way_s)
    server = await asyncio.get_running_loop().create_server(
        lambda: ClientEnd(delay), host, port, backlog=2048
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
