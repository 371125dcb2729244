"""From the requests on record to the facts of a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.experiment import reduce
from harness.load.driver import LoadResult, Rows, Window
from harness.model.errors import BenchError
from harness.model.facts import CLOSED, IDLE, REST, WORK, Setting
from harness.model.trial import Phase, Trial

OUTCOMES = ("ok", "late", "error", "shed", "unfinished")
OK, LATE, ERROR, SHED, UNFINISHED = range(5)
STATUSES = (OK, 500, 404, OK, 500, ERROR)
Row = tuple[int, float, float, float, int]  # stream, intended, sent, done in s, outcome


def result(
    rows: Sequence[Row], *, phase: str = CLOSED, in_flight: float | None = None
) -> LoadResult:
    """Return one phase with a window of a second, and these requests."""
    stream, intended, sent, done, outcome = np.array(rows, float).T
    return LoadResult(
        windows={phase: Window(1.0, 0.1, 0.5, in_flight, None)},
        rows=Rows(
            phase=np.zeros(len(rows), np.int64),
            stream=stream.astype(np.int64),
            intended=(intended * 1e9).round().astype(np.int64),
            sent=(sent * 1e9).round().astype(np.int64),
            done=(done * 1e9).round().astype(np.int64),
            outcome=outcome.astype(np.int64),
            outcomes=OUTCOMES,
        ),
        deadline_s=2.0,
    )


def closed(clients: int) -> Phase:
    """Return the phase of a closed loop with a window of a second."""
    return Phase(name=CLOSED, model="closed", clients=clients, ramp_s=0, window_s=1)


@pytest.mark.parametrize("phase_s", [0.0, 0.005, 0.01, 0.015, 0.02, 0.025])
def test_answers_that_come_in_bunches_are_read_by_their_slope(phase_s: float) -> None:
    """Eight end together every 0.03 s: their number comes in steps, their slope does not."""
    ends = np.arange(-1, 60) * 0.03 + phase_s
    rows = [
        (0, end - 0.03, end - 0.03, min(end, 1.0), OK if end < 1 else UNFINISHED)
        for end in ends
        if end - 0.03 < 1
        for _ in range(8)
    ]
    found = reduce.closed_loop(result(rows), closed(8))
    assert found.good in {264, 272}
    assert found.goodput == pytest.approx(8 / 0.03, rel=0.001)
    assert found.ended_slope == found.slope


def test_a_slope_of_too_few_answers_is_their_number_over_the_window() -> None:
    """A slope of two answers says where they came, not how many."""
    rows: list[Row] = [(0, 0.1, 0.1, 0.2, OK), (0, 0.2, 0.2, 0.3, OK)]
    assert reduce.closed_loop(result(rows), closed(1)).slope == 2
    assert reduce.closed_loop(result(rows[:1]), closed(1)).slope == 1


@pytest.mark.parametrize("clients", [1, 2])
def test_a_closed_loop_is_read_however_few_its_clients_are(clients: int) -> None:
    """One client in a closed loop is no probe: only the phases of a probe are."""
    rows: list[Row] = [(0, 0.1 * n, 0.1 * n, 0.1 * n + 0.1, OK) for n in range(9)]
    trial = Trial(
        scenario="one",
        variant="awaiting",
        kind="deciding",
        block=1,
        position=0,
        seed=1,
        phases=(closed(clients),),
    )
    found = reduce.measurement(result(rows), trial, Setting(place="host"), 1)
    assert found.closed
    assert found.closed.clients == clients
    assert found.probe is None


def test_a_closed_loop_counts_what_ended_in_its_window() -> None:
    """What ended before or after it is of other windows; what still waits is unfinished."""
    rows: list[Row] = [
        (0, -0.2, -0.2, -0.1, OK),
        (0, 0.1, 0.1, 0.2, OK),
        (0, 0.5, 0.5, 0.6, ERROR),
        (0, 0.6, 0.6, 0.7, OK),
        (0, 0.8, 0.8, 1.0, UNFINISHED),
    ]
    found = reduce.closed_loop(result(rows), closed(1))
    assert (found.sent, found.good) == (3, 2)
    assert found.tenths == (0, 0, 1, 0, 0, 0, 0, 1, 0, 0)
    assert found.outcomes == {"ok": 2, "error": 1, "unfinished": 1}
    per_s = 3.0  # so few are only counted
    assert found.ended_slope == pytest.approx(per_s)
    assert found.cpu_per_request_s == pytest.approx(0.5 / per_s)
    idle = reduce.closed_loop(result(rows), closed(1), idle_cpu=0.1)
    assert idle.cpu_per_request_s == pytest.approx(0.4 / per_s)  # without what it uses at rest


def test_an_open_loop_counts_what_was_due_in_its_window_by_stream() -> None:
    """However it ended, and from the intended start."""
    rows: list[Row] = [
        (0, -0.1, -0.1, 0.0, OK),
        (0, 0.1, 0.2, 0.4, OK),
        (0, 0.5, 0.5, 2.5, LATE),
        (0, 0.9, 0.9, 1.1, OK),
        (0, 0.6, 0.6, 0.6, SHED),
        (1, 0.3, 0.3, 0.4, OK),
        (0, 1.1, 1.1, 1.2, OK),
    ]
    phase = Phase(name="1×", model="open", rate=5, load=1.0, ramp_s=0, window_s=1)
    found = reduce.open_loop(result(rows, phase="1×", in_flight=1.0), phase)
    assert (found.work.due, found.work.good, found.work.unanswered) == (4, 2, 2)
    assert found.work.halves_s == pytest.approx((0.3, 0.2))
    assert (found.bystander.due, found.bystander.good) == (1, 1)
    assert found.generator.shed == 1
    assert found.generator.sent == 4
    # In flight within the window: 0.2 + 0.5 + 0.1 + 0.1 request-seconds, and the generator said 1.
    assert found.generator.little == pytest.approx(0.1)


def test_a_probe_reads_the_shortest_and_the_median_and_the_cpu_of_a_cycle() -> None:
    """Of each phase."""
    rows: list[Row] = [
        (0, at, at, at + took, OK) for at, took in ((0, 0.02), (0.1, 0.04), (0.2, 0.03))
    ]
    alone = result(rows, phase=WORK)
    window = alone.windows[WORK]
    with pytest.raises(BenchError, match="no two requests"):
        reduce.probe(LoadResult({WORK: window, IDLE: window}, alone.rows, 2.0), rested=False)
    twice = Rows(
        **{
            name: np.concatenate([getattr(alone.rows, name)] * 2)
            for name in ("stream", "intended", "sent", "done", "outcome")
        },
        phase=np.repeat([1, 2], 3),
        outcomes=OUTCOMES,
    )
    rest = replace(window, server_cpu_s=0.01)
    found = reduce.probe(
        LoadResult({REST: rest, IDLE: window, WORK: window}, twice, 2.0), rested=True
    )
    assert (found.work_s, found.median_s) == pytest.approx((0.02, 0.03))
    assert found.rest_cpu == pytest.approx(0.01)
    # Half a core but for what is used at rest, ten requests a second.
    assert found.work_cpu_s == pytest.approx(0.049)


def test_failures_are_counted_by_status_and_the_first_is_named() -> None:
    """A wrong status is an outcome of its own; what came too late matters least."""
    rows: list[Row] = [(0, 0.1 * n, 0.1 * n, 0.1 * n + 0.05, how) for n, how in enumerate(STATUSES)]
    found = reduce.closed_loop(result(rows), closed(1))
    assert found.outcomes == {"ok": 2, "500": 2, "404": 1, "error": 1}
    assert found.good == 2
    failures = {"late": "too late", "error": "reset", "500": "Internal Server Error"}
    assert reduce.first_failure(replace(result(rows), failures=failures)) == failures["500"]
    assert reduce.first_failure(replace(result(rows), failures={"late": "too late"})) == "too late"
    assert reduce.first_failure(result(rows)) is None


def test_the_first_failure_is_counted_by_the_order_of_ends() -> None:
    """Over all phases; what was unfinished did not fail, and the idle route is not asked about."""
    rows: list[Row] = [
        (0, 0.0, 0.0, 0.3, OK),
        (0, 0.1, 0.1, 0.2, OK),
        (1, 0.1, 0.1, 0.2, ERROR),
        (0, 0.2, 0.2, 0.5, ERROR),
        (0, 0.3, 0.3, 0.4, UNFINISHED),
    ]
    assert reduce.failed_after(result(rows)) == 2
    assert reduce.failed_after(result(rows[:3])) is None
    assert reduce.requests(result(rows)) == 4
    assert reduce.answered(result(rows)) == 2
