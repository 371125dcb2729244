"""Balanced orders in which the variants of a block take their turns."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import permutations

FEW = 3  # variants up to which all orders are used; beyond, that would take too many blocks


def orders(names: Sequence[str], rng: random.Random) -> Iterator[tuple[str, ...]]:
    """Draw balanced orders without end.

    Of two, AB and BA twice in every four blocks; of three, all six orders in every six; of more,
    a Williams design: in as many blocks as there are variants, or in twice as many where their
    number is odd, each goes before every other equally often, and has every place equally often.
    Source: Williams, "Experimental designs balanced for the estimation of residual effects of
    treatments" (1949).
    """
    while True:
        if len(names) <= FEW:
            group = list(permutations(names)) * (2 if len(names) < FEW else 1)
        else:
            group = williams(rng.sample(list(names), len(names)))
        rng.shuffle(group)
        yield from group


def williams(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the rows of a Williams design."""
    k = len(names)
    # 0, 1, k - 1, 2, k - 2, …: neighbours differ by every number once.
    zigzag = [0, *(step if turn == 0 else k - step for step in range(1, k) for turn in (0, 1))][:k]
    rows = [tuple(names[(start + place) % k] for place in zigzag) for start in range(k)]
    return rows if k % 2 == 0 else rows + [row[::-1] for row in rows]
