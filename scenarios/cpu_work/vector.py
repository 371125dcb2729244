"""The same computation in numpy, which leaves the interpreter to others meanwhile. It puts steps together in pairs, then pairs of pairs."""

import numpy as np

from scenarios.cpu_work.work import ROUNDS

MODULUS = 1_000_000_007


def checksum(seed: int) -> int:
    factors = np.full(
        ROUNDS, 31, np.uint64
    )  # a step makes value * factor + term of a value, and so do two in a row
    terms = np.arange(ROUNDS, dtype=np.uint64)
    while (steps := len(factors)) > 1:
        if steps % 2:
            factors, terms = np.append(factors, np.uint64(1)), np.append(terms, np.uint64(0))
        factors, terms = (
            factors[::2] * factors[1::2] % MODULUS,
            (terms[::2] * factors[1::2] + terms[1::2]) % MODULUS,
        )
    return (seed * int(factors[0]) + int(terms[0])) % MODULUS
