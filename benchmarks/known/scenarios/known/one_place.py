"""Ten milliseconds of waiting, one request at a time."""

import asyncio

from fastapi import FastAPI

app = FastAPI()
places = asyncio.Semaphore(1)


@app.get("/wait/{key}")
async def wait(key: int) -> dict[str, int]:
    """Wait, and answer."""
    async with places:
        await asyncio.sleep(0.010)
    return {"key": key}


@app.get("/idle")
async def idle() -> dict[str, int]:
    """Answer at once."""
    return {}
