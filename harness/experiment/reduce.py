"""Reduce what a load brought back to the facts of a measurement.

They are read from the requests on record and from the windows that the load announced.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.experiment.slopes import slope, slope_error
from harness.load.driver import LATE, OK, SHED, UNFINISHED, LoadResult, Rows, Window
from harness.model import histogram
from harness.model.errors import BenchError
from harness.model.facts import (
    CLOSED,
    IDLE,
    LANES,
    REST,
    SLICES,
    TENTHS,
    WORK,
    ClosedLoop,
    Generator,
    Measurement,
    OpenLoop,
    Probe,
    Setting,
    Stream,
)
from harness.model.trial import Phase, Trial

SENDING_NS = 200_000  # what it takes to send a request, with some to spare
WORK_STREAM, IDLE_STREAM = 0, 1


def measurement(
    result: LoadResult, trial: Trial, setting: Setting, cores: int, idle_cpu: float = 0.0
) -> Measurement:
    """Return all that can be read of a trial from outside the server, which had so many cores.

    `idle_cpu` is the share of a core that the app uses while nobody asks.
    """
    phases = {phase.name: phase for phase in trial.phases}
    loops = {
        phase.name: closed_loop(result, phase, idle_cpu)
        for phase in trial.phases
        if phase.clients and phase.name not in {IDLE, WORK, LANES}
    }
    closed = loops.pop(CLOSED, None)
    return Measurement(
        trial=trial,
        setting=setting,
        cores=cores,
        probe=probe(result, rested=REST in phases) if {IDLE, WORK} <= phases.keys() else None,
        closed=closed,
        open=tuple(open_loop(result, phase) for phase in trial.phases if phase.model == "open"),
        sweep=tuple(loops.values()),
        failed_after=failed_after(result),
        answered=answered(result),
        first_failure=first_failure(result),
        rss_bytes=0,
        foreign=0.0,
    )


def probe(result: LoadResult, *, rested: bool) -> Probe:
    """Read one request at a time: of the idle route in one phase, of the work in another.

    Where the app `rested` in a phase before, what it uses by itself is read from there, and is not
    counted as the requests'. Raises BenchError where too few were answered.
    """
    rest = result.windows[REST] if rested else None
    rest_cpu = None if rest is None else rest.server_cpu_s / rest.seconds
    idle, work = (_alone(result, phase, rest_cpu or 0.0) for phase in (IDLE, WORK))
    return Probe(
        work_s=work.shortest_s,
        work_cpu_s=work.cpu_s,
        idle_s=idle.shortest_s,
        idle_cpu_s=idle.cpu_s,
        median_s=work.median_s,
        median_error=work.median_error,
        idle_median_s=idle.median_s,
        rest_cpu=rest_cpu,
    )


def failed_after(result: LoadResult) -> int | None:
    """Count the requests of the work that were answered before the first that was not.

    None where none failed in the whole trial.
    """
    rows = result.rows
    ended = rows.where((rows.stream == WORK_STREAM) & ~rows.are(UNFINISHED))
    order = np.lexsort((ended.done, ended.phase))  # several workers have each a file of their own
    failed = np.flatnonzero(~ended.are(OK)[order])
    return int(failed[0]) if len(failed) else None


def first_failure(result: LoadResult) -> str | None:
    """Say which request failed first and how; None where none did.

    A wrong status comes before other failures, and what was late, as some are of every app that is
    asked too much, after them.
    """
    kinds = sorted(result.failures, key=lambda kind: (kind == LATE, not kind.isdigit()))
    return result.failures[kinds[0]] if kinds else None


def answered(result: LoadResult) -> int:
    """Count the requests of the work that were answered rightly, over the whole trial."""
    return int(np.sum((result.rows.stream == WORK_STREAM) & result.rows.are(OK)))


def requests(result: LoadResult) -> int:
    """Count the requests of the work, over the whole trial."""
    return int(np.sum(result.rows.stream == WORK_STREAM))


def closed_loop(result: LoadResult, phase: Phase, idle_cpu: float = 0.0) -> ClosedLoop:
    """Read a capacity cell: what ended in the window, and what still waited as it closed."""
    name = phase.name
    window, every, ended = result.windows[name], result.of(name), result.ended_within(name)
    outcomes, right = ended.counted(), ended.done[ended.are(OK)]
    return ClosedLoop(
        clients=phase.clients,
        window_s=window.seconds,
        deadline_s=result.deadline_s,
        sent=len(ended),
        good=outcomes.get(OK, 0),
        outcomes=outcomes | every.where(every.are(UNFINISHED)).counted(),
        cpu_s=window.server_cpu_s,
        generator=Generator(
            cpu=window.generator_cpu_s / window.seconds, in_flight=_in_flight(window, every)
        ),
        slope=slope(right, window.seconds),
        ended_slope=slope(ended.done, window.seconds),
        slope_error=slope_error(right, window.seconds),
        tenths=_tenths(window, right),
        app_in_flight=window.app_in_flight,
        idle_cpu=idle_cpu,
    )


def open_loop(result: LoadResult, phase: Phase) -> OpenLoop:
    """Read an open cell: every arrival that was due in the window, however it ended."""
    window, rows = result.windows[phase.name], result.of(phase.name)
    due = rows.where((rows.intended >= 0) & (rows.intended < window.seconds * 1e9))
    return OpenLoop(
        load=phase.load,
        rate=phase.rate,
        window_s=window.seconds,
        deadline_s=result.deadline_s,
        work=_stream(window, due.where(due.stream == WORK_STREAM)),
        bystander=_stream(window, due.where(due.stream == IDLE_STREAM)),
        cpu_s=window.server_cpu_s,
        generator=_generator(window, rows, due),
        app_in_flight=window.app_in_flight,
    )


@dataclass(frozen=True, slots=True)
class _Alone:
    """Response times and CPU per request in seconds, one request at a time.

    `median_error` is the standard error of the median's logarithm.
    """

    shortest_s: float
    median_s: float
    median_error: float
    cpu_s: float


def _alone(result: LoadResult, phase: str, rest_cpu: float) -> _Alone:
    rows, window = result.ended_within(phase), result.windows[phase]
    if len(rows) < 2:  # noqa: PLR2004  a cycle lies between two
        raise BenchError(
            "no two requests of the probe were answered in time",
            hint="is the server stuck? its log is beside the results",
        )
    # From one request to the next, so that the window's edges cut through none of them.
    cycle_s = float(np.mean(np.diff(rows.sent))) / 1e9
    busy = max(0.0, window.server_cpu_s / window.seconds - rest_cpu)
    took_s = (rows.done - rows.sent) / 1e9
    away = 0.5 / math.sqrt(len(took_s))  # by which chance moves the rank of a median
    low, middle, high = np.quantile(took_s, (max(0.0, 0.5 - away), 0.5, min(1.0, 0.5 + away)))
    error = math.log(high / low) / 2
    return _Alone(float(np.min(took_s)), float(middle), error, busy * cycle_s)


def _generator(window: Window, rows: Rows, due: Rows) -> Generator:
    """Measure the generator by its own records: all rows of the phase, and those due in it."""
    lag_s = (due.sent - due.intended) / 1e9
    end_ns = window.seconds * 1e9
    gaps = np.asarray(np.diff(np.sort(due.sent[~due.are(SHED)])), np.int64)
    sent = rows.where(~rows.are(SHED))
    on_time = (sent.sent >= 0) & (sent.sent < end_ns)
    in_window = np.clip(sent.done, 0, end_ns) - np.clip(sent.sent, 0, end_ns)
    recorded = float(np.sum(in_window)) / end_ns
    return Generator(
        cpu=window.generator_cpu_s / window.seconds,
        sent=int(np.sum(on_time)) / window.seconds,
        lag_p50_s=float(np.quantile(lag_s, 0.5)),
        lag_p99_s=float(np.quantile(lag_s, 0.99)),
        shed=int(np.sum(due.are(SHED))),
        arrivals=_distance_from_exponential(gaps),
        little=abs(recorded / window.in_flight - 1) if window.in_flight else None,
        in_flight=_in_flight(window, sent),
    )


def _in_flight(window: Window, rows: Rows) -> tuple[float, ...]:
    """Average the requests in flight over equal slices of the window."""
    edges = np.linspace(0, window.seconds * 1e9, SLICES + 1)
    # Request-nanoseconds, up to each edge.
    until = np.array(
        [np.sum(np.minimum(rows.done, edge) - np.minimum(rows.sent, edge)) for edge in edges]
    )
    return tuple(round(float(mean), 2) for mean in np.diff(until) / np.diff(edges))


def _distance_from_exponential(gaps: NDArray[np.int64]) -> float:
    """Return Kolmogorov's distance between these gaps and exponential ones of the same mean.

    One request is sent after the other, so among gaps as short as a sending every generator lacks
    the shortest. They are left out.
    """
    gaps = np.sort(gaps)
    theory = 1 - np.exp(-gaps / gaps.mean())
    steps = np.arange(len(gaps) + 1) / len(gaps)
    long = gaps >= SENDING_NS
    above = np.max(steps[1:] - theory, where=long, initial=0.0)
    below = np.max(theory - steps[:-1], where=long, initial=0.0)
    return float(max(above, below))


def _stream(window: Window, due: Rows) -> Stream:
    """Read the requests of one stream that were due in the window."""
    outcomes, good = due.counted(), due.where(due.are(OK))
    waiting = (due.done >= window.seconds * 1e9) | due.are(LATE)
    return Stream(
        due=len(due),
        good=len(good),
        outcomes=outcomes,
        response=histogram.encode((good.done - good.intended) / 1e9),
        service=histogram.encode((good.done - good.sent) / 1e9),
        lag=histogram.encode((good.sent - good.intended) / 1e9),
        unanswered=int(np.sum(waiting)),
        halves_s=_medians(window, good),
    )


def _tenths(window: Window, done_ns: NDArray[np.int64]) -> tuple[int, ...]:
    """Count what ended in each of ten equal parts of the window."""
    edges = np.linspace(0, window.seconds * 1e9, TENTHS + 1)
    return tuple(int(count) for count in np.histogram(done_ns, edges)[0])


def _medians(window: Window, good: Rows) -> tuple[float, float] | None:
    """Return the median response, in seconds, of what was due in each half of the window."""
    first = good.intended < window.seconds * 5e8
    if not 0 < np.sum(first) < len(first):
        return None
    response_s = (good.done - good.intended) / 1e9
    return float(np.median(response_s[first])), float(np.median(response_s[~first]))
