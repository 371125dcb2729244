"""Awaits nothing: the loop turns when all is done."""

from scenarios.await_size.shared import ITEMS, Checksum, create_app
from scenarios.await_size.work import add

app = create_app()


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = seed
    for item in range(ITEMS):
        value = add(value, item)
    return Checksum(seed=seed, value=value)
