"""What was used while a trial lasted: time on both clocks, and CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.places.place import Place
from harness.system import cores, machine
from harness.system.clocks import Clocks

ReadClocks = Callable[[], Clocks]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Time on both clocks, and CPU seconds of the whole machine and of the measurement itself."""

    clocks: Clocks
    busy_s: float
    own_s: float

    @classmethod
    def read(cls, place: Place, clocks: ReadClocks) -> Accounts:
        """Read them all."""
        return cls(clocks(), machine.busy_s(), place.own_cpu_s())

    def since(self, before: Accounts) -> Accounts:
        """Return what was used since then."""
        busy_s, own_s = self.busy_s - before.busy_s, self.own_s - before.own_s
        return Accounts(self.clocks - before.clocks, busy_s, own_s)

    @property
    def foreign(self) -> float:
        """The share of the machine that other work used."""
        available_s = self.clocks.monotonic_s * len(cores.AVAILABLE)
        return round(max(0.0, self.busy_s - self.own_s) / available_s, 4)
