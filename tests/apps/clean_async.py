"""An `async def` that awaits 10 ms: only the processor bounds it."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/stock")
async def stock() -> dict[str, int]:
    """Return how many are left, once a service elsewhere has answered."""
    await asyncio.sleep(0.01)
    return {"left": 17}
