"""Computes in a process of a pool: the picture goes there, and the labels come back."""

import asyncio

from scenarios.image_inference.model import infer
from scenarios.image_inference.process_pool import pool, started
from scenarios.image_inference.shared import Labels, create_app, jpeg, labels_of

app = create_app(started())


@app.get("/pictures/{number}/labels")
async def labels(number: int) -> Labels:
    seen = await asyncio.get_running_loop().run_in_executor(pool, infer, jpeg(number))
    return labels_of(number, seen)
