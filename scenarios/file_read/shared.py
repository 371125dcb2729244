"""What the variants hold in common, so that a diff of them shows only the treatment."""

import asyncio
import os
from array import array
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import adler32

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

THREADS = int(os.getenv("THREADS", "40"))
SIZE = int(float(os.getenv("MB", "64")) * 1_000_000)
PAGE = 4000


class Page(BaseModel):
    number: int
    checksum: int
    of_bytes: int


def page(number: int, content: bytes) -> Page:
    return Page(number=number, checksum=adler32(content[number * PAGE :][:PAGE]), of_bytes=len(content))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))  # aiofiles hands its work to this one, which gets as many
    with TemporaryDirectory() as folder:
        app.state.file = Path(folder, "file")
        app.state.file.write_bytes(array("Q", range(SIZE // 8)))
        yield


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
