"""The client of the library websockets as it comes, for comparison, on asyncio or on uvloop.

    python benchmarks/stock_websockets.py URL CONNECTIONS SECONDS {asyncio,uvloop}

It says, as JSON on one line, what it did in a window after everybody was connected.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any

import uvloop

RAMP_S = 0.5
websockets: Any = import_module("websockets")  # nothing else here needs it, so no lock holds it


async def main(url: str, connections: int, window_s: float) -> None:
    """Let each connection send as soon as it has received."""
    done = 0

    async def converse(socket: Any) -> None:
        nonlocal done
        while True:
            await socket.send("{}")
            await socket.recv()
            done += 1

    async with AsyncExitStack() as stack:
        asking = []
        for _ in range(connections):
            socket = await stack.enter_async_context(websockets.connect(url, compression=None))
            asking.append(asyncio.create_task(converse(socket)))
        await asyncio.sleep(RAMP_S)
        before, cpu_s, began_s = done, time.process_time(), time.monotonic()
        await asyncio.sleep(window_s)
        count, seconds = done - before, time.monotonic() - began_s
        cost_s = (time.process_time() - cpu_s) / max(1, count)
        for one in asking:
            one.cancel()
    print(json.dumps({"rate": count / seconds, "cpu_s": cost_s}))


if __name__ == "__main__":
    run = {"asyncio": asyncio.run, "uvloop": uvloop.run}[sys.argv[4]]
    run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
