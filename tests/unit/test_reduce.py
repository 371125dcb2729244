"""From the requests on record to the facts of a measurement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.experiment import reduce
from harness.load.driver import LoadResult, Rows, Window
from harness.model.errors import BenchError
from harness.model.facts import CLOSED
from harness.model.trial import Offer

OUTCOMES = ("ok", "late", "error", "shed", "unfinished")
OK, LATE, ERROR, SHED, UNFINISHED = range(5)
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


@pytest.mark.parametrize("phase_s", [0.0, 0.05, 0.1, 0.15, 0.2, 0.25])
def test_answers_that_come_in_bunches_are_prorated(phase_s: float) -> None:
    """Eight end together every 0.3 s.

    A window of one second holds three bunches or four, and always 3.33 services of each client.
    """
    ends = np.arange(-1, 6) * 0.3 + phase_s
    rows = [
        (0, end - 0.3, end - 0.3, min(end, 1.0), OK if end < 1 else UNFINISHED)
        for end in ends
        if end - 0.3 < 1
        for _ in range(8)
    ]
    found = reduce.closed_loop(result(rows), CLOSED, 8)
    assert found.good in {24, 32}
    assert found.prorated == pytest.approx(8 / 0.3, rel=1e-6)
    assert found.goodput * found.proration == pytest.approx(8 / 0.3, rel=1e-6)


def test_a_closed_loop_counts_what_ended_in_its_window() -> None:
    """What ended before or after it is of other windows; what still waits is unfinished."""
    rows: list[Row] = [
        (0, -0.2, -0.2, -0.1, OK),
        (0, 0.1, 0.1, 0.2, OK),
        (0, 0.5, 0.5, 0.6, ERROR),
        (0, 0.6, 0.6, 0.7, OK),
        (0, 0.8, 0.8, 1.0, UNFINISHED),
    ]
    found = reduce.closed_loop(result(rows), CLOSED, 1)
    assert (found.sent, found.good, found.halves) == (3, 2, (1, 1))
    assert found.outcomes == {"ok": 2, "error": 1, "unfinished": 1}
    assert found.cpu_per_request_s == pytest.approx(0.5 / 3)


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
    found = reduce.open_loop(result(rows, phase="1×", in_flight=1.0), "1×", Offer(1.0, 5, 1.0))
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
    alone = result(rows, phase="work")
    both = LoadResult({**alone.windows, "idle": alone.windows["work"]}, alone.rows, 2.0)
    with pytest.raises(BenchError, match="no two requests"):
        reduce.probe(both)
    shifted = Rows(
        **{
            name: np.concatenate([getattr(alone.rows, name)] * 2)
            for name in ("stream", "intended", "sent", "done", "outcome")
        },
        phase=np.repeat([0, 1], 3),
        outcomes=OUTCOMES,
    )
    found = reduce.probe(LoadResult(both.windows, shifted, 2.0))
    assert (found.work_s, found.median_s) == pytest.approx((0.02, 0.03))
    assert found.work_cpu_s == pytest.approx(0.05)  # half a core, ten requests a second


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
