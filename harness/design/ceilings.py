"""What bounds a variant, given what its requests were seen to cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from harness.model.facts import Measurement, Probe
from harness.model.scenario import Scenario
from harness.model.theory import Demand, Law


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What the theory allows a variant in requests/s; infinity where nothing is known.

    `most` follows from the shortest wait that was seen, which nothing can beat, and `usual` from
    the median one, which is what to expect: timers round, and between the two lies the error of
    the ceiling. `law` is what runs out first.
    """

    most: float
    usual: float
    law: Law | None = None


UNKNOWN = Ceilings(inf, inf)


def ceilings(scenario: Scenario, measurement: Measurement, probe: Probe | None) -> Ceilings:
    """Return what bounds this trial's variant in the scenario's own closed loop.

    `probe` is what one request of the variant was seen to cost alone.
    """
    if measurement.recorded_ceiling is not None:
        return Ceilings(measurement.recorded_ceiling, measurement.recorded_ceiling)
    variant = scenario.variant(measurement.trial.variant)
    bound = variant.ceiling
    probe, closed = measurement.probe or probe, measurement.closed
    if bound is None or probe is None or closed is None or not closed.cpu_per_request_s:
        return UNKNOWN
    found = []
    for wait_s, response_s in (
        (probe.wait_s, probe.work_s),
        (probe.usual_wait_s, probe.median_s),
    ):
        demand = Demand(closed.cpu_per_request_s, wait_s, measurement.cores)
        laws = bound.laws(demand, scenario.knobs, variant.workers)
        # As many as ask cannot be answered faster than one alone is.
        laws[Law("client", closed.clients)] = closed.clients / response_s
        found.append(min(laws.items(), key=lambda one: one[1]))
    (_, most), (law, usual) = found
    return Ceilings(most, usual, law)


def placing_rate(scenario: Scenario, evidence: Measurement) -> float:
    """Return the requests/s by which open loads are placed: the ceiling, else what was served."""
    bound = ceilings(scenario, evidence, None).most
    if isfinite(bound) or evidence.closed is None:
        return bound
    return evidence.closed.goodput
