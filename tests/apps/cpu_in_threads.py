"""Pure Python in `def`: 40 threads compute, and only one of them has the interpreter."""

from fastapi import FastAPI

PRICES = list(range(140_000))

app = FastAPI()


@app.get("/index")
def index() -> int:
    """Return the index of all prices."""
    return sum(price * 7 % 97 for price in PRICES)
