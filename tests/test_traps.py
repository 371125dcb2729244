"""What the catalogue says of its traps, on real servers, each as a ratio inside one trial."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Copy  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there


def served(found: dict[str, Any]) -> dict[int, float]:
    """Give the right answers in time of each closed loop of a sweep, by its clients."""
    return {cell["clients"]: cell["good"] for cell in found["sweep"]}


@pytest.mark.real
def test_a_held_connection_gives_way_where_threads_and_connections_are_used_up(copy: Copy) -> None:
    """By 100 clients under forty threads and fifteen connections, by 150 under forty and forty; without the dependency, nowhere."""
    held, enlarged, brief = map(
        served, copy.measures("held_connection", "held", "enlarged", "brief", rate=0)
    )
    assert held[100] < 0.2 * held[50]
    assert (
        enlarged[60] > 0.5 * enlarged[50]
    )  # the machine can take a quarter of a window of one second
    assert enlarged[150] < 0.6 * enlarged[60]
    assert brief[150] > 0.5 * brief[50]


@pytest.mark.real
def test_an_app_that_runs_out_of_files_fails_after_as_many_requests_and_its_monitor_still_tells(
    copy: Copy,
) -> None:
    """And is not taken for one that was restarted; one that closes what it opens does not fail."""
    piling, closed = copy.measures("lifecycle", "piling", "closed", closed_s=4)
    assert (
        100 < piling["failed_after"] < 300
    )  # the files it may have open, less those that it begins with
    assert closed["failed_after"] is None
    assert "RESTARTED" not in piling["void"]
    assert [moment for moment in piling["inside"]["moments"] if moment["files"] > 290]
    assert max(moment["files"] for moment in closed["inside"]["moments"]) < 100


@pytest.mark.real
def test_other_routes_wait_for_threads_that_a_slow_one_holds(copy: Copy) -> None:
    """Where it has threads of its own, they do not."""
    contending, partitioned = copy.measures(
        "thread_tokens", "contending", "partitioned", rate=440, load=1.1
    )
    waiting = [
        max(moment["threads_waiting"] for moment in one["inside"]["moments"])
        for one in (contending, partitioned)
    ]
    assert waiting[0] > 10
    assert waiting[1] < waiting[0] / 2
