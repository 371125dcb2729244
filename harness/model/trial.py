"""A trial: one run of one fresh server process, the unit of replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Seconds that a server takes to start and to be checked, where those of a block start together.
START_S = 0.35
BETWEEN_S = 0.1  # between two windows

Kind = Literal["evidence", "deciding", "exploring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of load: `ramp_s` seconds that do not count, then a window of `window_s`.

    In the closed model, `clients` connections ask the stream's route, each again as soon as it is
    answered, or after `think_s`. In the open model, `rate` requests/s arrive by a Poisson
    schedule, and `idle_rate` more at the route that does no work; `load` is the rate as a share
    of the smallest ceiling. `arrivals` may space them evenly instead.
    """

    name: str
    model: Literal["closed", "open"]
    window_s: float
    ramp_s: float
    stream: Literal["work", "idle"] = "work"
    clients: int = 0
    think_s: float = 0.0
    rate: float = 0.0
    load: float = 0.0
    idle_rate: float = 0.0
    arrivals: Literal["poisson", "uniform"] = "poisson"

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.ramp_s + self.window_s + BETWEEN_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one fresh server process meets.

    Its `kind`: `evidence` is the pass in which it is seen whether a variant is what it says, and
    what one request costs alone; `deciding` trials carry the answer; `exploring` is what is seen
    once besides, when the answer is known. `block` counts the deciding ones from 1, and is 0
    otherwise. `seed` belongs to the block: every variant in it gets the same arrivals and the
    same PYTHONHASHSEED. `attempt` counts how often the block had to be measured again.
    """

    scenario: str
    variant: str
    kind: Kind
    block: int
    position: int
    seed: int
    phases: tuple[Phase, ...]
    attempt: int = 0

    @property
    def key(self) -> tuple[str, str, int, int, str]:
        """What tells this trial from the others of its run."""
        return self.scenario, self.kind, self.block, self.attempt, self.variant

    @property
    def name(self) -> str:
        """The name of its files."""
        place = f"{self.block:02d}" if self.block else self.kind
        again = f"-again{self.attempt}" if self.attempt else ""
        return f"{self.scenario}-{place}-{self.variant}{again}"

    @property
    def where(self) -> str:
        """Its place in the plan, in words."""
        again = f", attempt {self.attempt + 1}" if self.attempt else ""
        return f"block {self.block}{again}" if self.block else self.kind

    @property
    def seconds(self) -> float:
        """An estimate of how long it takes."""
        return START_S + sum(phase.seconds for phase in self.phases)
