"""The computation, in pure Python: it holds the interpreter as most code does.

It imports nothing, so that a worker process starts fast.
"""

import os

ROUNDS = int(float(os.getenv("ROUNDS", "1000000")))


def checksum(seed: int) -> int:
    value = seed
    for n in range(ROUNDS):
        value = (value * 31 + n) % 1_000_000_007
    return value
