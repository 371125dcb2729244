"""Computes in a thread: the loop gets a turn every few ms, and the work gets no faster."""

from fastapi.concurrency import run_in_threadpool

from scenarios.cpu_work.shared import Checksum, create_app
from scenarios.cpu_work.work import checksum

app = create_app()


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = await run_in_threadpool(checksum, seed)
    return Checksum(seed=seed, value=value)
