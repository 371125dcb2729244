"""Metrics: how each is read off a measurement, named, and written. A new one is one entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.model import reading
from harness.model.reading import Reading

if TYPE_CHECKING:
    from harness.model.facts import Measurement, OpenLoop, Stream

CLOSE_TO = math.log(1.10)  # half-width, as a logarithm, that blocks are added for
CLOSE_TO_TAIL = math.log(2.0)  # the same for tails, which spread more and differ by more


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

    `read` returns its reading, None where it was not measured or from too few requests.
    `same_within` is the relative margin inside which two variants count as the same, `close_to`
    the half-width of an interval, as a logarithm, for which blocks are added. `quantile` is a
    share of the requests of `stream`, which takes a window of `requests` at least and of
    `window_s`. `chart` names the chart that shows it where it decides; what one of bars says of it
    is `captions.about` of its name in harness/report/language. `never` is how an infinite value is
    written. `counts_failures` says that failing is what it measures, and so no fault of the
    measurement.
    """

    name: str
    unit: Unit
    better: Literal["higher", "lower"]
    same_within: float
    read: Callable[[Measurement, Metric], Reading | None]
    window_s: float
    close_to: float = CLOSE_TO
    chart: str = "deciding"
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
    request is made of `parts` equal parts, such as chunks, which divide the value.
    Raises ValueError where no such metric is defined.
    """

    kind: str
    at: float | None = None
    clients: int | None = None
    part: str = "request"
    parts: int = 1

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

    def read(self, measurement: Measurement) -> Reading | None:
        """Return its reading; None where it was not measured, or from too few requests."""
        return self.definition.read(measurement, self)

    def value(self, measurement: Measurement) -> float | None:
        """Return its value; None where it was not measured, or from too few requests."""
        found = self.read(measurement)
        return None if found is None else found.value


_CAPACITY = Definition(
    name="capacity",
    unit=REQUESTS_PER_S,
    better="higher",
    same_within=0.05,
    read=reading.capacity,
    window_s=0.6,
    chart="capacity",
)
_CPU = Definition(
    name="CPU per request",
    unit=MICROSECONDS,
    better="lower",
    same_within=0.05,
    read=reading.cpu,
    window_s=0.6,
)
_TIME_ALONE = Definition(
    name="time alone",
    unit=MICROSECONDS,
    better="lower",
    same_within=0.01,
    read=reading.time_alone,
    window_s=0.6,
)
_UNTIL_FAILURE = Definition(
    name="requests until failure",
    unit=REQUESTS,
    better="higher",
    same_within=0.05,
    read=reading.until_failure,
    window_s=2.0,
    never="none failed",
    counts_failures=True,
)
_GOODPUT = Definition(
    name="goodput",
    unit=REQUESTS_PER_S,
    better="higher",
    same_within=0.05,
    read=reading.goodput,
    window_s=1.6,
    chart="load",
    counts_failures=True,
)
_P50 = Definition(
    name="p50",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.05,
    read=reading.quantile,
    window_s=0.8,
    quantile=0.5,
    requests=205,  # 200 give a median, and some to spare for rounding
    chart="latency",
)
_P99 = Definition(
    name="p99",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.10,
    read=reading.quantile,
    window_s=0.9,
    close_to=CLOSE_TO_TAIL,
    quantile=0.99,
    requests=505,
    chart="latency",
)
_BYSTANDER_P99 = Definition(
    name="bystander p99",
    unit=MILLISECONDS,
    better="lower",
    same_within=0.10,
    read=reading.quantile,
    window_s=1.2,
    close_to=CLOSE_TO_TAIL,
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
