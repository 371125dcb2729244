"""Computes with numpy inside `async def`: sooner done, and still nothing else happens meanwhile."""

from scenarios.cpu_work.shared import Checksum, create_app
from scenarios.cpu_work.vector import checksum

app = create_app()


@app.get("/checksum/{seed}")
async def compute(seed: int) -> Checksum:
    value = checksum(seed)
    return Checksum(seed=seed, value=value)
