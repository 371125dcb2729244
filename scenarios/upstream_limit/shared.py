"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

URL = os.getenv("UPSTREAM_URL", "http://127.0.0.1:9000")
NGINX_URL = os.getenv("NGINX_URL", "http://127.0.0.1:9080")
CONNECTIONS = int(os.getenv("CONNECTIONS", "100"))
ADMITS = int(float(os.getenv("ADMITS", "5")))
PARTS = ("name", "orders", "messages")

client = httpx.AsyncClient(
    timeout=5,
    limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
)


class Profile(BaseModel):
    id: int
    parts: list[str]


async def fetch(user_id: int, part: str) -> str:
    response = await client.get(f"/users/{user_id}?part={part}")
    response.raise_for_status()
    return f"{part} of {response.json()['name']}"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with client:
        yield


def create_app(url: str = URL) -> FastAPI:
    client.base_url = httpx.URL(url)
    app = FastAPI(lifespan=lifespan)

    @app.exception_handler(httpx.HTTPStatusError)
    async def refused(_: object, error: httpx.HTTPStatusError) -> JSONResponse:
        return JSONResponse({"upstream": error.response.status_code}, status_code=502)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
