"""When a measurement is void: rules that know neither the variant nor the value. The reasons, each with its remedy, stand with all doubts in caveats.py.

A void measurement voids its whole block, which is then measured again. Nothing that was measured is left out for what it says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from harness.judge.caveats import Void
from harness.model.facts import Closed, Generator, Measurement, Open
from harness.model.scenario import Scenario, until_failure

RATE_OFF = 0.01  # of the plan
LATE_S, LATE_SHARE = (
    0.005,
    0.1,
)  # p99 of the lag: at most this, or this share of the response's own p99
BUSY = 0.7  # of a core
GAPS = 0.1  # Kolmogorov's distance from exponential gaps: a millisecond late here and there, which is no fault, makes 0.05 to 0.08 of gaps as short
CHANCE = 1.95  # divided by sqrt(n), what chance alone makes of it once in a thousand times
LITTLE, LITTLE_INSIDE, HOP_S = (
    0.01,
    0.1,
    0.001,
)  # inside the generator; against the app's own count, and what a trip to it takes
ERRORS = 0.001  # of all requests
UNANSWERED, FEW = 0.2, 5  # of the work, when the window closes
UNSTEADY = 1.0  # second half against first, beyond counting noise; 0.63 at most in 728 trials of docs/equal.md, and answer.py finds what moves less
NOISE = 4.0  # standard deviations
FOREIGN = 0.15  # of the machine
CLOCKS_S = 0.05  # by which two clocks may drift apart in one trial
FAILED = ("status", "error")


def voids(scenario: Scenario, measurement: Measurement) -> tuple[Void, ...]:
    """Check a measurement against every rule that can be read off it."""
    found = {
        *(void for cell in measurement.open for void in _of_schedule(cell)),
        *(void for cell in measurement.open for void in _of_calm(scenario, cell) if cell.load < 1),
        *(void for generator in _generators(measurement) for void in _of_generator(generator)),
        *_of_closed(scenario, measurement.closed),
        *(
            (Void.OTHER_ANSWERS,)
            if any("other" in outcomes for outcomes in _outcomes(measurement))
            else ()
        ),
        *((Void.NOISY,) if measurement.foreign > FOREIGN else ()),
    }
    return tuple(void for void in Void if void in found)


def _outcomes(measurement: Measurement) -> Iterator[Mapping[str, int]]:
    for closed in (measurement.closed, *measurement.sweep):
        yield closed.outcomes
    for cell in measurement.open:
        yield cell.work.outcomes
        yield cell.bystander.outcomes


def _generators(measurement: Measurement) -> Iterator[Generator]:
    yield from (cell.generator for cell in (measurement.closed, *measurement.sweep))
    yield from (cell.generator for cell in measurement.open)


def _of_generator(generator: Generator) -> Iterator[Void]:
    if generator.cpu > BUSY:
        yield Void.GENERATOR_BUSY
    if generator.shed:
        yield Void.SHED
    if (generator.little or 0) > LITTLE:
        yield Void.LITTLE


def _of_schedule(cell: Open) -> Iterator[Void]:
    """Check that the load was the one that was planned."""
    generator, due = cell.generator, cell.work.due + cell.bystander.due
    if generator.sent is not None and abs(generator.sent / (due / cell.window_s) - 1) > RATE_OFF:
        yield Void.RATE
    slowest_s = max(stream.quantile(0.99) or 0.0 for stream in (cell.work, cell.bystander))
    if (generator.lag_p99_s or 0) > max(
        LATE_S, LATE_SHARE * (slowest_s if math.isfinite(slowest_s) else cell.deadline_s)
    ):
        yield Void.GENERATOR_LATE
    if (generator.arrivals or 0) > max(GAPS, CHANCE / math.sqrt(due)):
        yield Void.ARRIVALS
    nobody_left = not cell.work.outcomes.get("late") and not cell.bystander.outcomes.get(
        "late"
    )  # the app goes on with a request whose client has given up
    if cell.inside_in_flight is not None and generator.in_flight and nobody_left:
        seen = sum(generator.in_flight) / len(generator.in_flight)
        if cell.inside_in_flight > (1 + LITTLE_INSIDE) * seen + HOP_S * due / cell.window_s:
            yield Void.LITTLE_INSIDE


def _of_calm(scenario: Scenario, cell: Open) -> Iterator[Void]:
    """Check a cell below every ceiling: it must keep up, and nothing may fail unless failing is the question."""
    if _fails(
        scenario, cell.work.due + cell.bystander.due, cell.work.outcomes, cell.bystander.outcomes
    ):
        yield Void.ERRORS
    unanswered = cell.work.unanswered
    if unanswered > FEW and unanswered > UNANSWERED * cell.work.due:
        yield Void.SATURATED


def _of_closed(scenario: Scenario, cell: Closed) -> Iterator[Void]:
    if _fails(scenario, cell.sent, cell.outcomes):
        yield Void.ERRORS
    if cell.halves is not None and scenario.primary != until_failure:
        first, second = cell.halves
        if abs(second - first) > max(
            NOISE * math.sqrt(first + second), UNSTEADY * min(first, second)
        ):
            yield Void.NOT_STEADY


def _fails(scenario: Scenario, requests: int, *outcomes: Mapping[str, int]) -> bool:
    """Say whether more requests failed than may, where failing is not what the scenario counts."""
    failed = sum(found.get(how, 0) for found in outcomes for how in FAILED)
    return failed > ERRORS * requests and not scenario.primary.counts_failures
