"""A large object is made into JSON in `async def`."""

import json
import zlib

from fastapi import FastAPI

CATALOGUE = [
    {"id": number, "name": f"product {number}", "price": number * 1.07, "left": number % 50}
    for number in range(5000)
]

app = FastAPI()


@app.get("/catalogue/version")
async def version() -> dict[str, int]:
    """Return a number that changes with the catalogue."""
    text = json.dumps(CATALOGUE)
    return {"version": zlib.crc32(text.encode())}
