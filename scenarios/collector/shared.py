"""What the variants hold in common, so that a diff of them shows only the treatment.

The app holds a large stock in memory, and makes some thousand lists for every request.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse

ARTICLES = int(float(os.getenv("ARTICLES", "100000")))
ROWS = int(float(os.getenv("ROWS", "4000")))

stock = [[n, [n % 7, n % 11]] for n in range(ARTICLES)]


def leave() -> None:
    """Leave the collector as it is."""


def create_app(at_start: Callable[[], None] = leave) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        at_start()
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    @app.get("/reports/{first}")
    async def report(first: int) -> JSONResponse:
        rows = [[n, stock[n % ARTICLES]] for n in range(first, first + ROWS)]
        return JSONResponse({"first": first, "last": rows[-1][0]})

    return app
