"""Metrics: how each is read off a measurement, named, and written. A new one is one entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.model.facts import Measurement, OpenLoop, Stream

Halves = tuple[float, float]  # the same metric in the first and in the second half of a window


@dataclass(frozen=True, slots=True)
class Unit:
    """How values are written: `name` after the number, which is the value times `scale`."""

    name: str
    scale: float = 1


REQUESTS_PER_S, REQUESTS = Unit("requests/s"), Unit("requests")
MILLISECONDS, MICROSECONDS = Unit("ms", 1e3), Unit("µs", 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a metric is.

    `read` returns its value in seconds, requests or requests/s, None where it was not measured or
    from too few requests. `halves` does the same for the two halves of its window, where that
    tells whether it is steady. `same_within` is the relative margin inside which two variants
    count as the same. `quantile` is a share of the requests of `stream`, which takes a window of
    `requests` at least. `chart` names the chart that shows it where it decides, and `about` is
    what that chart says of it. `never` is how an infinite value is written. `counts_failures`
    says that failing is what it measures, and so no fault of the measurement.
    """

    name: str
    unit: Unit
    better: Literal["higher", "lower"]
    same_within: float
    read: Callable[[Measurement, Metric], float | None]
    chart: str = "deciding"
    about: str = ""
    halves: Callable[[Measurement, Metric], Halves | None] = lambda *_: None
    quantile: float | None = None
    stream: Callable[[OpenLoop], Stream] = lambda cell: cell.work
    requests: int = 0
    never: str = "never"
    counts_failures: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, and where it is read: `kind` is the name of its definition.

    `at` is an open load as a share of the smallest ceiling, `clients` the size of a closed loop
    of the scenario's sweep; without either it is read in the scenario's own closed loop. A
    request is made of `parts` equal parts, such as chunks, which divide the value. `prorated`
    counts an answer by the part of its service that lies in the window, and not as a whole.
    Raises ValueError where no such metric is defined.
    """

    kind: str
    at: float | None = None
    clients: int | None = None
    part: str = "request"
    parts: int = 1
    prorated: bool = False

    def __post_init__(self) -> None:
        """Refuse a name that nothing defines."""
        if self.kind not in DEFINITIONS:
            raise ValueError(
                f"there is no metric {self.kind!r}; there are {', '.join(DEFINITIONS)}"
            )

    @property
    def definition(self) -> Definition:
        """What it is."""
        return DEFINITIONS[self.kind]

    @property
    def name(self) -> str:
        """Its name, such as "p99" or "CPU per chunk"."""
        return self.kind.replace("request", self.part)

    @property
    def label(self) -> str:
        """Its name and where it is read."""
        if self.clients is not None:
            return f"{self.name} of {self.clients} clients"
        return self.name if self.at is None else f"{self.name} at {self.at:g}× the smallest ceiling"

    @property
    def unit(self) -> Unit:
        """How it is written."""
        return self.definition.unit

    @property
    def better(self) -> Literal["higher", "lower"]:
        """Which of two values is the better one."""
        return self.definition.better

    @property
    def same_within(self) -> float:
        """The relative margin inside which two variants count as the same."""
        return self.definition.same_within

    @property
    def counts_failures(self) -> bool:
        """Whether failing is what it measures."""
        return self.definition.counts_failures

    def read(self, measurement: Measurement) -> float | None:
        """Return its value; None where it was not measured, or from too few requests."""
        return self.definition.read(measurement, self)

    def halves(self, measurement: Measurement) -> Halves | None:
        """Return it for either half of its window; None where that was not measured, or is 0."""
        found = self.definition.halves(measurement, self)
        return found if found and min(found) > 0 else None


def _capacity(measurement: Measurement, metric: Metric) -> float:
    closed = measurement.closed
    return closed.goodput * (closed.proration if metric.prorated else 1.0)


def _capacity_halves(measurement: Measurement, _: Metric) -> Halves | None:
    closed = measurement.closed
    if closed.halves is None:
        return None
    first, second = closed.halves
    # What is worked on in turn is answered all at once, on this or that side of the middle.
    bunch = math.ceil(closed.app_in_flight or 0.0)
    return (first, second) if abs(second - first) > bunch else ((first + second) / 2,) * 2


def _cpu(measurement: Measurement, metric: Metric) -> float | None:
    closed = measurement.closed
    share = closed.proration if metric.prorated else 1.0
    return closed.cpu_per_request_s / metric.parts / share or None  # 0 means that none was seen


def _goodput(measurement: Measurement, metric: Metric) -> float | None:
    if metric.clients is not None:
        swept = (cell for cell in measurement.sweep if cell.clients == metric.clients)
        return next((cell.goodput for cell in swept), None)
    cell = measurement.at(metric.at)
    return None if cell is None else cell.goodput


def _quantile(measurement: Measurement, metric: Metric) -> float | None:
    definition, cell = metric.definition, measurement.at(metric.at)
    if cell is None or definition.quantile is None:
        return None
    return definition.stream(cell).quantile(definition.quantile)


def _response_halves(measurement: Measurement, metric: Metric) -> Halves | None:
    cell = measurement.at(metric.at)
    return None if cell is None else cell.work.halves_s


_CAPACITY = Definition(
    name="capacity",
    unit=REQUESTS_PER_S,
    better="higher",
    same_within=0.05,
    read=_capacity,
    halves=_capacity_halves,
    chart="capacity",
)
_CPU = Definition(
    name="CPU per request",
    unit=MICROSECONDS,
    better="lower",
    same_within=0.05,
    read=_cpu,
    about="{name} that the server spends{parts}, {clients} connections asking without pause",
)
_TIME_ALONE = Definition(
    name="time alone",
    unit=MICROSECONDS,
    better="lower",
    same_within=0.01,
    read=lambda measurement, _: measurement.probe.median_s if measurement.probe else None,
    about="Median response time, one request at a time",
)
_UNTIL_FAILURE = Definition(
    name="requests until failure",
    unit=REQUESTS,
    better="higher",
    same_within=0.05,
    read=lambda measurement, _: (
        math.inf if measurement.failed_after is None else float(measurement.failed_after)
    ),
    about=(
        "Requests answered before the first that failed, over a whole trial with up to "
        "{most_clients} connections"
    ),
    never="none failed",
    counts_failures=True,
)
_GOODPUT = Definition(
    name="goodput",
    unit=REQUESTS_PER_S,
    better="higher",
    same_within=0.05,
    read=_goodput,
    chart="load",
    counts_failures=True,
)
_P50 = Definition(
    name="p50",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.05,
    read=_quantile,
    halves=_response_halves,
    quantile=0.5,
    requests=205,  # 200 give a median, and some to spare for rounding
    chart="latency",
)
_P99 = Definition(
    name="p99",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.10,
    read=_quantile,
    quantile=0.99,
    requests=1005,
    chart="latency",
)
_BYSTANDER_P99 = Definition(
    name="bystander p99",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.10,
    read=_quantile,
    quantile=0.99,
    stream=lambda cell: cell.bystander,
    chart="bystander",
)
DEFINITIONS = {one.name: one for one in list(vars().values()) if isinstance(one, Definition)}

capacity = Metric(_CAPACITY.name)
cpu_per_request = Metric(_CPU.name)
time_alone = Metric(_TIME_ALONE.name)  # the median response, one request at a time
until_failure = Metric(_UNTIL_FAILURE.name)  # answered before the first that failed


def cpu_per(part: str, parts: int) -> Metric:
    """CPU time of one of the equal parts that a request is made of, such as a chunk."""
    return Metric(_CPU.name, part=part, parts=parts)


def goodput(at: float) -> Metric:
    """Answers that were right and in time, per second, under an offered load."""
    return Metric(_GOODPUT.name, at)


def goodput_of(clients: int) -> Metric:
    """Answers that were right and in time, per second, in a closed loop of so many clients."""
    return Metric(_GOODPUT.name, clients=clients)


def p50(at: float) -> Metric:
    """Median response time from the intended start, under an offered load."""
    return Metric(_P50.name, at)


def p99(at: float) -> Metric:
    """Time that one request in a hundred takes longer than, under an offered load."""
    return Metric(_P99.name, at)


def bystander_p99(at: float) -> Metric:
    """P99 of a route that does no work, asked while the others work, under an offered load."""
    return Metric(_BYSTANDER_P99.name, at)
