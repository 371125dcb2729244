"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from pydantic import BaseModel

INDEX_URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
CACHE_URL = os.getenv("REDIS_URL", "redis://127.0.0.1:6379/0")
ITEMS = urlsplit(os.getenv("MYSQL_URL", "mysql://bench:bench@127.0.0.1:3306/fastapi_bench"))
DATABASE = ITEMS.path.strip("/")
ACCOUNT: dict[str, Any] = {
    "host": ITEMS.hostname,
    "port": ITEMS.port or 3306,
    "user": unquote(ITEMS.username or ""),
    "password": unquote(ITEMS.password or ""),
    "autocommit": True,  # else a connection goes on seeing what it saw first
}
CONNECTIONS = int(os.getenv("CONNECTIONS", "64"))
THREADS = int(os.getenv("THREADS", "40"))
INDEX_S = float(os.getenv("INDEX_MS", "15")) / 1000
ITEMS_S = float(os.getenv("ITEMS_MS", "15")) / 1000

# Each server sleeps once in each query.
SEARCH = """SELECT id, name FROM products, pg_sleep($2), plainto_tsquery('english', $1) AS asked
WHERE words @@ asked ORDER BY ts_rank(words, asked) DESC, id LIMIT 10"""
POPULAR = """SELECT id FROM items, (SELECT SLEEP(%s) AS slept) AS nap
ORDER BY sold DESC LIMIT 3"""
STOCK = """SELECT id, stock FROM items, (SELECT SLEEP(%s) AS slept) AS nap
WHERE id IN ({})"""
CENTS = "fastapi_bench:cents:{}"
SEED = {CENTS.format(product_id): product_id * 17 % 9000 + 99 for product_id in range(1, 10001)}

Hits = Sequence[tuple[int, str]]


class Item(BaseModel):
    id: int
    name: str
    cents: int
    stock: int


class Results(BaseModel):
    items: list[Item]
    popular: list[int]


def ids(hits: Hits) -> list[int]:
    return [product_id for product_id, _ in hits]


def stock_of(hits: Hits) -> str:
    return STOCK.format(", ".join(["%s"] * len(hits)) or "NULL")


def keys(hits: Hits) -> list[str]:
    return [CENTS.format(product_id) for product_id in ids(hits)]


def results(hits: Hits, popular: list[int], cents: list[int], stock: dict[int, int]) -> Results:
    items = [
        Item(id=product_id, name=name, cents=price, stock=stock[product_id])
        for (product_id, name), price in zip(hits, cents, strict=True)
    ]
    return Results(items=items, popular=popular)


def create_app(open_shop: Callable[[], AbstractAsyncContextManager[object]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with open_shop() as app.state.shop:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
