"""What the variants hold in common, so that a diff of them shows only the treatment."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

THREADS = int(os.getenv("THREADS", "40"))
MB = int(float(os.getenv("MB", "64")))
CHUNK = 1_000_000


class Checksum(BaseModel):
    start: int
    value: int


def sample(value: int, chunk: bytes) -> int:
    return crc32(chunk[:100], value)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    # Aiofiles hands its work to this one, which gets as many.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    with TemporaryDirectory() as folder:
        app.state.file = Path(folder, "file")
        app.state.file.write_bytes(
            b"".join(number.to_bytes(8, "big") * (CHUNK // 8) for number in range(MB))
        )
        yield


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
