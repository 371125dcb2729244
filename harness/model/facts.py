"""What was seen in one trial, as frozen values. Nothing here is a judgement.

Raises ValueError where a value could not have been measured, such as a window of no length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.model import histogram
from harness.model.evidence import Evidence
from harness.model.trial import Trial

SLICES = 20  # of a window, for what is shown over time
TENTHS = 10  # parts of a window in which answers are counted, for its own error and drift
# What a sample's phase may be, besides the loads.
START, REST, IDLE, WORK, CLOSED, BETWEEN = "start", "rest", "idle", "work", "closed", "between"
LANES = "lanes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What the load generator says of itself.

    `cpu` is a share of one core. Where it sent by a schedule: `sent` is the rate in requests/s,
    `lag_*` how late it sent in seconds, `shed` how many requests it could not send at all,
    `arrivals` the Kolmogorov distance of the gaps between them from exponential ones, `little` the
    relative difference between the requests in flight that it counted over time and those that its
    records add up to (Little's law). `in_flight` is their mean in each of `SLICES` equal parts.
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
class Probe:
    """Response times and CPU per request in seconds, one request at a time.

    Of the work, and of the route that does none. The times are the shortest, because a ceiling
    must assume the shortest wait, and the medians, which are what a request usually takes: timers
    round, and idle machines wake up slowly; `median_error` is the standard error of the logarithm
    of the work's. `rest_cpu` is the share of a core that the app uses while nobody asks.
    """

    work_s: float
    work_cpu_s: float
    idle_s: float
    idle_cpu_s: float
    median_s: float
    median_error: float = 0.0
    idle_median_s: float | None = None
    rest_cpu: float | None = None

    @property
    def wait_s(self) -> float:
        """The shortest wait of the work, without the way there, which the idle route has too."""
        return max(0.0, (self.work_s - self.work_cpu_s) - (self.idle_s - self.idle_cpu_s))

    @property
    def usual_wait_s(self) -> float:
        """The same of the median responses; the shortest where those are not on record."""
        if self.idle_median_s is None:
            return self.wait_s
        waits_s = (self.median_s - self.work_cpu_s) - (self.idle_median_s - self.idle_cpu_s)
        return max(self.wait_s, waits_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoop:
    """A capacity cell: `clients` connections, each asking again as soon as it is answered.

    It has no latency to report, so it carries none. `good` are right answers in time. `slope` is
    their rate in answers/s, by least squares of their number over time, `slope_error` the standard
    error of its logarithm, `ended_slope` the slope of all that ended. `tenths` are right answers
    in each of `TENTHS` equal parts. `app_in_flight` is the mean number of requests that the app had
    taken on, without those in the socket of a blocked loop. `idle_cpu` is the share of a core that
    it uses while nobody asks. Runs before method 4 have `halves`, and no slopes nor tenths.
    """

    clients: int
    window_s: float
    deadline_s: float
    sent: int
    good: int
    outcomes: Mapping[str, int]
    cpu_s: float
    generator: Generator
    slope: float | None = None
    ended_slope: float | None = None
    slope_error: float | None = None
    tenths: tuple[int, ...] = ()
    app_in_flight: float | None = None
    idle_cpu: float = 0.0
    halves: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse a window in which nothing could have been counted."""
        _require_window(self.window_s, self.good, self.sent)

    @property
    def goodput(self) -> float:
        """Right answers in time, per second."""
        return self.good / self.window_s if self.slope is None else self.slope

    @property
    def cpu_per_request_s(self) -> float:
        """The server's CPU time over all requests, failed ones included, without its idle share."""
        if not self.sent:
            return 0.0
        used = max(0.0, self.cpu_s / self.window_s - self.idle_cpu)
        return used / (self.ended_slope or self.sent / self.window_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Requests that arrived by a schedule.

    `due` arrived in the window; those not `good` failed or missed the deadline and count as
    infinitely slow. `unanswered` still waited when the window closed, or had waited too long.
    `response`, from the intended start, `service`, from the sending, and `lag`, between the two,
    are histograms of the good ones, packed. `halves_s` are the median responses of either half.
    """

    due: int
    good: int
    outcomes: Mapping[str, int]
    response: str
    service: str
    lag: str
    unanswered: int = 0
    halves_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what is no histogram."""
        for packed in (self.response, self.service, self.lag):
            histogram.require_packed(packed)

    def quantile(self, share: float) -> float | None:
        """Return a quantile of the response time in seconds; None where requests are too few."""
        return histogram.quantile((self.response,), share, self.due - self.good)

    def quantile_error(self, share: float) -> float:
        """Return the standard error of the logarithm of a quantile, by its neighbours in rank."""
        return histogram.quantile_error(self.response, share, self.due - self.good)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoop:
    """A latency or overload cell: Poisson arrivals at `rate` requests/s.

    `load` is that as a share of the smallest ceiling.
    """

    load: float
    rate: float
    window_s: float
    deadline_s: float
    work: Stream
    bystander: Stream
    cpu_s: float
    generator: Generator
    app_in_flight: float | None = None

    def __post_init__(self) -> None:
        """Refuse a window in which nothing could have been counted."""
        _require_window(self.window_s, self.work.good, self.work.due)

    @property
    def goodput(self) -> float:
        """Right answers in time, per second."""
        return self.work.good / self.window_s


@dataclass(frozen=True, slots=True)
class Sample:
    """What the app's monitor said `at_s` seconds into the trial, in a phase of its script.

    `stood_still_s`, `cpu_s`, the garbage collector's `gc_s` and its full collections `gc_full` add
    up since the start; `background` requests are answered and still work. None: cannot be read.
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
    gc_s: float | None = None
    gc_full: float | None = None
    background: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSnapshot:
    """What the app's monitor said: sizes as they really are, and samples over the trial.

    `pools` are sizes by name, `connections` those open to services under load, `slowest_s` took
    the monitor's slowest answer. An app that `asks_itself` over HTTP counts those requests too.
    """

    threads: float
    pools: Mapping[str, int]
    workers: int
    connections: int
    slowest_s: float
    samples: tuple[Sample, ...] = ()
    python: str = ""  # in a container it is another than ours
    asks_itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a trial was measured, as far as that bears on what may be said.

    Cores are logical processors, none where nothing was `pinned`. `stand_ins` are services,
    `stand_in_images` images, that took the place of the real ones.
    """

    place: Literal["host", "docker", "target", "simulated"]
    server_cores: tuple[int, ...] = ()
    load_cores: tuple[int, ...] = ()
    pinned: bool = True
    stand_ins: tuple[str, ...] = ()
    stand_in_images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Everything seen in one trial.

    `probe` and `closed` are None where the trial had none. `sweep` are closed loops of other
    numbers of clients. `failed_after` is how many requests of the work were answered before the
    first that was not, None where all were; `first_failure` says what that one was, and how it
    failed. `answered` counts the right answers of the whole trial, None in runs before method 4.
    `foreign` is the share of the machine that other work used, `clocks_apart_s` by how much the
    wall clock and the monotonic one disagree on how long it took. `held_bytes` is the memory that
    each idle connection added, None where that was not asked or could not be seen. `calls` are
    those to the upstream per request, by what became of them: answered, abandoned, refused, failed.
    `recorded_ceiling` in requests/s is only found in runs of schema 1.
    """

    trial: Trial
    setting: Setting
    cores: int
    probe: Probe | None = None
    closed: ClosedLoop | None = None
    open: tuple[OpenLoop, ...] = ()
    sweep: tuple[ClosedLoop, ...] = ()
    failed_after: int | None = None
    answered: int | None = None
    first_failure: str | None = None
    rss_bytes: int
    foreign: float
    restarted: bool = False
    clocks_apart_s: float = 0.0
    app: AppSnapshot | None = None
    evidence: Evidence | None = None
    calls: Mapping[str, float] = field(default_factory=dict)
    recorded_ceiling: float | None = None
    held_bytes: float | None = None

    def at(self, load: float | None) -> OpenLoop | None:
        """Return the cell of an open load; None where it was not measured."""
        return next((cell for cell in self.open if cell.load == load), None)


def _require_window(seconds: float, good: int, sent: int) -> None:
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"a window of {seconds} s")
    if not 0 <= good <= sent:
        raise ValueError(f"{good} right answers to {sent} requests")
