"""A gate ends within its budget, and uses what is left of it where that helps most."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.experiment import gate_scheduler
from harness.experiment.events import TrialStarted
from harness.judge.screening import LOOKS
from harness.model.errors import BenchError
from tests.support.simulated_gate import AWAITING, CONTESTS, Gates, only


def test_what_is_suspect_is_measured_afresh_up_to_the_look_that_settles_it(gates: Gates) -> None:
    """And at planned looks alone; what is not suspect is not measured again."""
    one = gates(lambda *_: (1, 1.03), noise=0.03)
    found = one.results()
    blocks = Counter(measured.trial.scenario for measured in one.again.read())
    assert {count // 2 for count in blocks.values()} <= set(LOOKS)
    assert set(blocks) == {name for name, result in found.items() if result.screened.suspects}
    assert LOOKS[-1] in {count // 2 for count in blocks.values()}


def test_no_block_is_measured_twice(gates: Gates) -> None:
    """Nor does the look that was taken before end it."""
    one = gates(lambda *_: (1, 1.03), noise=0.03)
    trials = Counter(
        (event.trial.key, event.trial.seed)
        for event in one.events()
        if isinstance(event, TrialStarted)
    )
    assert set(trials.values()) == {1}


def test_fresh_blocks_are_only_begun_where_there_is_time_up_to_the_next_look(
    gates: Gates,
) -> None:
    """Half a look says nothing."""
    one = gates(lambda *_: (1, 1.03), noise=0.03)
    needed_s = sum(contest.design.seconds for contest in CONTESTS) + gate_scheduler.SET_UP_S
    seconds = needed_s + 1.5 * LOOKS[0] * CONTESTS[0].design.block_s
    one.results(seconds=seconds)
    blocks = Counter(measured.trial.scenario for measured in one.again.read())
    assert [count // 2 for count in blocks.values()] == [LOOKS[0]]
    assert one.time <= seconds


def test_the_clearest_suspect_is_measured_afresh_first(gates: Gates) -> None:
    """So that a budget that ends too early has met it."""
    one = gates(only(AWAITING, 0.8, 1.25))
    one.results()
    assert one.again.read()[0].trial.scenario == AWAITING


@pytest.mark.parametrize("seconds", [70, 120, 400])
def test_a_gate_ends_within_its_budget(gates: Gates, seconds: float) -> None:
    """Noise that would take every block, and everything suspect."""
    one = gates(lambda *_: (0.9, 1.1), noise=0.06)
    found = one.results(seconds=seconds, margin=0.2)
    assert len(found) == len(CONTESTS)
    assert one.time <= seconds
    assert not any(result.screened.invalid for result in found.values())


def test_a_budget_too_short_is_refused_with_the_one_it_takes() -> None:
    """Before anything is installed."""
    with pytest.raises(BenchError, match="a budget of 30 s is too short for 4 var") as refused:
        gate_scheduler.require_enough(CONTESTS, 30, 0)
    minutes = int(refused.value.hint.removeprefix("--budget ").partition("m")[0])
    gate_scheduler.require_enough(CONTESTS, 60 * minutes, 0)


@pytest.mark.parametrize(
    ("budget_s", "spent_s", "said"),
    [
        (5, 0.9, "a budget of 5 s is too short"),
        (90, 80, "a budget of 90 s is too short"),
        (120, 100, "a budget of 2 min is too short"),
        (300, 270, "a budget of 5 min is too short"),
        (300, 270, "4.5 min of them to install both sides"),
    ],
)
def test_a_budget_is_named_as_it_was_given(budget_s: float, spent_s: float, said: str) -> None:
    """In seconds where it is short, and with the time that installing took."""
    with pytest.raises(BenchError, match=said):
        gate_scheduler.require_enough(CONTESTS, budget_s, spent_s, installed=True)
