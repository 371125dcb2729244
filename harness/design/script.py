"""The phases of one trial, in order: what is done to a server, wherever it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.design.design import BYSTANDER_RATE
from harness.model.facts import CLOSED, WORK
from harness.model.scenario import Scenario
from harness.model.trial import RAMP_S, SWEEP_RAMP_S, WARM_UP_S, Offer, Trial

IDLE = "idle"  # the phase in which the route that does no work is asked alone
IDLE_ALONE_S, WORK_ALONE_S, PROBE_RAMP_S = 0.3, 0.4, 0.05
# Between idle requests, so that the way there is as cold as the work's, where both ends sleep.
THINK_S = 0.005

Stream = Literal["work", "idle"]  # the route in question, or the one that does no work


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of load: `ramp_s` seconds that do not count, then a window of `window_s`.

    In the closed model, `clients` connections ask the stream's route, each again as soon as it is
    answered, or after `think_s`. In the open model, `rate` requests/s arrive by a Poisson
    schedule, and `idle_rate` more at the route that does no work. `arrivals` may space them
    evenly instead.
    """

    name: str
    model: Literal["closed", "open"]
    window_s: float
    ramp_s: float
    stream: Stream = "work"
    clients: int = 0
    think_s: float = 0.0
    rate: float = 0.0
    idle_rate: float = 0.0
    arrivals: Literal["poisson", "uniform"] = "poisson"


def phases(scenario: Scenario, trial: Trial) -> list[Phase]:
    """Return the probe, which warms the server up as well, then the loads.

    First the open loads that it can bear, then the closed loops, last the open loads it cannot.
    """
    calm = [offer for offer in trial.offers if offer.load <= 1]
    beyond = [offer for offer in trial.offers if offer.load > 1]
    ramp_s = RAMP_S if trial.probed else WARM_UP_S
    return [
        *(_probe() if trial.probed else ()),
        *map(_open, calm),
        _closed(CLOSED, scenario.clients, trial.closed_s, ramp_s),
        *(_closed(sweep_phase(n), n, trial.closed_s, SWEEP_RAMP_S) for n in trial.sweep),
        *map(_open, beyond),
    ]


def load_phase(load: float) -> str:
    """Return the name of the phase of an open load, given as a share of the smallest ceiling."""
    return f"{load:g}×"


def sweep_phase(clients: int) -> str:
    """Return the name of the phase of a closed loop of the sweep."""
    return f"{clients} clients"


def _probe() -> tuple[Phase, Phase]:
    idle = Phase(
        name=IDLE,
        model="closed",
        stream="idle",
        clients=1,
        ramp_s=PROBE_RAMP_S,
        window_s=IDLE_ALONE_S,
        think_s=THINK_S,
    )
    work = Phase(name=WORK, model="closed", clients=1, ramp_s=PROBE_RAMP_S, window_s=WORK_ALONE_S)
    return idle, work


def _open(offer: Offer) -> Phase:
    return Phase(
        name=load_phase(offer.load),
        model="open",
        rate=offer.rate,
        idle_rate=BYSTANDER_RATE,
        ramp_s=RAMP_S,
        window_s=offer.window_s,
    )


def _closed(name: str, clients: int, window_s: float, ramp_s: float) -> Phase:
    return Phase(name=name, model="closed", clients=clients, ramp_s=ramp_s, window_s=window_s)
