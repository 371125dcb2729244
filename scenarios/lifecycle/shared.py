"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
import resource
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
CONNECTIONS = int(os.getenv("CONNECTIONS", "10"))
FILES = int(float(os.getenv("FILES", "300")))
LIMITS = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
TIMEOUT_S = 5
# Made once for all clients: making it is expensive, which is what http_connections asks about.
TLS = httpx.create_ssl_context()


class User(BaseModel):
    id: int
    name: str


def create_app(owned: AbstractAsyncContextManager[object]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        )
        async with owned:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(httpx.TransportError)
    async def failed(_: object, error: httpx.TransportError) -> JSONResponse:
        return JSONResponse({"upstream": str(error)}, status_code=502)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
