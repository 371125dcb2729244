"""Awaits after every so many items: the loop turns often enough for everybody else."""

from scenarios.await_size.shared import BATCH, ITEMS, Checksum, create_app
from scenarios.await_size.switch import switch
from scenarios.await_size.work import add

app = create_app()


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = seed
    for item in range(ITEMS):
        value = add(value, item)
        if item % BATCH == 0:
            await switch()
    return Checksum(seed=seed, value=value)
