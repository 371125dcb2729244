"""A pool of worker processes, all started before the first request."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from multiprocessing import get_context

from scenarios.image_inference.model import infer
from scenarios.image_inference.shared import PICTURES, WORKERS

pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))


@asynccontextmanager
async def started() -> AsyncIterator[None]:
    with pool:
        await asyncio.gather(
            *(asyncio.wrap_future(pool.submit(infer, PICTURES[0])) for _ in range(2 * WORKERS))
        )
        yield
