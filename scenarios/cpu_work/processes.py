"""Computes in another process: the loop is free, and so is every other processor."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context

from scenarios.cpu_work.shared import WORKERS, Checksum, create_app
from scenarios.cpu_work.work import checksum

pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))


@asynccontextmanager
async def started() -> AsyncIterator[None]:
    with pool:
        await asyncio.gather(*(asyncio.wrap_future(pool.submit(checksum, worker)) for worker in range(2 * WORKERS)))
        yield


app = create_app(started())


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = await asyncio.get_running_loop().run_in_executor(pool, checksum, seed)
    return Checksum(seed=seed, value=value)
