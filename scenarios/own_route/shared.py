"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import requests
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from requests.adapters import HTTPAdapter

THREADS = int(os.getenv("THREADS", "40"))
CONNECTIONS = int(os.getenv("CONNECTIONS", "100"))
TIMEOUT_S = float(os.getenv("TIMEOUT_MS", "1000")) / 1000

session = requests.Session()
session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True))


def name_of(user_id: int) -> dict[str, str]:
    return {"name": f"user {user_id}"}


def ask(request: Request, path: str) -> dict[str, str]:
    host, port = request.scope["server"]
    response = session.get(f"http://{host}:{port}{path}", timeout=TIMEOUT_S)
    response.raise_for_status()
    found: dict[str, str] = response.json()
    return found


def create_app() -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        with session:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(requests.RequestException)
    async def failed(_: object, error: requests.RequestException) -> JSONResponse:
        return JSONResponse({"own route": type(error).__name__}, status_code=504)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
