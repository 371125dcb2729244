"""A program that answers requests by an app, and prints each answer on a line.

    python answering.py scenarios.cache_get.awaiting /users/1 /users/2

It runs the app's lifespan, and finds the app's services by the environment.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))


async def main(module: str, *paths: str) -> None:
    """Answer them one after another; raises where one is not answered with success."""
    app = import_module(module).app
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://app", timeout=60) as client,
    ):
        for path in paths:
            answer = await client.get(path)
            print(answer.raise_for_status().text, flush=True)  # noqa: T201  the test reads it


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
