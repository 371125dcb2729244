"""What bounds a variant, given what its requests were seen to cost."""

from __future__ import annotations

import math

from harness.model.facts import Measurement
from harness.model.scenario import Scenario


def ceiling(scenario: Scenario, measurement: Measurement) -> float:
    """Return what this trial's variant cannot beat, in requests/s; infinity if that is unknown."""
    if measurement.recorded_ceiling is not None:
        return measurement.recorded_ceiling
    bound, demand = scenario.variant(measurement.trial.variant).ceiling, measurement.demand
    if bound is None or demand is None:
        return math.inf
    return bound.requests_per_s(demand, scenario.knobs)


def placing_rate(scenario: Scenario, pilot: Measurement) -> float:
    """Return the requests/s that a pilot places the loads by: its ceiling, else what it served."""
    bound = ceiling(scenario, pilot)
    return bound if math.isfinite(bound) else pilot.closed.goodput
