"""Two clocks side by side: one that only runs, and one that people and time servers set."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Clocks:
    """A reading of both in seconds, or the difference of two readings."""

    monotonic_s: float
    wall_s: float

    @classmethod
    def now(cls) -> Self:
        """Read both."""
        return cls(time.monotonic(), time.time())

    def __sub__(self, earlier: Clocks) -> Clocks:
        return Clocks(self.monotonic_s - earlier.monotonic_s, self.wall_s - earlier.wall_s)

    @property
    def apart_s(self) -> float:
        """By how much they disagree on how long it took: the machine slept, or one was set."""
        return self.wall_s - self.monotonic_s
