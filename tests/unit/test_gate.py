"""The gate goes red on a regression and never on noise, and says what is unclear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from harness.experiment.run import Driver
from harness.judge import gate
from harness.judge.gate import (
    Confirmed,
    Contest,
    ContestResult,
    GateVerdict,
    MetricChange,
    Screened,
)
from harness.judge.interval import Interval
from harness.judge.screening import confirm, screen
from harness.model import Budget
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.store.run import Run
from tests.support.simulated_gate import AWAITING, CONTESTS, FIRST, POSTGRES, Gates, only

SLOWER = Screened(
    (
        MetricChange(
            gate.CAPACITY,
            Interval(1.2, 1.1, 1.3, 4),
            suspect=True,
            cleared=False,
            faster=False,
            detectable=1.1,
        ),
    )
)


def test_two_equal_sides_pass(gates: Gates) -> None:
    """Every contest, by several seeds: what is suspect by chance is not so in fresh blocks."""
    for seed in range(5):
        found = gates().results(seed=seed)
        assert len(found) == len(CONTESTS)
        assert gate.exit_code(list(found.values()), strict=False) == 0
        assert not any(one.fresh and one.fresh.slower for one in found.values())


@pytest.mark.parametrize(
    ("served", "computed", "metric"),
    [(1, 1.1, "CPU per request"), (0.9, 1, "capacity"), (0.5, 1, "capacity")],
)
def test_a_slower_variant_is_red_and_the_others_stay_green(
    gates: Gates, served: float, computed: float, metric: str
) -> None:
    """More CPU, a longer wait, half the pool: confirmed by fresh blocks."""
    found = gates(only(AWAITING, served, computed)).results()
    assert found[AWAITING].verdict is GateVerdict.REGRESSION
    fresh = found[AWAITING].fresh
    assert fresh is not None
    assert metric in fresh.slower
    assert gate.exit_code(list(found.values()), strict=False) == 1
    others = {result.verdict for name, result in found.items() if name != AWAITING}
    assert others <= {GateVerdict.PASSED, GateVerdict.UNCLEAR}


def test_five_percent_is_found_as_a_rule(gates: Gates) -> None:
    """At least eight times in ten, beyond a margin of three.

    Where the processor is what bounds it, its capacity falls by as much.
    """
    slower = only(AWAITING, 1 / 1.05, 1.05)
    found = [gates(slower).results(CONTESTS[2:3], seed=seed)[AWAITING] for seed in range(10)]
    assert sum(result.verdict is GateVerdict.REGRESSION for result in found) >= 8


def test_what_fresh_blocks_do_not_say_is_not_red(gates: Gates) -> None:
    """A neighbour that slowed head down in the first blocks alone: they clear it."""
    first_alone = gates(lambda _, run: (1, 1.2) if run.folder.name == "run" else (1, 1))
    result = first_alone.results(CONTESTS[:1])[FIRST]
    assert result.screened.suspects
    assert result.fresh is not None
    assert result.verdict is GateVerdict.PASSED
    assert gate.exit_code([result], strict=True) == 0


def test_a_suspect_without_fresh_blocks_is_unclear() -> None:
    """There was no time for them: no green, and no red either."""
    result = ContestResult(CONTESTS[0], SLOWER)
    assert result.verdict is GateVerdict.UNCLEAR
    assert gate.exit_code([result], strict=False) == 0
    assert gate.exit_code([result], strict=True) == 4


def test_what_was_found_is_read_back_from_the_records(gates: Gates) -> None:
    """The screen of all, and the fresh blocks of a suspect."""
    one = gates(only(AWAITING, 1, 1.1))
    found = one.results()
    screened = screen(CONTESTS, one.first.read())
    suspects = {name: result for name, result in found.items() if result.screened.suspects}
    total = sum(len(result.screened.suspects) for result in suspects.values())
    assert AWAITING in suspects
    for result, read in zip(found.values(), screened, strict=True):
        assert result.screened == read
    for result in suspects.values():
        metrics = [change.metric for change in result.screened.suspects.values()]
        assert result.fresh == confirm(result.contest, one.again.read(), metrics, total)
    assert {measured.trial.scenario for measured in one.again.read()} == set(suspects)


def test_fresh_blocks_that_clear_cpu_alone_leave_an_unknown_capacity_unclear() -> None:
    """What passes is passed by its capacity."""
    interval = Interval(1.2, 1.1, 1.3, 4)

    def result(*, cleared: bool) -> ContestResult:
        changes = tuple(
            MetricChange(
                metric,
                interval,
                suspect=metric == gate.CPU,
                cleared=cleared,
                faster=False,
                detectable=1.1,
            )
            for metric in gate.METRICS
        )
        return ContestResult(CONTESTS[0], Screened(changes), Confirmed({}, (), settled=True))

    assert result(cleared=False).verdict is GateVerdict.UNCLEAR
    assert result(cleared=True).verdict is GateVerdict.PASSED


def test_fresh_blocks_have_another_seed(gates: Gates) -> None:
    """Else it would say the same because it is the same."""
    one = gates(only(FIRST, 1, 1.2))
    one.results(CONTESTS[:1])
    seeds = [{found.trial.seed for found in run.read()} for run in (one.first, one.again)]
    assert seeds[0]
    assert seeds[1]
    assert not seeds[0] & seeds[1]


def test_a_faster_head_is_said_to_be_faster(gates: Gates) -> None:
    """An improvement is no regression, and more than "no slower"."""
    found = gates(only(FIRST, 1.2, 0.8)).results()
    assert found[FIRST].verdict is GateVerdict.FASTER
    assert gate.exit_code(list(found.values()), strict=True) == 0


def test_an_app_that_fails_is_named_and_the_others_go_on(gates: Gates) -> None:
    """Exit code 3, and no traceback."""
    one = gates()
    stage = one.stage

    @contextmanager
    def failing(contests: Sequence[Contest], run: Run) -> Iterator[Callable[[Contest], Driver]]:
        with stage(contests, run) as driver_of:

            def driver(contest: Contest) -> Driver:
                if contest is CONTESTS[1]:
                    what = f"{contest.name}/head (evidence) answered 500 to /users/1"
                    raise BenchError(what, hint="its log is there")
                return driver_of(contest)

            yield driver

    one.stage = failing  # type: ignore[method-assign, assignment]
    found = one.results()
    assert found[CONTESTS[1].name].screened.broken
    assert "answered 500" in found[CONTESTS[1].name].screened.invalid
    assert [result.verdict for result in found.values()].count(GateVerdict.PASSED) >= 2
    assert gate.exit_code(list(found.values()), strict=False) == 3


def test_a_head_that_serves_nothing_is_red(gates: Gates) -> None:
    """It has no CPU per request, and its capacity says enough."""
    found = gates(only(FIRST, 0, 1)).results(CONTESTS[:1])[FIRST]
    assert found.verdict is GateVerdict.REGRESSION
    assert found.fresh is not None
    assert found.fresh.slower == ("capacity",)


def changed(found: Measurement, **values: Any) -> Measurement:
    """Change what was seen of the closed loop."""
    assert found.closed is not None
    return replace(found, closed=replace(found.closed, **values))


def errors(found: Measurement) -> Measurement:
    """Let all requests fail."""
    return changed(found, good=0, sent=100, outcomes={"status": 100}, tenths=())


def other_answers(found: Measurement) -> Measurement:
    """Let one answer be another."""
    closed = found.closed
    assert closed is not None
    return changed(found, sent=closed.sent + 1, outcomes={**closed.outcomes, "other": 1})


def noise(found: Measurement) -> Measurement:
    """Let others use the machine."""
    return replace(found, foreign=0.5)


@pytest.mark.parametrize(("spoil", "code"), [(errors, 3), (other_answers, 3), (noise, 0)])
def test_a_head_whose_requests_fail_under_load_is_no_noise(
    gates: Gates, spoil: object, code: int
) -> None:
    """Beside another contest that passes."""
    failing = gates()
    failing.spoil = spoil  # type: ignore[assignment]
    found = [
        *failing.results(CONTESTS[:1]).values(),
        *gates(noise=0.005).results(CONTESTS[1:2]).values(),
    ]
    assert [result.verdict for result in found] == [GateVerdict.INVALID, GateVerdict.PASSED]
    assert gate.exit_code(found, strict=False) == code


def test_an_app_that_fails_in_fresh_blocks_is_not_let_pass() -> None:
    """What could not be asked again because the app broke is no noise either."""
    failed = Confirmed({}, (), settled=True, invalid="it fell", broken=True)
    assert ContestResult(CONTESTS[0], SLOWER, failed).verdict is GateVerdict.UNCLEAR
    assert gate.exit_code([ContestResult(CONTESTS[0], SLOWER, failed)], strict=False) == 3


def test_what_only_one_side_has_is_named_and_each_side_has_its_own_budget() -> None:
    """Questions and knobs are head's."""
    fewer = POSTGRES.drop({"awaiting", "offloaded"})
    base = replace(fewer, budget=Budget(connections=20), knobs={"wait_ms": 5})
    found, lone = gate.contests(POSTGRES, base)
    assert [contest.title for contest in found] == [
        "postgres_read/blocking",
        "postgres_read/threaded",
    ]
    assert lone == [
        "postgres_read/awaiting (only head has it)",
        "postgres_read/offloaded (only head has it)",
    ]
    scenario = found[0].scenario
    budgets = [scenario.budget_of(variant).connections for variant in scenario.variants]
    assert budgets == [20, 10]
    assert scenario.knobs == POSTGRES.knobs
    assert scenario.home == "postgres_read"
