"""Computes in another process: the loop is free, and so is every other processor."""

import asyncio

from scenarios.cpu_work.process_pool import pool, started
from scenarios.cpu_work.shared import Checksum, create_app
from scenarios.cpu_work.work import checksum

app = create_app(started())


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = await asyncio.get_running_loop().run_in_executor(pool, checksum, seed)
    return Checksum(seed=seed, value=value)
