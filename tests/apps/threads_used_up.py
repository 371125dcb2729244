"""A `def` that waits 50 ms: 40 requests have a thread, the others wait for one."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
def report() -> dict[str, int]:
    """Return a report, once a slow printer has made it."""
    time.sleep(0.05)
    return {"pages": 3}
