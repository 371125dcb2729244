"""How values are read off a measurement: with their own error, or as a bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.facts import ClosedLoop, Measurement
    from harness.model.metric import Metric


class Bound(StrEnum):
    """Whether a value was seen, or only bounds what was.

    A collapse is bounded by half an answer in its window, and what did not happen while it was
    watched by the time or the number that it was watched for.
    """

    EXACT = "exact"
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric as it was read: in seconds, requests or requests/s.

    `error` is the standard error that the window alone gives to its logarithm.
    """

    value: float
    bound: Bound = Bound.EXACT
    error: float = 0.0


def capacity(measurement: Measurement, _: Metric) -> Reading | None:
    """Right answers per second of the scenario's own closed loop."""
    return None if measurement.closed is None else _rate(measurement.closed)


def _rate(cell: ClosedLoop) -> Reading:
    """Return the right answers per second; none at all bounds them by half of one."""
    if cell.goodput <= 0 and cell.slope is not None:
        return Reading(0.5 / cell.window_s, Bound.AT_MOST)
    return Reading(cell.goodput, error=_error(cell))


def _error(cell: ClosedLoop) -> float:
    return _spread(cell.tenths) if cell.slope_error is None else cell.slope_error


def _spread(tenths: tuple[int, ...]) -> float:
    """Return the standard error of the logarithm of a mean, from the parts it is made of."""
    n, total = len(tenths), sum(tenths)
    if n < 2 or not total:  # noqa: PLR2004  one part has no spread
        return 0.0
    mean = total / n
    variance = sum((one - mean) ** 2 for one in tenths) / (n - 1)
    # Never less than what rounding to whole answers makes of it.
    return max(math.sqrt(variance / n) / mean, 0.5 / total)


def cpu(measurement: Measurement, metric: Metric) -> Reading | None:
    """CPU time of one part of a request, under the closed loop."""
    closed = measurement.closed
    if closed is None or not closed.cpu_per_request_s:  # none was seen
        return None
    return Reading(closed.cpu_per_request_s / metric.parts, error=_error(closed))


def time_alone(measurement: Measurement, _: Metric) -> Reading | None:
    """Median response of one request at a time."""
    probe = measurement.probe
    return None if probe is None else Reading(probe.median_s, error=probe.median_error)


def until_failure(measurement: Measurement, _: Metric) -> Reading:
    """Requests answered before the first that failed."""
    found, answered = measurement.failed_after, measurement.answered
    if found is not None:
        return Reading(max(float(found), 0.5), error=0.5 / max(found, 1))
    return Reading(math.inf) if answered is None else Reading(float(answered), Bound.AT_LEAST)


def goodput(measurement: Measurement, metric: Metric) -> Reading | None:
    """Right answers per second, of an open load or of a closed loop of the sweep."""
    if metric.clients is not None:
        swept = (cell for cell in measurement.sweep if cell.clients == metric.clients)
        return next((_rate(cell) for cell in swept), None)
    cell = measurement.at(metric.at)
    if cell is None:
        return None
    good, due = cell.work.good, cell.work.due
    if not good and measurement.answered is not None:
        return Reading(0.5 / cell.window_s, Bound.AT_MOST)
    chance = math.sqrt(max(0.0, 1 - good / due) / good) if good else 0.0
    return Reading(cell.goodput, error=max(chance, 0.5 / good if good else 0.0))


def quantile(measurement: Measurement, metric: Metric) -> Reading | None:
    """A quantile of the response times of an open load."""
    definition, cell = metric.definition, measurement.at(metric.at)
    if cell is None or definition.quantile is None:
        return None
    stream = definition.stream(cell)
    found = stream.quantile(definition.quantile)
    if found is None:
        return None
    if math.isinf(found) and measurement.answered is not None:
        return Reading(cell.deadline_s, Bound.AT_LEAST)
    return Reading(found, error=stream.quantile_error(definition.quantile))
