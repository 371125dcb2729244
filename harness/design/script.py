"""The phases of a trial, in order: what is done to a server, wherever it runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.design.profile import Profile
from harness.model.facts import CLOSED, IDLE, LANES, REST, WORK
from harness.model.metric import time_alone
from harness.model.scenario import Scenario
from harness.model.trial import Phase

if TYPE_CHECKING:
    from harness.design.design import Placing

BYSTANDER_RATE = 420.0  # requests/s: a few percent of a core, and 500 of them in 1.2 s
RAMP_S, PROBE_RAMP_S = 0.3, 0.05
RAMP_OF_CLIENT_S = 0.002  # of a closed loop: each is answered once before the window opens
SWEEP_RAMP_S = 1.2  # before a closed loop of another size: what gives way takes a while to
SWEEP_S = 1.0
REST_S, IDLE_S, WORK_S = 0.2, 0.15, 0.4
LANES_S = 0.4  # of the closed loop whose requests are drawn one by one
PLACING_S = 0.5  # of the closed loop by which open loads are placed
# Between idle requests, so that the way there is as cold as the work's, where both ends sleep.
THINK_S = 0.005
ANSWERS = 60  # that a closed loop lasts for, one after the other, of the slowest variant


def load_phase(load: float) -> str:
    """Return the name of the phase of an open load, given as a share of the smallest ceiling."""
    return f"{load:g}×"


def sweep_phase(clients: int) -> str:
    """Return the name of the phase of a closed loop of the sweep."""
    return f"{clients} clients"


def deciding(scenario: Scenario) -> set[str]:
    """Return the names of the phases in which the deciding metric is read."""
    primary = scenario.primary
    if primary == time_alone:
        return {IDLE, WORK}
    if primary.clients is not None:
        return {sweep_phase(primary.clients)}
    return {CLOSED if primary.at is None else load_phase(primary.at)}


def evidence(scenario: Scenario, *, closed: bool) -> list[Phase]:
    """Return how a variant is seen: at rest, alone, saturated where loads are placed, in lanes."""
    saturated = [_closed(CLOSED, scenario.clients, PLACING_S, RAMP_S)] if closed else []
    lanes = [_closed(LANES, scenario.lanes, LANES_S, RAMP_S)] if scenario.lanes else []
    return [
        Phase(name=REST, model="closed", ramp_s=PROBE_RAMP_S, window_s=REST_S),
        _idle(),
        _work(WORK_S),
        *saturated,
        *lanes,
    ]


def loads(
    scenario: Scenario, profile: Profile, shares: tuple[float, ...], placing: Placing
) -> list[Phase]:
    """Return every load of a trial: one request at a time where that decides, then the others.

    First the open loads that a server can bear, then the closed loops, last the open loads it
    cannot. Open loads are left out where no ceiling places them.
    """
    primary = scenario.primary
    alone = [_idle(), _work(primary.definition.window_s)] if primary == time_alone else []
    smallest = placing.smallest_ceiling
    offers = [] if smallest is None else [(load, load * smallest) for load in shares]
    closed_s = min(max(profile.closed_s, ANSWERS * placing.slowest_s), profile.closed_most_s)
    if primary.counts_failures and primary.at is None:
        closed_s = max(closed_s, primary.definition.window_s)
    return [
        *alone,
        *(_open(scenario, profile, load, rate) for load, rate in offers if load <= 1),
        _closed(CLOSED, scenario.clients, closed_s, RAMP_S),
        *(
            _closed(sweep_phase(clients), clients, max(SWEEP_S, profile.closed_s), SWEEP_RAMP_S)
            for clients in scenario.sweep
        ),
        *(_open(scenario, profile, load, rate) for load, rate in offers if load > 1),
    ]


def _idle() -> Phase:
    return Phase(
        name=IDLE,
        model="closed",
        stream="idle",
        clients=1,
        ramp_s=PROBE_RAMP_S,
        window_s=IDLE_S,
        think_s=THINK_S,
    )


def _work(window_s: float) -> Phase:
    return Phase(name=WORK, model="closed", clients=1, ramp_s=PROBE_RAMP_S, window_s=window_s)


def _closed(name: str, clients: int, window_s: float, ramp_s: float) -> Phase:
    ramp_s = max(ramp_s, RAMP_OF_CLIENT_S * clients)
    return Phase(name=name, model="closed", clients=clients, ramp_s=ramp_s, window_s=window_s)


def _open(scenario: Scenario, profile: Profile, load: float, rate: float) -> Phase:
    """Return an open load; the window that decides has time for the requests that it takes."""
    definition = scenario.primary.definition
    window_s = profile.open_s
    if scenario.primary.at == load:
        shortest_s = definition.window_s if profile.once else profile.open_s
        window_s = max(shortest_s, definition.requests / rate)
    return Phase(
        name=load_phase(load),
        model="open",
        rate=round(rate, 2),
        load=load,
        idle_rate=BYSTANDER_RATE,
        ramp_s=RAMP_S,
        window_s=math.ceil(10 * window_s) / 10,
    )
