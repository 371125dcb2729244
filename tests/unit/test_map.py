"""What is predicted of three ways of waiting: known formulas, a simulated queue, plain words."""

from __future__ import annotations

import heapq
import math
import random

import pytest
from click.testing import CliRunner

from harness.cli.main import bench
from harness.model.queueing import Cost, Load, Way, served, ways

MS = 1e-3


def by_name(
    rate: float, wait_ms: float, cpu_ms: float, tokens: int = 40, connections: int | None = None
) -> dict[str, Way]:
    """Return what is predicted of each way."""
    load = Load(rate=rate, wait_s=wait_ms * MS, cpu_s=cpu_ms * MS)
    return {one.name: one for one in ways(load, tokens, connections)}


def said(*words: str) -> list[str]:
    """Return the lines that the command prints."""
    done = CliRunner().invoke(bench, ["map", *words])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def simulated_s(rate: float, service_s: float, places: int) -> float:
    """Return the mean response of a queue that is simulated, request by request."""
    drawn = random.Random(7)
    free, now, total, count = [0.0] * places, 0.0, 0.0, 60_000
    for _ in range(count):
        now += drawn.expovariate(rate)
        ends = max(now, heapq.heappop(free)) + service_s
        heapq.heappush(free, ends)
        total += ends - now
    return total / count


def simulated_rate(delay_s: float, service_s: float, clients: int) -> float:
    """Return the requests/s of a closed loop that is simulated: a delay that varies, one queue."""
    drawn = random.Random(7)
    asking, free, count = [0.0] * clients, 0.0, 40_000
    for _ in range(count):
        free = max(free, heapq.heappop(asking)) + service_s
        heapq.heappush(asking, free + drawn.expovariate(1 / delay_s))
    return count / free


def test_blocking_is_the_queue_with_one_place_that_every_book_has() -> None:
    """At half of what it can serve, a request waits for half of its own time (M/D/1)."""
    found = by_name(50, 9, 1)["blocking"]
    assert found.capacity == pytest.approx(100)
    assert found.response_s == pytest.approx(15 * MS)
    assert found.formula == "1 / (wait + CPU)"


@pytest.mark.parametrize(("places", "use"), [(1, 0.8), (4, 0.8), (40, 0.9)])
def test_threads_that_only_wait_agree_with_a_queue_that_is_simulated(
    places: int, use: float
) -> None:
    """Within a twentieth: the formula for service that does not vary is an approximation."""
    rate = use * places / (10 * MS)
    found = by_name(rate, 10, 1e-6, tokens=places)["threads"]
    assert found.response_s == pytest.approx(simulated_s(rate, 10 * MS, places), rel=0.05)


def test_what_runs_out_first_is_the_formula_and_the_capacity() -> None:
    """Processor, threads, connections."""
    assert by_name(1, 10, 0.5)["threads"].formula == "1 / CPU"
    assert by_name(1, 100, 0.5)["threads"].formula == "40 / (wait + CPU)"
    few = by_name(1, 10, 0.5, connections=5)
    assert {few[name].formula for name in ("threads", "awaiting")} == {"5 connections / wait"}
    assert few["awaiting"].capacity == pytest.approx(500)


def test_more_than_can_be_served_is_never_given_a_response_time() -> None:
    """It grows without end."""
    found = by_name(300, 12, 0.4)
    assert math.isinf(found["blocking"].response_s)
    assert found["awaiting"].response_s == pytest.approx(12 * MS + 0.4 * MS / (1 - 0.12))


def test_the_command_says_in_a_few_lines_what_is_enough_and_until_when() -> None:
    """With the formula of each, and that nothing was measured."""
    first, *three, last = said("--wait", "12ms", "--rate", "300", "--cpu", "0.4ms")
    assert first.startswith("Predicted, not measured: 300 requests/s")
    assert three[0].split(";")[1].strip() == "cannot follow: 3.72× as many are asked"
    assert "= 1 / CPU; 12.5 ms a request" in three[2]
    assert last.strip() == (
        "Use threads: enough up to 2,500 requests/s, and no other way serves more"
    )


def test_none_of_them_is_enough_where_the_processor_is_not() -> None:
    """Then less CPU or more processes help, and no way of waiting."""
    *_, last = said("--wait", "1ms", "--rate", "3000", "--cpu", "1ms")
    assert "None is enough" in last
    assert "less CPU per request" in last


def test_a_wait_of_nothing_is_one_and_a_length_without_a_number_is_refused() -> None:
    """With the remedy."""
    assert "Use blocking: enough" in said("--wait", "0ms", "--rate", "10")[-1]
    done = CliRunner().invoke(bench, ["map", "--wait", "soon", "--rate", "1"])
    assert done.exit_code == 2
    assert "write it like 12ms" in done.output


@pytest.mark.parametrize(("delay_ms", "most"), [(0.2, 4), (1.2, 8), (10.5, 64), (30, 160)])
def test_a_closed_loop_agrees_with_one_that_is_simulated(delay_ms: float, most: int) -> None:
    """Within a fifteenth before the processor is busy, exactly where it is."""
    cost = Cost(alone_s=0.6 * MS, busy_s=0.6 * MS, away_s=0.2 * MS)
    found = served(cost, (delay_ms - 0.2) * MS, None, most)
    for clients in (1, 2, 4, 16, most):
        if clients <= most:
            simulated = simulated_rate(delay_ms * MS, 0.6 * MS, clients)
            assert found[clients - 1] == pytest.approx(simulated, rel=1 / 15)
    assert found[-1] == pytest.approx(1 / (0.6 * MS), rel=0.01)


def test_threads_serve_as_awaiting_does_until_they_have_run_out() -> None:
    """Beyond that more clients bring nothing, and awaiting goes on until the processor is busy."""
    cost = Cost(alone_s=0.5 * MS, busy_s=0.5 * MS, away_s=0.0)
    threaded, awaiting = (served(cost, 0.1, places, 400) for places in (40, None))
    assert threaded[:40] == awaiting[:40]
    assert set(threaded[39:]) == {awaiting[39]}
    assert awaiting[39] == pytest.approx(40 / 0.1005, rel=0.01)
    assert awaiting[-1] == pytest.approx(1 / (0.5 * MS), rel=0.01)


def test_a_blocked_loop_serves_one_after_the_other_however_many_ask() -> None:
    """Alone, a request takes the way there and back besides; what is busy costs less CPU."""
    cost = Cost(alone_s=0.6 * MS, busy_s=0.4 * MS, away_s=0.3 * MS)
    found = served(cost, 10 * MS, 1, 64)
    assert found[0] == pytest.approx(1 / (10.9 * MS))
    assert found[-1] == pytest.approx(1 / (10.4 * MS))
