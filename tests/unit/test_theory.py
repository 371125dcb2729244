"""The laws, at their corners."""

from __future__ import annotations

import math

import pytest

from harness.catalogue import catalogue
from harness.model.theory import Demand, event_loop, limited, one_at_a_time, processes, threads

WAITING = Demand(cpu_s=0.001, wait_s=0.009, cores=2)


def test_a_blocked_loop_serves_in_single_file() -> None:
    """One every ten milliseconds."""
    assert one_at_a_time(WAITING) == pytest.approx(100)


def test_threads_wait_together_until_the_interpreter_or_the_connections_run_out() -> None:
    """Four of them serve four times as many; a thousand compute no faster than one."""
    assert threads(4)(WAITING) == pytest.approx(400)
    assert threads(1000)(WAITING) == pytest.approx(1000)
    assert threads(1000, connections=2)(WAITING) == pytest.approx(2 / 0.009)


def test_a_loop_waits_for_free_until_the_connections_run_out() -> None:
    """Computing is never free."""
    assert event_loop(5)(WAITING) == pytest.approx(5 / 0.009)
    assert event_loop()(WAITING) == pytest.approx(1000)


def test_processes_add_capacity_only_as_far_as_there_are_cores() -> None:
    """Four workers on two cores are two."""
    assert processes(4)(WAITING) == pytest.approx(2000)


def test_a_limit_is_shared_by_all_calls_of_all_requests() -> None:
    """Five places, three calls of nine milliseconds each, and a millisecond of computing."""
    assert limited(5, calls=3)(WAITING) == pytest.approx(5 / 0.028)


def test_nothing_bounds_what_costs_nothing() -> None:
    """No division by zero."""
    assert event_loop()(Demand(0, 0)) == math.inf


def test_a_ceiling_knows_how_the_question_was_set() -> None:
    """An upstream that admits twice as many calls, and a proxy that lets twice as many through, bound half as much."""
    limit = catalogue()["upstream_limit"]
    wider = limit.turned({knob: 2 * limit.knobs[knob] for knob in ("admits", "nginx_rate")})
    slow = Demand(cpu_s=1e-9, wait_s=1)
    assert [
        wider.ceiling_of(one, slow) / limit.ceiling_of(one, slow) for one in limit.variants
    ] == pytest.approx([2, 2, 2, 2])
