"""The gate goes red on a regression and never on noise, and says what is unclear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from harness.experiment.run import Driver
from harness.judge import gate
from harness.judge.gate import (
    Contest,
    ContestResult,
    GateVerdict,
    MetricChange,
    MetricVerdict,
    RunVerdict,
    judge_run,
)
from harness.judge.statistics import Interval
from harness.model import Budget
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.store.run import Run
from tests.support.simulated_gate import AWAITING, CONTESTS, FIRST, POSTGRES, Gates, only

SLOWER = RunVerdict(
    (MetricChange(gate.CAPACITY, Interval(1.2, 1.1, 1.3, 8), MetricVerdict.SLOWER, 1.1),)
)


def test_two_equal_sides_pass(gates: Gates) -> None:
    """Every contest, by several seeds; and no second run is needed."""
    for seed in range(2):
        found = gates().results(seed=seed)
        assert len(found) == len(CONTESTS)
        assert gate.exit_code(list(found.values()), strict=False) == 0
        assert not any(result.confirmed for result in found.values())


@pytest.mark.parametrize(
    ("served", "computed", "metric"),
    [(1, 1.1, "CPU per request"), (0.9, 1, "capacity"), (0.5, 1, "capacity")],
)
def test_a_slower_variant_is_red_and_the_others_stay_green(
    gates: Gates, served: float, computed: float, metric: str
) -> None:
    """More CPU, a longer wait, half the pool: confirmed by a second run."""
    found = gates(only(AWAITING, served, computed)).results()
    assert found[AWAITING].verdict is GateVerdict.REGRESSION
    assert metric in found[AWAITING].confirmed
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


def test_what_a_second_run_does_not_say_is_not_red(gates: Gates) -> None:
    """A neighbour that slowed head down in the first run alone."""
    first_alone = gates(lambda _, run: (1, 1.2) if run.folder.name == "run" else (1, 1))
    result = first_alone.results(CONTESTS[:1])[FIRST]
    assert result.first.suspects
    assert result.second is not None
    assert result.verdict is GateVerdict.UNCLEAR
    assert gate.exit_code([result], strict=False) == 0
    assert gate.exit_code([result], strict=True) == 4


def test_what_was_found_is_read_back_from_the_records(gates: Gates) -> None:
    """Both runs of a suspect, and the one of every other."""
    one = gates(only(AWAITING, 1, 1.1))
    found = one.results()
    first, again = (run.read() for run in one.runs)
    repeated = {measurement.trial.scenario for measurement in again}
    for name, result in found.items():
        second = judge_run(result.contest, again, 0.03) if name in repeated else None
        read = ContestResult(result.contest, judge_run(result.contest, first, 0.03), second)
        assert (read.verdict, read.confirmed) == (result.verdict, result.confirmed)
    assert repeated == {AWAITING}


def test_a_second_run_has_another_seed(gates: Gates) -> None:
    """Else it would say the same because it is the same."""
    one = gates(only(FIRST, 1, 1.2))
    one.results(CONTESTS[:1])
    seeds = [{measured.trial.seed for measured in run.read()} for run in one.runs]
    assert seeds[0]
    assert seeds[1]
    assert not seeds[0] & seeds[1]


def test_a_faster_head_passes(gates: Gates) -> None:
    """An improvement is no regression."""
    found = gates(only(FIRST, 1.2, 0.8)).results(CONTESTS[:1])
    assert found[FIRST].verdict is GateVerdict.PASSED


def test_an_app_that_fails_is_named_and_the_others_go_on(gates: Gates) -> None:
    """Exit code 3, and no traceback."""
    one = gates()
    stage = one.stage

    @contextmanager
    def failing(contest: Contest, run: Run) -> Iterator[Driver]:
        with stage(contest, run) as drive:
            if contest is CONTESTS[1]:
                what = f"{contest.name}/head (pilot) answered 500 to /users/1"
                raise BenchError(what, hint="its log is there")
            yield drive

    one.stage = failing  # type: ignore[method-assign]
    found = one.results()
    assert found[CONTESTS[1].name].first.broken
    assert "answered 500" in found[CONTESTS[1].name].first.invalid
    assert [result.verdict for result in found.values()].count(GateVerdict.PASSED) >= 2
    assert gate.exit_code(list(found.values()), strict=False) == 3


def test_a_head_that_serves_nothing_is_red(gates: Gates) -> None:
    """It has no CPU per request, and its capacity says enough."""
    found = gates(only(FIRST, 0, 1)).results(CONTESTS[:1])[FIRST]
    assert found.verdict is GateVerdict.REGRESSION
    assert found.confirmed == ("capacity",)


def errors(found: Measurement) -> Measurement:
    """Let all requests fail."""
    return replace(found, closed=replace(found.closed, good=0, outcomes={"status": 100}))


def other_answers(found: Measurement) -> Measurement:
    """Let one answer be another."""
    return replace(found, closed=replace(found.closed, outcomes={"other": 1}))


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
    found = [*failing.results(CONTESTS[:1]).values(), *gates().results(CONTESTS[1:2]).values()]
    assert [result.verdict for result in found] == [GateVerdict.INVALID, GateVerdict.PASSED]
    assert gate.exit_code(found, strict=False) == code


def test_an_app_that_fails_in_the_second_run_is_not_let_pass() -> None:
    """What could not be asked again because the app broke is no noise either."""
    failed = RunVerdict(invalid="it fell", broken=True)
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
