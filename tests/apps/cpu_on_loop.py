"""Pure Python in `async def`: the loop computes, and nobody else is served meanwhile."""

from fastapi import FastAPI

PRICES = list(range(140_000))

app = FastAPI()


@app.get("/index")
async def index() -> int:
    """Return the index of all prices."""
    return sum(price * 7 % 97 for price in PRICES)
