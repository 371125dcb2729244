"""Reduce what a load brought back to the facts of a measurement.

They are read from the requests on record and from the windows that the load announced.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.design.script import IDLE, load_phase, sweep_phase
from harness.load.driver import LATE, OK, SHED, UNFINISHED, LoadResult, Rows, Window
from harness.model import histogram
from harness.model.errors import BenchError
from harness.model.facts import (
    CLOSED,
    SLICES,
    WORK,
    ClosedLoop,
    Generator,
    Measurement,
    OpenLoop,
    Probe,
    Setting,
    Stream,
)
from harness.model.scenario import Scenario
from harness.model.trial import Offer, Trial

SENDING_NS = 200_000  # what it takes to send a request, with some to spare
WORK_STREAM, IDLE_STREAM = 0, 1


def measurement(
    result: LoadResult, scenario: Scenario, trial: Trial, setting: Setting, cores: int
) -> Measurement:
    """Return all that can be read of a trial from outside the server, which had so many cores."""
    return Measurement(
        trial=trial,
        setting=setting,
        cores=cores,
        probe=probe(result) if trial.probed else None,
        closed=closed_loop(result, CLOSED, scenario.clients),
        open=tuple(open_loop(result, load_phase(offer.load), offer) for offer in trial.offers),
        sweep=tuple(closed_loop(result, sweep_phase(n), n) for n in trial.sweep),
        failed_after=failed_after(result),
        rss_bytes=0,
        foreign=0.0,
    )


def probe(result: LoadResult) -> Probe:
    """Read one request at a time: of the idle route in one phase, of the work in another.

    Raises BenchError where too few were answered.
    """
    idle_s, _, idle_cpu_s = _alone(result, IDLE)
    work_s, median_s, work_cpu_s = _alone(result, WORK)
    return Probe(
        work_s=work_s,
        work_cpu_s=work_cpu_s,
        idle_s=idle_s,
        idle_cpu_s=idle_cpu_s,
        median_s=median_s,
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


def requests(result: LoadResult) -> int:
    """Count the requests of the work, over the whole trial."""
    return int(np.sum(result.rows.stream == WORK_STREAM))


def closed_loop(result: LoadResult, phase: str, clients: int) -> ClosedLoop:
    """Read a capacity cell: what ended in the window, and what still waited as it closed."""
    window, every, ended = result.windows[phase], result.of(phase), result.ended_within(phase)
    outcomes = ended.counted()
    return ClosedLoop(
        clients=clients,
        window_s=window.seconds,
        deadline_s=result.deadline_s,
        sent=len(ended),
        good=outcomes.get(OK, 0),
        outcomes=outcomes | every.where(every.are(UNFINISHED)).counted(),
        cpu_s=window.server_cpu_s,
        generator=Generator(
            cpu=window.generator_cpu_s / window.seconds, in_flight=_in_flight(window, every)
        ),
        halves=_halves(window, ended.done[ended.are(OK)]),
        app_in_flight=window.app_in_flight,
        prorated=_prorated(window, every),
    )


def open_loop(result: LoadResult, phase: str, offer: Offer) -> OpenLoop:
    """Read an open cell: every arrival that was due in the window, however it ended."""
    window, rows = result.windows[phase], result.of(phase)
    due = rows.where((rows.intended >= 0) & (rows.intended < window.seconds * 1e9))
    return OpenLoop(
        load=offer.load,
        rate=offer.rate,
        window_s=window.seconds,
        deadline_s=result.deadline_s,
        work=_stream(window, due.where(due.stream == WORK_STREAM)),
        bystander=_stream(window, due.where(due.stream == IDLE_STREAM)),
        cpu_s=window.server_cpu_s,
        generator=_generator(window, rows, due),
        app_in_flight=window.app_in_flight,
    )


def _alone(result: LoadResult, phase: str) -> tuple[float, float, float]:
    """Return the shortest and the median response, and the CPU per request, in seconds."""
    rows, window = result.ended_within(phase), result.windows[phase]
    if len(rows) < 2:  # noqa: PLR2004  a cycle lies between two
        raise BenchError(
            "no two requests of the probe were answered in time",
            hint="is the server stuck? its log is beside the results",
        )
    # From one request to the next, so that the window's edges cut through none of them.
    cycle_s = float(np.mean(np.diff(rows.sent))) / 1e9
    busy = window.server_cpu_s / window.seconds
    took = (rows.done - rows.sent) / 1e9
    return float(np.min(took)), float(np.median(took)), busy * cycle_s


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


def _halves(window: Window, done: NDArray[np.int64]) -> tuple[int, int]:
    """Count what ended in each half of the window."""
    first = int(np.sum(done < window.seconds * 5e8))
    return first, len(done) - first


def _prorated(window: Window, rows: Rows) -> float | None:
    """Add up the parts of all services of right answers that lie in the window.

    What was unfinished is taken to last as long as others do. None where no answer was right.
    """
    end_ns = window.seconds * 1e9
    took, good = rows.done - rows.sent, rows.are(OK)
    ended = good & (rows.done >= 0) & (rows.done < end_ns)
    if not ended.any():
        return None
    lasts = np.where(good, took, np.maximum(took, np.median(took[ended])))
    counted = good | rows.are(UNFINISHED)
    within = np.clip(rows.done, 0, end_ns) - np.clip(rows.sent, 0, end_ns)
    return float(np.sum(within[counted] / np.maximum(lasts[counted], 1)))


def _medians(window: Window, good: Rows) -> tuple[float, float] | None:
    """Return the median response, in seconds, of what was due in each half of the window."""
    first = good.intended < window.seconds * 5e8
    if not 0 < np.sum(first) < len(first):
        return None
    response_s = (good.done - good.intended) / 1e9
    return float(np.median(response_s[first])), float(np.median(response_s[~first]))
