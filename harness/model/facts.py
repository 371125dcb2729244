"""What was seen: one trial's measurement, as frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.design.plan import Trial
from harness.model import histogram
from harness.model.scenario import Metric
from harness.model.theory import Demand

SLICES = 20  # of a window, for what is shown over time
HICCUPS = 0.05  # of the time: what a shared machine itself holds a loop up for


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What the load generator says of itself: its CPU as a share of one core; and where it sent by a schedule, how well it kept to that.

    `sent` is the rate achieved in requests/s, `lag_*` how late it sent, in seconds, `shed` how many it could not send at all, `arrivals` the
    Kolmogorov distance of the gaps it left from exponential ones, `little` the relative difference between the requests in flight that it
    counted over time and those that its records add up to (Little's law). `in_flight` is their mean number in each of `SLICES` equal parts of the window.
    """

    cpu: float
    sent: float | None = None
    lag_p50_s: float | None = None
    lag_p99_s: float | None = None
    shed: int | None = None
    arrivals: float | None = None
    little: float | None = None
    in_flight: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """The probe: response times and CPU per request in seconds, one request at a time, of the work and of the route that does none.

    The times are the shortest, for a ceiling must assume the shortest wait; waking up an idle machine makes most of them longer.
    `median_s` is the median response of the work.
    """

    work_s: float
    work_cpu_s: float
    idle_s: float
    idle_cpu_s: float
    median_s: float

    @property
    def wait_s(self) -> float:
        """What the work waits for, without the trip to the server and back, which the idle route has as well."""
        return max(0.0, (self.work_s - self.work_cpu_s) - (self.idle_s - self.idle_cpu_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A capacity cell: `clients` connections, each asking again as soon as it is answered. It has no latency to report, so it carries none.

    `halves` are the right answers in time in the first and in the second half of the window. `inside_in_flight` is the mean number of
    requests that the app itself had taken on: those that wait in the socket of a blocked loop are not among them. `prorated` are the right
    answers, each counted by the part of its service that lies within the window: where few are served at once, or all end together,
    whole answers come in steps that are larger than what is looked for.
    """

    clients: int
    window_s: float
    deadline_s: float
    sent: int
    good: int
    outcomes: Mapping[str, int]
    cpu_s: float
    generator: Generator
    halves: tuple[int, int] | None = None
    inside_in_flight: float | None = None
    prorated: float | None = None

    @property
    def goodput(self) -> float:
        """Right answers in time, per second."""
        return self.good / self.window_s

    @property
    def proration(self) -> float:
        """How many answers the window held when each is prorated, for each that ended within it."""
        return self.prorated / self.good if self.prorated and self.good else 1.0

    @property
    def cpu_per_request_s(self) -> float:
        """The server's CPU time over all requests, failed ones included."""
        return self.cpu_s / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Requests that arrived by a schedule. `due` arrived in the window; those not `good` failed or missed the deadline and count as infinitely slow.

    Histograms of the good ones: `response` from the intended start, `service` from the sending, `lag` between the two. `unanswered` still
    waited when the window closed, or had waited too long; `halves_s` are the median responses of the first and of the second half.
    """

    due: int
    good: int
    outcomes: Mapping[str, int]
    response: str
    service: str
    lag: str
    unanswered: int = 0
    halves_s: tuple[float, float] | None = None

    def quantile(self, share: float) -> float | None:
        """Read a quantile of the response time in seconds; None where there are too few requests."""
        return histogram.quantile((self.response,), share, self.due - self.good)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A latency or overload cell: Poisson arrivals at `rate` requests/s, `load` times the smallest ceiling."""

    load: float
    rate: float
    window_s: float
    deadline_s: float
    work: Stream
    bystander: Stream
    cpu_s: float
    generator: Generator
    inside_in_flight: float | None = None

    @property
    def goodput(self) -> float:
        """Right answers in time, per second."""
        return self.work.good / self.window_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the pilot saw of a handler: where it `ran_on` and `what` ran there; and the `line` of its own code that held the loop, and for how long.

    `stood_still` is that as a share of the time in which one request after the other was asked; `longest_s` is the longest at a stretch.
    """

    ran_on: str
    what: str | None
    stood_still: float
    longest_s: float
    line: str | None
    code: str | None

    @property
    def held(self) -> bool:
        """Say whether a line held the loop at all; a hiccup of the machine does not count."""
        return self.line is not None and self.stood_still > HICCUPS


START, WORK, BETWEEN, CLOSED = (
    "start",
    "work",
    "between",
    "closed",
)  # what a moment's phase may be, besides "idle" and the loads


@dataclass(frozen=True, slots=True)
class Moment:
    """What the app's monitor said at one moment, `at_s` seconds into the trial, in the given phase of its script.

    `stood_still_s` adds up since the start, as `cpu_s` does; None stands for what could not be read.
    """

    at_s: float
    phase: str
    stood_still_s: float
    in_flight: float
    threads_used: float
    threads_waiting: float
    pool_waiting: float | None
    cpu_s: float
    rss_bytes: float
    files: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the app's monitor said: sizes as they really are, `connections` open to its services, the moments, and its slowest answer."""

    threads: float
    pools: Mapping[str, int]
    workers: int
    connections: int
    slowest_s: float
    moments: tuple[Moment, ...] = ()
    python: str = ""  # in a container it is another than ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything seen in one trial. `ceiling` is what the theory allows this variant, in requests/s, given the demand found here.

    `alone` is None where the trial had no probe; then there is no ceiling, which is written as infinity.
    `void` names the guards that it did not pass: then it says nothing, and none of its numbers is shown. `sweep` are closed loops of other
    numbers of clients; `failed_after` is how many requests of the work were answered before the first that was not, None where all were.
    `calls` are those to the upstream per request, by what became of them: answered, abandoned, refused, failed.
    """

    trial: Trial
    cores: int
    alone: Alone | None
    closed: Closed
    open: tuple[Open, ...] = ()
    sweep: tuple[Closed, ...] = ()
    failed_after: int | None = None
    ceiling: float
    rss_bytes: int
    foreign: float
    caveats: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    inside: Inside | None = None
    evidence: Evidence | None = None
    calls: Mapping[str, float] = field(default_factory=dict)

    @property
    def demand(self) -> Demand:
        """What one request cost: CPU under load, waiting alone."""
        return Demand(
            self.closed.cpu_per_request_s, self.alone.wait_s if self.alone else math.inf, self.cores
        )

    def value(self, metric: Metric) -> float | None:
        """Read a metric off this trial; None where it was not measured, or from too few requests."""
        if metric.clients is not None:
            return next(
                (cell.goodput for cell in self.sweep if cell.clients == metric.clients), None
            )
        if metric.at is not None:
            return next(
                (_under_load(cell, metric) for cell in self.open if cell.load == metric.at), None
            )
        share = self.closed.proration if metric.prorated else 1.0
        if metric.name.startswith("CPU per "):
            return (
                self.closed.cpu_per_request_s / metric.parts / share or None
            )  # no CPU was seen elsewhere
        failed_after = math.inf if self.failed_after is None else float(self.failed_after)
        return {
            "capacity": self.closed.goodput * share,
            "time alone": self.alone.median_s if self.alone else None,
            "requests until failure": failed_after,
        }[metric.name]

    def halves(self, metric: Metric) -> tuple[float, float] | None:
        """Read a metric in the first and in the second half of its window; None where that was not measured, or is nothing."""
        found: tuple[float, float] | None = None
        if metric.name == "capacity" and self.closed.halves is not None:
            first, second = self.closed.halves
            bunch = (
                self.closed.inside_in_flight or 0.0
            )  # what is worked on in turn is answered all at once, on this or that side of the middle
            found = (
                (first, second)
                if abs(second - first) > math.ceil(bunch)
                else ((first + second) / 2, (first + second) / 2)
            )
        elif metric.name == "p50":
            found = next((cell.work.halves_s for cell in self.open if cell.load == metric.at), None)
        return found if found and min(found) > 0 else None


def _under_load(cell: Open, metric: Metric) -> float | None:
    """Read a metric of one load."""
    if metric.name == "goodput":
        return cell.goodput
    stream, share = {
        "p50": (cell.work, 0.5),
        "p99": (cell.work, 0.99),
        "bystander p99": (cell.bystander, 0.99),
    }[metric.name]
    return stream.quantile(share)
