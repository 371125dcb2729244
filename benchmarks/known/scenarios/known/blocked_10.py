"""Ten milliseconds in which the loop stands still."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/wait/{key}")
async def wait(key: int) -> dict[str, int]:
    """Wait, and answer."""
    time.sleep(0.010)  # noqa: ASYNC251  what is measured
    return {"key": key}


@app.get("/idle")
async def idle() -> dict[str, int]:
    """Answer at once."""
    return {}
