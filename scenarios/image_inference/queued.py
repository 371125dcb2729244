"""Puts the picture into a queue, and waits in a thread: every call of Celery blocks."""

from fastapi.concurrency import run_in_threadpool

from scenarios.image_inference.queue_workers import inferred, started
from scenarios.image_inference.shared import Labels, create_app, jpeg, labels_of

app = create_app(started())


@app.get("/pictures/{number}/labels")
async def labels(number: int) -> Labels:
    seen = await run_in_threadpool(inferred, jpeg(number))
    return labels_of(number, seen)
