"""The same computation in numpy, which releases the interpreter meanwhile.

It combines steps in pairs, then pairs of pairs.
"""

import numpy as np

from scenarios.cpu_work.work import ROUNDS

MODULUS = 1_000_000_007


def checksum(seed: int) -> int:
    # A step makes value * factor + term of a value, and so do two in a row.
    factors = np.full(ROUNDS, 31, np.uint64)
    terms = np.arange(ROUNDS, dtype=np.uint64)
    while (steps := len(factors)) > 1:
        if steps % 2:
            factors, terms = np.append(factors, np.uint64(1)), np.append(terms, np.uint64(0))
        factors, terms = (
            factors[::2] * factors[1::2] % MODULUS,
            (terms[::2] * factors[1::2] + terms[1::2]) % MODULUS,
        )
    return (seed * int(factors[0]) + int(terms[0])) % MODULUS
