"""A small shop, whose stock is kept by a driver that blocks. docs/your-app.md measures it."""

import asyncio
import time
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()
PRICES = {1: 250, 2: 990, 3: 40}


def currency() -> str:
    """Return what prices are in."""
    return "EUR"


@app.get("/products/{number}")
async def product(number: int, unit: Annotated[str, Depends(currency)]) -> dict[str, int | str]:
    """Return a product, when a service elsewhere has answered."""
    await asyncio.sleep(0.01)
    return {"number": number, "price": PRICES[number], "currency": unit}


@app.get("/stock/{number}")
async def stock(number: int) -> dict[str, int]:
    """Return how many are left, when a driver that blocks has answered."""
    time.sleep(0.01)
    return {"number": number, "left": 17}
