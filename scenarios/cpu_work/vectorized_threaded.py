"""Computes with numpy in a thread: loop and thread each have a processor, if there are two."""

from fastapi.concurrency import run_in_threadpool

from scenarios.cpu_work.shared import Checksum, create_app
from scenarios.cpu_work.vector import checksum

app = create_app()


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = await run_in_threadpool(checksum, seed)
    return Checksum(seed=seed, value=value)
