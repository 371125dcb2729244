"""A gate ends within its budget, and uses what is left of it where that helps most."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from harness.design.profile import GATE
from harness.experiment import gate_scheduler
from harness.experiment.events import BlockStarted, LookTaken, TrialStarted
from harness.judge.gate import ContestResult
from harness.model.errors import BenchError
from tests.support.simulated_gate import CONTESTS, FIRST, Gates


def test_time_that_is_left_goes_to_what_is_unclear_and_only_to_planned_looks(
    gates: Gates,
) -> None:
    """What is kept for second runs is not wasted where nothing is suspect."""
    one, planned = gates(noise=0.04), GATE.looks
    found = one.results(seconds=420)
    unclear = {
        result.first.changes[0].cost.n: result.contest
        for result in found.values()
        if not result.first.settled
    }
    assert set(unclear) <= set(planned)
    assert {16, 28} & set(unclear)
    for number, contest in unclear.items():
        lacking = next((look - number for look in planned if look > number), math.inf)
        assert 420 - one.time < gate_scheduler.SET_UP_S + lacking * contest.design.block_s


def test_what_goes_on_to_its_next_look_measures_no_block_twice(gates: Gates) -> None:
    """Nor does the look that was taken before end it."""
    one = gates(noise=0.04)
    events = list(one.events(seconds=420))
    trials = Counter(event.trial.key for event in events if isinstance(event, TrialStarted))
    assert set(trials.values()) == {1}
    again = [event for event in events if isinstance(event, ContestResult)][len(CONTESTS) :]
    assert any(result.first.changes[0].cost.n > GATE.looks[0] for result in again)


def test_a_block_is_only_started_where_there_is_time_for_it(gates: Gates) -> None:
    """After a look, where there is time for all blocks up to the next one."""
    one, seconds = gates(noise=0.06), 500.0
    looked: dict[str, int] = {}
    for event in one.events(seconds=seconds, margin=0.2):
        left_s = seconds - one.time
        if isinstance(event, LookTaken):
            looked[event.design.scenario.name] = event.blocks
        if isinstance(event, BlockStarted) and event.number:
            look = looked.get(event.design.scenario.name)
            blocks = 1
            if look and event.number == look + 1 and not event.attempt:
                blocks = next(one for one in GATE.looks if one > look) - look
            assert blocks * event.design.block_s <= left_s + 1e-6


def test_time_that_just_reaches_the_next_look_is_used_to_its_end(gates: Gates) -> None:
    """What was enough when the look was taken is not asked for again at every block."""
    design = CONTESTS[0].design
    second_look_s = design.pilot_s + design.looks[1] * design.block_s
    seconds = second_look_s / (1 - gate_scheduler.CONFIRMING) + 1
    found = gates(noise=0.06).results(CONTESTS[:1], seconds=seconds, refusing=False)
    assert found[FIRST].first.changes[0].cost.n == design.looks[1]


@pytest.mark.parametrize("seconds", [400, 600, 1200])
def test_a_gate_ends_within_its_budget(gates: Gates, seconds: float) -> None:
    """Noise that would take every block, and everything suspect."""
    one = gates(lambda *_: (0.9, 1.1), noise=0.06)
    found = one.results(seconds=seconds, margin=0.2)
    assert len(found) == len(CONTESTS)
    assert one.time <= seconds
    assert not any(result.first.invalid for result in found.values())


def test_a_budget_too_short_is_refused_with_the_one_it_takes() -> None:
    """Before anything is installed."""
    with pytest.raises(BenchError, match="a budget of 60 s is too short for 4 var") as refused:
        gate_scheduler.require_enough(CONTESTS, 60)
    minutes = int(refused.value.hint.removeprefix("--budget ").partition("m")[0])
    gate_scheduler.require_enough(CONTESTS, 60 * minutes)


@pytest.mark.parametrize(
    ("budget_s", "spent_s", "said"),
    [
        (5, 0.9, "a budget of 5 s is too short"),
        (90, 30, "a budget of 90 s is too short"),
        (120, 0, "a budget of 2 min is too short"),
        (300, 240, "a budget of 5 min is too short"),
        (300, 240, "4 min of them to install both sides"),
    ],
)
def test_a_budget_is_named_as_it_was_given(budget_s: float, spent_s: float, said: str) -> None:
    """In seconds where it is short, and with the time that installing took."""
    with pytest.raises(BenchError, match=said):
        gate_scheduler.require_enough(CONTESTS, budget_s, spent_s, installed=True)


def test_a_margin_below_what_can_be_told_is_refused_with_the_smallest_that_can(
    gates: Gates,
) -> None:
    """After the first look of the first contest, which knows how noisy it is here."""
    with pytest.raises(BenchError, match="cannot be detected here in this time") as refused:
        gates(noise=0.05).results(margin=0.001)
    least = float(refused.value.hint.removeprefix("--margin ").partition("%")[0])
    assert 0.5 < least < 20
