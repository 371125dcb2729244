"""Each cause is told from the others by what was seen alone and under load."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.judge.diagnosis import Cause, Diagnosis, Load, diagnose
from harness.model.evidence import Evidence
from harness.model.facts import Measurement, Probe, Setting
from harness.model.trial import Trial

ROUTE = {
    "handler": "read",
    "at": "main.py:9",
    "runs_on": "thread",
    "coroutine": False,
    "dependencies": [{"name": "settings", "at": "main.py:3", "runs_on": "thread"}],
}
MS = 1e-3
FREE = Load(
    capacity=900.0,
    clients=64,
    cpu_s=1 * MS,
    processor=0.95,
    collecting=0.0,
    threads=40.0,
    threads_used=0.0,
    threads_waiting=0.0,
    pools=0,
    pool_waiting=0.0,
    in_flight=60.0,
    rss_bytes=6e7,
)
IDLE_CPU_S = 0.3 * MS


def alone(
    *, cpu_ms: float = 0.8, wait_ms: float = 0.0, stood_still: float = 0.5, **seen: Any
) -> Measurement:
    """Return what was seen of one request after the other."""
    known = {"computing": stood_still, "line": "main.py:10", "code": "work()", "library": "sleep"}
    threads = {"thread_line": "main.py:12", "thread_code": "wait()", "thread_library": "recv"}
    work_s = (cpu_ms + wait_ms) * MS
    trial = Trial(
        scenario="get_x",
        variant="as_it_is",
        kind="evidence",
        block=0,
        position=0,
        seed=0,
        phases=(),
    )
    return Measurement(
        trial=trial,
        setting=Setting(place="host"),
        cores=1,
        probe=Probe(
            work_s=work_s,
            work_cpu_s=cpu_ms * MS,
            idle_s=IDLE_CPU_S,
            idle_cpu_s=IDLE_CPU_S,
            median_s=work_s,
            idle_median_s=IDLE_CPU_S,
        ),
        rss_bytes=0,
        foreign=0.0,
        evidence=Evidence(
            ran_on="loop",
            what=None,
            stood_still=stood_still,
            longest_s=0.0,
            **{"hops": 0.0, **known, **threads, **seen},
        ),
    )


def cause(measurement: Measurement, **load: Any) -> Diagnosis:
    """Return the diagnosis under a load that differs from FREE in these."""
    return diagnose(ROUTE, measurement, replace(FREE, **load))


def test_a_loop_that_waits_is_told_by_its_own_cpu_clock_and_explains_the_capacity() -> None:
    """10 ms are held and 1 ms is computed: 1 / 11 ms."""
    found = cause(
        alone(wait_ms=10, stood_still=0.95, computing=0.05), capacity=92.0, processor=0.09
    )
    assert (found.cause, found.line, found.library) == (Cause.LOOP_WAITS, "main.py:10", "sleep")
    assert found.predicted == pytest.approx(1 / (1 * MS + 0.9 * 10.8 * MS))
    assert found.explained
    assert "held" in found.law


def test_a_loop_that_computes_is_no_loop_that_waits() -> None:
    """Its processor time is many times that of a route that does nothing."""
    found = cause(alone(cpu_ms=9, stood_still=0.96), cpu_s=9 * MS, capacity=108.0)
    assert (found.cause, found.line) == (Cause.LOOP_COMPUTES, "main.py:10")
    assert found.explained


def test_threads_that_compute_name_their_own_line() -> None:
    """The loop hardly computes, and the processor is busy all the same."""
    seen = alone(cpu_ms=9, stood_still=0.1, thread_computing=0.9, hops=1.0)
    found = cause(seen, cpu_s=9 * MS, capacity=108.0, threads_used=40.0, threads_waiting=20.0)
    assert (found.cause, found.line) == (Cause.THREADS_COMPUTE, "main.py:12")


def test_threads_that_are_used_up_bound_by_their_number() -> None:
    """40 threads of 50 ms each are 800 requests/s at most."""
    found = cause(
        alone(wait_ms=50, stood_still=0.02, hops=1.0),
        capacity=770.0,
        processor=0.4,
        cpu_s=0.5 * MS,
        threads_used=40.0,
        threads_waiting=24.0,
    )
    assert (found.cause, found.line) == (Cause.THREADS_USED_UP, "main.py:12")
    assert found.explained
    assert found.law.startswith("40 threads")


def test_a_pool_that_is_used_up_is_told_from_threads_and_from_a_circle_of_both() -> None:
    """By those that wait for a connection, and by what the pool alone would allow."""
    seen = alone(wait_ms=10, stood_still=0.05, hops=1.0)
    load = {"processor": 0.3, "pools": 4, "pool_waiting": 30.0, "cpu_s": 0.5 * MS}
    assert cause(seen, **load, capacity=380.0).cause is Cause.POOL_USED_UP
    stuck = {**load, "threads_used": 40.0, "threads_waiting": 20.0}
    assert cause(seen, **stuck, capacity=380.0).cause is Cause.POOL_USED_UP
    assert cause(seen, **stuck, capacity=20.0).cause is Cause.CIRCLE


def test_trips_to_threads_are_the_cause_where_work_is_trivial_and_the_processor_busy() -> None:
    """The line is the handler's, as it runs in a thread itself."""
    found = cause(alone(hops=2.0))
    assert (found.cause, found.line, found.code) == (Cause.HOPS, "main.py:9", "def read")


def test_a_clean_route_is_bound_by_the_processor_or_by_nothing_here() -> None:
    """No line is to blame."""
    clean = alone(wait_ms=10, stood_still=0.1)
    assert cause(clean).cause is Cause.PROCESSOR
    found = cause(clean, clients=8, capacity=725.0)
    assert (found.cause, found.line, found.explained) == (Cause.NOTHING, None, True)
    assert found.law.startswith("8 clients")


def test_the_garbage_collector_is_named_where_it_takes_a_quarter_of_the_time() -> None:
    """Before the processor, which it keeps busy."""
    assert cause(alone(), collecting=0.3).cause is Cause.COLLECTOR


def test_several_workers_have_as_many_processors() -> None:
    """Then the clients are what runs out first."""
    few, measurement = replace(FREE, clients=16), alone(wait_ms=10, stood_still=0.1)
    assert diagnose(ROUTE, measurement, few, workers=1).cause is Cause.PROCESSOR
    assert diagnose(ROUTE, measurement, few, workers=4).cause is Cause.NOTHING


def test_threads_that_are_all_busy_computing_little_are_not_what_is_used_up() -> None:
    """On a machine that others use, 40 threads share what is left of one processor."""
    seen = alone(hops=1.0)
    assert cause(seen, threads_used=40.0, threads_waiting=9.0, processor=0.4).cause is Cause.HOPS


def test_nothing_can_be_said_of_what_was_not_seen() -> None:
    """Without evidence there is no diagnosis."""
    with pytest.raises(ValueError, match="nothing was seen"):
        diagnose(ROUTE, replace(alone(), evidence=None), FREE)
