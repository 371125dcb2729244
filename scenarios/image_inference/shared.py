"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

from scenarios.image_inference.model import Seen, infer, picture

WORKERS = int(os.getenv("WORKERS", "2"))
THREADS = int(os.getenv("THREADS", "40"))
PICTURES = [picture(number) for number in range(20)]


def jpeg(number: int) -> bytes:
    return PICTURES[number % len(PICTURES)]


class Labels(BaseModel):
    number: int
    labels: list[int]
    score: float


def labels_of(number: int, seen: Seen) -> Labels:
    labels, score = seen
    return Labels(number=number, labels=labels, score=score)


def create_app(workers: AbstractAsyncContextManager[object] | None = None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        infer(PICTURES[0])
        async with workers or nullcontext():
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
