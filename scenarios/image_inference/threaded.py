"""Computes in a thread: NumPy and Pillow let the loop go on meanwhile."""

from fastapi.concurrency import run_in_threadpool

from scenarios.image_inference.model import infer
from scenarios.image_inference.shared import Labels, create_app, jpeg, labels_of

app = create_app()


@app.get("/pictures/{number}/labels")
async def labels(number: int) -> Labels:
    seen = await run_in_threadpool(infer, jpeg(number))
    return labels_of(number, seen)
