"""Checks that void a measurement. They know neither the variant nor which value would be welcome.

A void measurement voids its whole block, which is then measured again. The reasons, each with its
remedy, stand with all doubts in caveats.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import fmean

from harness.judge.caveats import VoidReason
from harness.model.facts import ClosedLoop, Generator, Measurement, OpenLoop
from harness.model.metric import until_failure
from harness.model.scenario import Scenario

RATE_OFF = 0.01  # of the plan
LATE_S, LATE_SHARE = 0.005, 0.1  # p99 of the lag: at most this, or this share of the response's p99
BUSY = 0.7  # of a core
# Kolmogorov's distance from exponential gaps: a millisecond late here and there, which is no
# fault, makes 0.05 to 0.08 of gaps as short.
GAPS = 0.1
CHANCE = 1.95  # divided by sqrt(n): what chance alone makes of it once in a thousand times
LITTLE, LITTLE_INSIDE = 0.01, 0.1  # inside the generator; against the app's own count
HOP_S = 0.001  # what a trip to the app takes
ERRORS = 0.001  # of all requests
UNANSWERED, FEW = 0.2, 5  # of the work, when the window closes
# By how much one half of a window may hold more than the other, beyond counting noise: as much
# again. Smaller drifts are judged over all blocks, in answer.py.
HALVES_APART = 1.0
NOISE = 4.0  # standard deviations
FOREIGN = 0.15  # of the machine
CLOCKS_S = 0.05  # by which two clocks may drift apart in one trial
FAILED = ("status", "error")  # and every status that is not the workload's, by its number


def void_reasons(scenario: Scenario, measurement: Measurement) -> tuple[VoidReason, ...]:
    """Return every reason why this measurement says nothing; none where it is sound."""
    calm = [cell for cell in measurement.open if cell.load < 1]
    asks_itself = measurement.app is not None and measurement.app.asks_itself
    found = {
        *(reason for cell in measurement.open for reason in _of_schedule(cell)),
        *(one for cell in measurement.open if not asks_itself for one in _of_count(cell)),
        *(reason for cell in calm for reason in _of_calm(scenario, cell)),
        *(reason for one in _generators(measurement) for reason in _of_generator(one)),
        *(reason for cell in _closed(measurement) for reason in _of_closed(scenario, cell)),
        *_of_trial(measurement),
    }
    return tuple(reason for reason in VoidReason if reason in found)


def _of_trial(measurement: Measurement) -> Iterator[VoidReason]:
    if any("other" in outcomes for outcomes in _outcomes(measurement)):
        yield VoidReason.OTHER_ANSWERS
    if measurement.foreign > FOREIGN:
        yield VoidReason.NOISY
    if measurement.restarted:
        yield VoidReason.RESTARTED
    if abs(measurement.clocks_apart_s) > CLOCKS_S:
        yield VoidReason.CLOCK_JUMPED


def _closed(measurement: Measurement) -> tuple[ClosedLoop, ...]:
    return () if measurement.closed is None else (measurement.closed,)


def _outcomes(measurement: Measurement) -> Iterator[Mapping[str, int]]:
    for closed in (*_closed(measurement), *measurement.sweep):
        yield closed.outcomes
    for cell in measurement.open:
        yield cell.work.outcomes
        yield cell.bystander.outcomes


def _generators(measurement: Measurement) -> Iterator[Generator]:
    yield from (cell.generator for cell in (*_closed(measurement), *measurement.sweep))
    yield from (cell.generator for cell in measurement.open)


def _of_generator(generator: Generator) -> Iterator[VoidReason]:
    if generator.cpu > BUSY:
        yield VoidReason.GENERATOR_BUSY
    if generator.shed:
        yield VoidReason.SHED
    if (generator.little or 0) > LITTLE:
        yield VoidReason.LITTLE


def _of_schedule(cell: OpenLoop) -> Iterator[VoidReason]:
    """Check that the load was the one that was planned."""
    generator, due = cell.generator, cell.work.due + cell.bystander.due
    if generator.sent is not None and abs(generator.sent / (due / cell.window_s) - 1) > RATE_OFF:
        yield VoidReason.RATE
    slowest_s = max(stream.quantile(0.99) or 0.0 for stream in (cell.work, cell.bystander))
    response_s = slowest_s if math.isfinite(slowest_s) else cell.deadline_s
    if (generator.lag_p99_s or 0) > max(LATE_S, LATE_SHARE * response_s):
        yield VoidReason.GENERATOR_LATE
    if (generator.arrivals or 0) > max(GAPS, CHANCE / math.sqrt(due)):
        yield VoidReason.ARRIVALS


def _of_count(cell: OpenLoop) -> Iterator[VoidReason]:
    """Check that the app counted no more requests in flight than were sent to it.

    It goes on with one whose client has given up, and counts those that it sends itself.
    """
    due = cell.work.due + cell.bystander.due
    all_stayed = not cell.work.outcomes.get("late") and not cell.bystander.outcomes.get("late")
    if cell.app_in_flight is not None and cell.generator.in_flight and all_stayed:
        sent = fmean(cell.generator.in_flight)
        if cell.app_in_flight > (1 + LITTLE_INSIDE) * sent + HOP_S * due / cell.window_s:
            yield VoidReason.LITTLE_INSIDE


def _of_calm(scenario: Scenario, cell: OpenLoop) -> Iterator[VoidReason]:
    """Check a cell below every ceiling: it must keep up, and nothing may fail by accident."""
    requests = cell.work.due + cell.bystander.due
    if _fails(scenario, requests, cell.work.outcomes, cell.bystander.outcomes):
        yield VoidReason.ERRORS
    unanswered = cell.work.unanswered
    if unanswered > FEW and unanswered > UNANSWERED * cell.work.due:
        yield VoidReason.SATURATED


def _of_closed(scenario: Scenario, cell: ClosedLoop) -> Iterator[VoidReason]:
    if _fails(scenario, cell.sent, cell.outcomes):
        yield VoidReason.ERRORS
    if (cell.tenths or cell.halves) and scenario.primary != until_failure:
        middle = len(cell.tenths) // 2
        first, second = cell.halves or (sum(cell.tenths[:middle]), sum(cell.tenths[middle:]))
        allowed = max(NOISE * math.sqrt(first + second), HALVES_APART * min(first, second))
        if abs(second - first) > allowed:
            yield VoidReason.NOT_STEADY


def _fails(scenario: Scenario, requests: int, *outcomes: Mapping[str, int]) -> bool:
    """Return whether more requests failed than may, where failing is not the question."""
    failed = sum(
        count
        for found in outcomes
        for how, count in found.items()
        if how in FAILED or how.isdigit()
    )
    return failed > ERRORS * requests and not scenario.primary.counts_failures
