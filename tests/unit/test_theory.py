"""The laws, at their corners."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import pytest

from harness.catalogue import catalogue
from harness.model import Ceiling
from harness.model.theory import (
    Demand,
    event_loop,
    free_threads,
    limited,
    one_at_a_time,
    processes,
    threads,
)

WAITING = Demand(cpu_s=0.001, wait_s=0.009, cores=2)


def bound(ceiling: Ceiling, demand: Demand = WAITING) -> float:
    """Return the requests/s that a ceiling allows."""
    return ceiling.requests_per_s(demand, {})


def test_a_blocked_loop_serves_in_single_file() -> None:
    """One every ten milliseconds."""
    assert bound(one_at_a_time()) == pytest.approx(100)


def test_threads_wait_together_until_the_interpreter_or_the_connections_run_out() -> None:
    """Four of them serve four times as many; a thousand compute no faster than one."""
    assert bound(threads(4)) == pytest.approx(400)
    assert bound(threads(1000)) == pytest.approx(1000)
    assert bound(threads(1000, connections=2)) == pytest.approx(2 / 0.009)


def test_a_loop_waits_for_free_until_the_connections_run_out() -> None:
    """Computing is never free."""
    assert bound(event_loop(5)) == pytest.approx(5 / 0.009)
    assert bound(event_loop()) == pytest.approx(1000)


def test_processes_add_capacity_only_as_far_as_there_are_cores() -> None:
    """Four workers on two cores are two."""
    assert bound(processes(4)) == pytest.approx(2000)


def test_workers_have_places_and_connections_of_their_own_and_share_the_cores() -> None:
    """Two blocked loops serve two at a time; two workers on one core compute no faster than one."""

    def by_two(ceiling: Ceiling, demand: Demand = WAITING) -> float:
        return ceiling.requests_per_s(demand, {}, workers=2)

    assert by_two(one_at_a_time()) == pytest.approx(200)
    assert by_two(threads(4, connections=2)) == pytest.approx(4 / 0.009)
    assert by_two(event_loop()) == pytest.approx(2000)
    assert by_two(event_loop(), replace(WAITING, cores=1)) == pytest.approx(1000)


def test_threads_without_a_lock_compute_at_once_as_far_as_there_are_cores() -> None:
    """Four of them on two cores are two, and each is one place that waits."""
    computing = Demand(cpu_s=0.001, wait_s=0, cores=2)
    assert bound(free_threads(4), computing) == pytest.approx(2000)
    assert bound(free_threads(4), replace(computing, cores=1)) == pytest.approx(1000)
    assert bound(free_threads(4)) == pytest.approx(400)


def test_a_limit_is_shared_by_all_calls_of_all_requests() -> None:
    """Five places, three calls of nine milliseconds each, and a millisecond of computing."""
    assert bound(limited(5, calls=3)) == pytest.approx(5 / 0.028)


def test_nothing_bounds_what_costs_nothing() -> None:
    """No division by zero."""
    assert bound(event_loop(), Demand(0, 0)) == math.inf


def test_a_ceiling_knows_how_the_question_was_set() -> None:
    """Twice the calls that the upstream admits and that the proxy lets through, twice the bound."""
    limit = catalogue()["upstream_limit"]
    wider = limit.with_knobs({knob: 2 * limit.knobs[knob] for knob in ("admits", "nginx_rate")})
    slow = Demand(cpu_s=1e-9, wait_s=1)
    ceilings = [one.ceiling for one in limit.variants if one.ceiling]
    assert [
        one.requests_per_s(slow, wider.knobs) / one.requests_per_s(slow, limit.knobs)
        for one in ceilings
    ] == pytest.approx([2, 2, 2, 2])


@pytest.mark.parametrize(("processors", "places", "claims"), [(2, 6, 2), (16, 20, 2), (64, 32, 0)])
def test_a_default_executor_is_as_large_as_the_machine_has_it(
    monkeypatch: pytest.MonkeyPatch, processors: int, places: int, claims: int
) -> None:
    """And where it is hardly smaller than forty threads, nothing is claimed of these."""
    monkeypatch.setattr(os, "process_cpu_count", lambda: processors, raising=False)
    asked = catalogue()["executor"]
    assert asked.baseline.ceiling == threads(places, 40)
    assert len(asked.claims) == claims
