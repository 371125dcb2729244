"""Why a route of somebody's own app is as fast as it is: one cause, told from the others by facts.

What was seen of one request after the other says what holds the loop or a thread, what was seen
under load says what runs out. The order of the rules below is the order in which causes hide each
other: a loop that is held lets nothing else be seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean
from typing import Any, Literal

from harness.model.evidence import Evidence
from harness.model.facts import CLOSED, Measurement, Probe, Sample

HELD = 0.25  # of the time in which one request follows the other, waiting outside of the poll
# How many times the CPU of a route that does nothing, for a request to be one that computes, and
# how much more for each hop to a thread. Of tests/apps, what does next to nothing took 2 to 3 times
# that, what only waits 3 to 5 times, what computes 40 to 50 times.
COMPUTES, COMPUTES_PER_HOP = 6.0, 2.0
FULL = 0.9  # of the threads
COLLECTS = 0.25  # of the time: what FastAPI itself allocates takes 9 to 12 %, as clean apps showed
STUCK = 0.5  # of what the pool alone would allow
EXPLAINED = (0.75, 1.15)  # of the prediction


class Cause(StrEnum):
    """What bounds a route."""

    LOOP_WAITS = "the event loop waits in a blocking call"
    LOOP_COMPUTES = "the event loop computes"
    THREADS_COMPUTE = "threads compute, and share one interpreter"
    CIRCLE = "threads wait for connections, and connections for threads"
    POOL_USED_UP = "the connection pool is used up"
    THREADS_USED_UP = "all threads are in use"
    COLLECTOR = "the garbage collector holds the interpreter"
    HOPS = "the processor, and trips to threads are a part of its work"
    PROCESSOR = "the processor: nothing else holds it up"
    NOTHING = "nothing here: it waits for others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was seen while many clients asked at once, as means over all windows of a closed loop.

    Rates in requests/s, times in seconds. `processor` is a share of one; `pools` are the
    connections of all pools together.
    """

    capacity: float
    clients: int
    cpu_s: float
    processor: float
    collecting: float
    threads: float
    threads_used: float
    threads_waiting: float
    pools: int
    pool_waiting: float
    in_flight: float
    rss_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The cause, the line that is to blame, and what was predicted from what was seen alone.

    `line` is of the app's own code, `library` the function below it. `predicted` is in requests/s,
    as `law` says; None where nothing bounds it.
    """

    cause: Cause
    line: str | None
    code: str | None
    library: str | None
    load: Load
    predicted: float | None
    law: str

    @property
    def explained(self) -> bool:
        """Whether the capacity is what was predicted."""
        if self.predicted is None:
            return False
        low, high = EXPLAINED
        return low <= self.load.capacity / self.predicted <= high


def load_of(measured: Sequence[Measurement]) -> Load | None:
    """Return what was seen under load, over these measurements; None where there is no window."""
    cells = [(one, one.closed) for one in measured if one.closed]
    if not cells:
        return None
    apps = [one.app for one, _ in cells if one.app]
    samples = [sample for app in apps for sample in app.samples if sample.phase == CLOSED]

    def average(read: Callable[[Sample], float | None]) -> float:
        return mean([read(one) or 0.0 for one in samples] or [0.0])

    def share(read: Callable[[Sample], float | None]) -> float:
        """Return the growth of a sum over time, as a share of the time."""
        grown = took_s = 0.0
        for app in apps:
            mine = [one for one in app.samples if one.phase == CLOSED]
            if len(mine) > 1:
                grown += (read(mine[-1]) or 0.0) - (read(mine[0]) or 0.0)
                took_s += mine[-1].at_s - mine[0].at_s
        return grown / took_s if took_s else 0.0

    return Load(
        capacity=mean(cell.goodput for _, cell in cells),
        clients=cells[0][1].clients,
        cpu_s=mean(cell.cpu_per_request_s for _, cell in cells),
        processor=mean(cell.cpu_s / cell.window_s for _, cell in cells),
        collecting=share(lambda one: one.gc_s),
        threads=max((app.threads for app in apps), default=0.0),
        threads_used=average(lambda one: one.threads_used),
        threads_waiting=average(lambda one: one.threads_waiting),
        pools=max((sum(app.pools.values()) for app in apps), default=0),
        pool_waiting=average(lambda one: one.pool_waiting),
        in_flight=average(lambda one: one.in_flight),
        rss_bytes=mean(one.rss_bytes for one, _ in cells),
    )


def diagnose(
    route: Mapping[str, Any] | None, alone: Measurement, load: Load, workers: int = 1
) -> Diagnosis:
    """Return the cause of what was seen of a route `alone`, one request at a time, and under load.

    Raises ValueError where nothing was seen of it alone.
    """
    seen, probe = alone.evidence, alone.probe
    if seen is None or probe is None:
        raise ValueError("nothing was seen of the route alone")
    waiting_s = max(0.0, seen.stood_still - (seen.computing or 0.0)) * probe.work_s
    processor, of_pool = workers * _per(load.cpu_s), load.pools * _per(probe.usual_wait_s)
    bounds = {
        f"{workers} / {1000 * load.cpu_s:.2f} ms of CPU": processor,
        f"{load.clients} clients / {1000 * probe.median_s:.2f} ms alone": load.clients
        * _per(probe.median_s),
    }
    rules = (
        (waits(seen) and waiting_s > load.cpu_s, Cause.LOOP_WAITS),
        (load.pool_waiting >= 1 and of_pool < processor, Cause.POOL_USED_UP),
        (_full(seen, load, probe) < processor, Cause.THREADS_USED_UP),
        (load.collecting >= COLLECTS, Cause.COLLECTOR),
        (processor > min(bounds.values()), Cause.NOTHING),
        (_computes(seen, probe, of="loop"), Cause.LOOP_COMPUTES),
        (_computes(seen, probe, of="threads"), Cause.THREADS_COMPUTE),
        (bool(seen.hops), Cause.HOPS),
    )
    cause = next((found for applies, found in rules if applies), Cause.PROCESSOR)
    stuck = load.threads_waiting >= 1 and load.capacity < STUCK * of_pool
    if cause is Cause.POOL_USED_UP and stuck:
        cause = Cause.CIRCLE
    if cause is Cause.LOOP_WAITS:
        spent = f"({1000 * load.cpu_s:.2f} ms of CPU + {1000 * waiting_s:.2f} ms held)"
        bounds[f"{workers} / {spent}"] = workers * _per(load.cpu_s + waiting_s)
    if cause in {Cause.THREADS_USED_UP, Cause.CIRCLE}:
        law = f"{load.threads:g} threads / {1000 * probe.median_s:.2f} ms alone"
        bounds[law] = load.threads * _per(probe.median_s)
    if cause in {Cause.POOL_USED_UP, Cause.CIRCLE} and probe.usual_wait_s > 0:
        bounds[f"{load.pools} connections / {1000 * probe.usual_wait_s:.2f} ms of waiting"] = (
            of_pool
        )
    law = min(bounds, key=bounds.__getitem__)
    known = math.isfinite(bounds[law])
    line, code, library = _blamed(cause, seen, route)
    return Diagnosis(
        cause=cause,
        line=line,
        code=code,
        library=library,
        load=load,
        predicted=bounds[law] if known else None,
        law=law if known else "",
    )


def waits(seen: Evidence) -> bool:
    """Return whether the loop waits outside of its poll for a large part of the time."""
    return seen.stood_still - (seen.computing or 0.0) >= HELD


def _computes(seen: Evidence, probe: Probe, of: Literal["loop", "threads"]) -> bool:
    """Return whether a request computes far more than one that does nothing, and does so there."""
    allowed = COMPUTES + COMPUTES_PER_HOP * (seen.hops or 0.0)
    on_loop = (seen.computing or 0.0) >= (seen.thread_computing or 0.0)
    much = probe.work_cpu_s >= allowed * max(probe.idle_cpu_s, 1e-9)
    return much and on_loop is (of == "loop")


def _full(seen: Evidence, load: Load, probe: Probe) -> float:
    """Return what the threads allow in requests/s, where all are in use; else infinity."""
    full = bool(seen.hops) and load.threads_used >= FULL * load.threads
    return load.threads * _per(probe.median_s) if full else math.inf


def _blamed(
    cause: Cause, seen: Evidence, route: Mapping[str, Any] | None
) -> tuple[str | None, str | None, str | None]:
    """Return the line that is to blame, its code, and the library's function below it."""
    if cause in {Cause.LOOP_WAITS, Cause.LOOP_COMPUTES}:
        return seen.line, seen.code, seen.library
    if cause in {Cause.THREADS_COMPUTE, Cause.THREADS_USED_UP, Cause.CIRCLE}:
        return seen.thread_line, seen.thread_code, seen.thread_library
    if cause is Cause.HOPS and route:
        hopping = [one for one in route["dependencies"] if one["runs_on"] == "thread"]
        blamed = route if route["runs_on"] == "thread" else (hopping or [route])[0]
        return blamed["at"], f"def {blamed.get('handler') or blamed.get('name')}", None
    return None, None, None


def _per(seconds: float) -> float:
    return 1 / seconds if seconds > 0 else math.inf
