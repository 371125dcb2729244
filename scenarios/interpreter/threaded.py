"""Waits and computes inside `def`: the same file under every interpreter."""

import time

from scenarios.interpreter.shared import ROUNDS, WAIT_S, create_app

app = create_app()


@app.get("/checksum/{seed}")
def compute(seed: int) -> int:
    if WAIT_S:
        time.sleep(WAIT_S)
    value = seed
    for n in range(ROUNDS):
        value = (value * 31 + n) % 1_000_000_007
    return value
