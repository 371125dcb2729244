"""Celery's workers: processes that the app starts, and that end with it, however it ends."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from scenarios.image_inference.model import Seen
from scenarios.image_inference.shared import PICTURES, WORKERS
from scenarios.image_inference.tasks import infer, queue

PATIENCE_S = 60  # on a busy machine
ALONE = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


def end_with_app() -> None:
    """Wait until the app is gone, kill -9 included."""
    if app := parent_process():
        app.join()
        os._exit(0)


def work() -> None:
    """Do tasks, one at a time."""
    Thread(target=end_with_app, daemon=True).start()
    queue.Worker(pool_cls="solo", loglevel="ERROR", quiet=True, **ALONE).start()


def inferred(jpeg: bytes) -> Seen:
    labels, score = infer.delay(jpeg).get(timeout=PATIENCE_S)
    return labels, score


@asynccontextmanager
async def started() -> AsyncIterator[None]:
    workers = [get_context("spawn").Process(target=work, daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    try:
        first = [infer.delay(PICTURES[0]) for _ in range(2 * WORKERS)]
        for result in first:
            result.get(timeout=PATIENCE_S)
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
