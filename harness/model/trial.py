"""A trial: one run of one fresh server process, the unit of replication."""

from __future__ import annotations

from dataclasses import dataclass

# Seconds that a trial takes besides its windows.
START_S, PROBE_S, RAMP_S = 0.7, 0.8, 0.3
WARM_UP_S = 0.5  # of closed loop, in place of the probe
SWEEP_RAMP_S = 1.2  # before a closed loop of another size: what gives way takes a while to


@dataclass(frozen=True, slots=True)
class Offer:
    """An open load: `rate` requests/s over `window_s`, `load` times the smallest ceiling."""

    load: float
    rate: float
    window_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one fresh server process meets. Block 0 is the pilot, which places the rates.

    `seed` belongs to the block: every variant in it gets the same arrivals and the same
    PYTHONHASHSEED. `attempt` counts how often the block had to be measured again. Where it is
    not `probed`, no request is asked alone and no ceiling is known.
    """

    scenario: str
    variant: str
    block: int
    position: int
    seed: int
    closed_s: float
    offers: tuple[Offer, ...] = ()
    sweep: tuple[int, ...] = ()
    attempt: int = 0
    probed: bool = True

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What tells this trial from the others of its run."""
        return self.scenario, self.block, self.attempt, self.variant

    @property
    def name(self) -> str:
        """The name of its files."""
        again = f"-again{self.attempt}" if self.attempt else ""
        return f"{self.scenario}-{self.block:02d}-{self.variant}{again}"

    @property
    def where(self) -> str:
        """Its place in the plan, in words."""
        again = f", attempt {self.attempt + 1}" if self.attempt else ""
        return f"block {self.block}{again}" if self.block else "pilot"

    @property
    def seconds(self) -> float:
        """An estimate of how long it takes."""
        return (
            START_S
            + (PROBE_S + RAMP_S if self.probed else WARM_UP_S)
            + self.closed_s
            + sum(RAMP_S + offer.window_s for offer in self.offers)
            + len(self.sweep) * (SWEEP_RAMP_S + self.closed_s)
        )
