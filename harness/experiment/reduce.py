"""Read what a load brought back: the probe, the closed loop and the schedules, from the requests on record and the windows that were announced."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from harness.load.locust import Seen, Window
from harness.model import histogram
from harness.model.errors import BenchError
from harness.model.facts import SLICES, Alone, Closed, Generator, Open, Stream

SENDING_NS = 200_000  # what it takes to send a request, with some to spare
WORK, IDLE = 0, 1  # streams, by their number in the records


def alone(seen: Seen, *, idle: int, work: int) -> Alone:
    """Read the probe: one request at a time, of the idle route in one phase, of the work in another."""

    def times(phase: int) -> tuple[float, float, float]:
        """Shortest and median response time, and CPU per request, in seconds."""
        rows = _ended_within(seen, phase)
        if len(rows["done"]) < 2:  # noqa: PLR2004  a cycle lies between two
            raise BenchError(
                "no two requests of the probe were answered in time",
                hint="is the server stuck? its log is beside the results",
            )
        cycle_s = (
            float(np.mean(np.diff(rows["sent"]))) / 1e9
        )  # from one request to the next: the window's edges cut through none of them
        busy = seen.windows[phase].server_cpu_s / seen.windows[phase].seconds
        took = rows["done"] - rows["sent"]
        return float(np.min(took)) / 1e9, float(np.median(took)) / 1e9, busy * cycle_s

    idle_s, _, idle_cpu_s = times(idle)
    work_s, median_s, work_cpu_s = times(work)
    return Alone(
        work_s=work_s,
        work_cpu_s=work_cpu_s,
        idle_s=idle_s,
        idle_cpu_s=idle_cpu_s,
        median_s=median_s,
    )


def failed_after(seen: Seen) -> int | None:
    """Count the requests of the work that were answered before the first that failed, over the whole trial; None where none failed."""
    ended = (seen.rows["stream"] == WORK) & (
        seen.rows["outcome"] != seen.outcomes.index("unfinished")
    )
    order = np.lexsort(
        (seen.rows["done"][ended], seen.rows["phase"][ended])
    )  # several workers have each a file of their own
    failed = np.flatnonzero(seen.rows["outcome"][ended][order] != seen.outcomes.index("ok"))
    return int(failed[0]) if len(failed) else None


def closed(seen: Seen, phase: int, clients: int) -> Closed:
    """Read a capacity cell: what ended within the window, and who was still waiting when it closed."""
    window, every, rows = seen.windows[phase], _of(seen, phase), _ended_within(seen, phase)
    outcomes = _count(rows["outcome"], seen.outcomes)
    return Closed(
        clients=clients,
        window_s=window.seconds,
        deadline_s=seen.deadline_s,
        sent=len(rows["done"]),
        good=outcomes.get("ok", 0),
        outcomes=outcomes | _count(_unfinished(seen, phase), seen.outcomes),
        cpu_s=window.server_cpu_s,
        generator=Generator(
            cpu=window.generator_cpu_s / window.seconds, in_flight=_in_flight(window, every)
        ),
        halves=_halves(window, rows["done"][rows["outcome"] == seen.outcomes.index("ok")]),
        inside_in_flight=window.inside_in_flight,
        prorated=_prorated(window, every, seen.outcomes),
    )


def opened(seen: Seen, phase: int, *, of_ceiling: float, rate: float) -> Open:
    """Read an open-model cell: every arrival that was due in the window, however it ended."""
    window = seen.windows[phase]
    rows = _of(seen, phase)
    due = (rows["intended"] >= 0) & (rows["intended"] < window.seconds * 1e9)
    return Open(
        load=of_ceiling,
        rate=rate,
        window_s=window.seconds,
        deadline_s=seen.deadline_s,
        work=_stream(window, rows, due, WORK, seen.outcomes),
        bystander=_stream(window, rows, due, IDLE, seen.outcomes),
        cpu_s=window.server_cpu_s,
        generator=_generator(window, rows, due, seen.outcomes.index("shed")),
        inside_in_flight=window.inside_in_flight,
    )


def _generator(
    window: Window, rows: Mapping[str, NDArray[np.int64]], due: NDArray[np.bool_], shed: int
) -> Generator:
    """Let the generator be measured by its own records."""
    lag_s = (rows["sent"] - rows["intended"])[due] / 1e9
    unsent = rows["outcome"] == shed
    end_ns = window.seconds * 1e9
    sent = np.sort(rows["sent"][due & ~unsent])
    on_time = (rows["sent"] >= 0) & (rows["sent"] < end_ns) & ~unsent
    in_window = np.clip(rows["done"], 0, end_ns) - np.clip(rows["sent"], 0, end_ns)
    recorded = float(np.sum(in_window[~unsent])) / end_ns
    return Generator(
        cpu=window.generator_cpu_s / window.seconds,
        sent=int(np.sum(on_time)) / window.seconds,
        lag_p50_s=float(np.quantile(lag_s, 0.5)),
        lag_p99_s=float(np.quantile(lag_s, 0.99)),
        shed=int(np.sum(unsent & due)),
        arrivals=_distance_from_exponential(np.diff(sent)),
        little=abs(recorded / window.in_flight - 1) if window.in_flight else None,
        in_flight=_in_flight(window, {name: column[~unsent] for name, column in rows.items()}),
    )


def _in_flight(window: Window, rows: Mapping[str, NDArray[np.int64]]) -> tuple[float, ...]:
    """Average the requests in flight over equal slices of the window."""
    edges = np.linspace(0, window.seconds * 1e9, SLICES + 1)
    until = np.array(
        [np.sum(np.minimum(rows["done"], edge) - np.minimum(rows["sent"], edge)) for edge in edges]
    )  # request-nanoseconds, up to each edge
    return tuple(round(float(mean), 2) for mean in np.diff(until) / np.diff(edges))


def _distance_from_exponential(gaps: NDArray[np.int64]) -> float:
    """Measure Kolmogorov's distance between these gaps and exponential ones of the same mean, as far as they can be told apart.

    One request is sent after the other, so among gaps as short as a sending takes every generator lacks the shortest.
    """
    gaps = np.sort(gaps)
    theory = 1 - np.exp(-gaps / gaps.mean())
    steps = np.arange(len(gaps) + 1) / len(gaps)
    told = gaps >= SENDING_NS
    return float(
        max(
            np.max(steps[1:] - theory, where=told, initial=0.0),
            np.max(theory - steps[:-1], where=told, initial=0.0),
        )
    )


def _stream(
    window: Window,
    rows: Mapping[str, NDArray[np.int64]],
    due: NDArray[np.bool_],
    stream: int,
    names: tuple[str, ...],
) -> Stream:
    mine = {name: column[due & (rows["stream"] == stream)] for name, column in rows.items()}
    outcomes = _count(mine["outcome"], names)
    good = mine["outcome"] == names.index("ok")
    intended, sent, done = (mine[name][good] for name in ("intended", "sent", "done"))
    response, service, lag = (
        histogram.encode(ns / 1e9) for ns in (done - intended, done - sent, sent - intended)
    )
    return Stream(
        due=len(good),
        good=outcomes.get("ok", 0),
        outcomes=outcomes,
        response=response,
        service=service,
        lag=lag,
        unanswered=int(
            np.sum(
                (mine["done"] >= window.seconds * 1e9) | (mine["outcome"] == names.index("late"))
            )
        ),
        halves_s=_medians(window, intended, done - intended),
    )


def _halves(window: Window, done: NDArray[np.int64]) -> tuple[int, int]:
    """Count what ended in each half of the window."""
    first = int(np.sum(done < window.seconds * 5e8))
    return first, len(done) - first


def _prorated(
    window: Window, rows: Mapping[str, NDArray[np.int64]], names: tuple[str, ...]
) -> float | None:
    """Add up the parts of all services of right answers that lie in the window. What was unfinished is taken to last as long as others do; None without any."""
    end_ns = window.seconds * 1e9
    took, good = rows["done"] - rows["sent"], rows["outcome"] == names.index("ok")
    ended = good & (rows["done"] >= 0) & (rows["done"] < end_ns)
    if not ended.any():
        return None
    lasts = np.where(good, took, np.maximum(took, np.median(took[ended])))
    counted = good | (rows["outcome"] == names.index("unfinished"))
    within = np.clip(rows["done"], 0, end_ns) - np.clip(rows["sent"], 0, end_ns)
    return float(np.sum(within[counted] / np.maximum(lasts[counted], 1)))


def _medians(
    window: Window, intended: NDArray[np.int64], response: NDArray[np.int64]
) -> tuple[float, float] | None:
    """Take the median response, in seconds, of what was due in each half of the window."""
    first = intended < window.seconds * 5e8
    if not 0 < np.sum(first) < len(first):
        return None
    return float(np.median(response[first])) / 1e9, float(np.median(response[~first])) / 1e9


def _of(seen: Seen, phase: int) -> dict[str, NDArray[np.int64]]:
    """Pick the requests of one phase."""
    return {name: column[seen.rows["phase"] == phase] for name, column in seen.rows.items()}


def _ended_within(seen: Seen, phase: int) -> dict[str, NDArray[np.int64]]:
    """Pick the requests of a closed phase that ended while its window was open."""
    window, rows = seen.windows[phase], seen.rows
    inside = (rows["phase"] == phase) & (rows["done"] >= 0) & (rows["done"] < window.seconds * 1e9)
    inside &= rows["outcome"] != seen.outcomes.index("unfinished")
    return {name: column[inside] for name, column in rows.items()}


def _unfinished(seen: Seen, phase: int) -> NDArray[np.int64]:
    """Pick the outcomes of the requests that still waited when a closed phase ended."""
    rows = seen.rows
    waiting = (rows["phase"] == phase) & (rows["outcome"] == seen.outcomes.index("unfinished"))
    return np.asarray(rows["outcome"][waiting])


def _count(outcomes: NDArray[np.int64], names: tuple[str, ...]) -> dict[str, int]:
    return {
        names[number]: int(count)
        for number, count in zip(*np.unique(outcomes, return_counts=True), strict=True)
    }
