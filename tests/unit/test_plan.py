"""What is done, and in which order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue import catalogue, select
from harness.design import script
from harness.design.design import Design, Placing
from harness.design.orders import orders
from harness.design.profile import PROFILES
from harness.model import Metric, Scenario, goodput_of, p50, p99
from harness.model.histogram import ENOUGH
from harness.model.trial import Phase, Trial

POSTGRES, LIMIT = catalogue()["postgres_read"], catalogue()["upstream_limit"]
QUICK = PROFILES["quick"]


@given(st.integers())
def test_two_variants_go_first_equally_often_in_every_four_blocks(seed: int) -> None:
    """Two AB and two BA, so that drift and going first cancel."""
    drawn = list(islice(orders(["a", "b"], random.Random(seed)), 16))
    assert all(Counter(drawn[n : n + 4]) == {("a", "b"): 2, ("b", "a"): 2} for n in range(0, 16, 4))


@given(st.integers())
def test_three_variants_meet_in_all_six_orders_in_every_six_blocks(seed: int) -> None:
    """Each variant is first, second and third twice."""
    drawn = list(islice(orders(["a", "b", "c"], random.Random(seed)), 12))
    assert all(len(set(drawn[n : n + 6])) == 6 for n in (0, 6))


@given(st.integers(4, 7), st.integers())
def test_more_variants_follow_each_other_equally_often(k: int, seed: int) -> None:
    """Each has every place equally often too: a Williams design, of twice as many rows if odd."""
    names = [str(number) for number in range(k)]
    times = 1 if k % 2 == 0 else 2
    drawn = list(islice(orders(names, random.Random(seed)), times * k))
    followed = Counter(pair for order in drawn for pair in pairwise(order))
    assert len(followed) == k * (k - 1)
    assert set(followed.values()) == {times}
    for place in range(k):
        assert set(Counter(order[place] for order in drawn).values()) == {times}


def _first(design: Design, seed: int = 0, ceiling: float = 100.0) -> list[Trial]:
    return next(design.blocks(seed, Placing(ceiling, 0.01)))


def _open(design: Design, ceiling: float) -> list[Phase]:
    """Return the open loads of a deciding trial, or of one that is seen once."""
    placing = Placing(ceiling, 0.01)
    trials = [*_first(design, 0, ceiling)[:1], *design.exploring(0, placing)[:1]]
    return [phase for trial in trials for phase in trial.phases if phase.rate]


def test_every_block_holds_every_variant_once_under_the_same_load_and_seed() -> None:
    """What differs inside a block is the variant alone, and by how much its ramp is jittered."""
    block = _first(Design(POSTGRES, QUICK), 7)
    assert Counter(trial.variant for trial in block) == Counter(
        variant.name for variant in POSTGRES.variants
    )
    steady = {tuple(replace(phase, ramp_s=0) for phase in trial.phases) for trial in block}
    assert len(steady) == len({trial.seed for trial in block}) == 1


def test_ramps_are_jittered_so_that_no_rhythm_is_met_at_equal_steps() -> None:
    """By up to a tenth of a second, a length of its own for each trial."""
    blocks = islice(Design(POSTGRES, QUICK).blocks(7, Placing(100, 0.01)), 5)
    ramps = [trial.phases[0].ramp_s for block in blocks for trial in block]
    assert len(set(ramps)) > 0.9 * len(ramps)
    assert min(ramps) - script.RAMP_S >= 0
    assert max(ramps) - script.RAMP_S <= 0.1


def test_the_seed_fixes_the_whole_plan_and_another_gives_another() -> None:
    """A plan can be repeated."""
    design = Design(POSTGRES, QUICK)
    assert _first(design, 7) == _first(design, 7)
    assert _first(design, 7) != _first(design, 8)


def test_what_decides_is_in_every_block_and_the_rest_is_seen_once() -> None:
    """In `quick`; where every block holds all loads, nothing is left to be seen once."""
    quick, standard = (Design(LIMIT, PROFILES[name]) for name in ("quick", "standard"))
    placing = Placing(80.0, 0.01)
    (decides,) = _first(quick)[0].phases
    assert {decides.name} == script.deciding(LIMIT)
    once = {phase.name for phase in quick.exploring(0, placing)[0].phases}
    assert decides.name not in once
    assert once == {"1.5×", "closed"}
    assert not standard.exploring(0, placing)
    assert {phase.name for phase in _first(standard)[0].phases} > once | {decides.name}


def test_open_loads_are_placed_by_the_smallest_ceiling() -> None:
    """A load of 0.7 is seven tenths of what the slowest variant could ever serve."""
    offers = _open(Design(LIMIT, QUICK), 80)
    assert [(phase.load, phase.rate) for phase in offers] == [(0.7, 56), (1.5, 120)]


@pytest.mark.parametrize(
    ("metric", "requests"), [(p50(0.5), ENOUGH[0.5]), (p99(0.5), ENOUGH[0.99])]
)
def test_the_window_that_decides_is_long_enough_for_its_quantile(
    metric: Metric, requests: int
) -> None:
    """However slow the slowest variant is; a window that decides nothing is not stretched."""
    for ceiling in (40, 224.6, 460.8, 837.3):
        (decides,) = _open(Design(replace(POSTGRES, primary=metric), QUICK), ceiling)
        assert decides.rate * decides.window_s >= requests
    assert _open(Design(POSTGRES, QUICK), 40)[0].window_s == QUICK.open_s


def test_a_bystander_is_asked_often_enough_for_its_p99() -> None:
    """In the shortest window that is judged."""
    assert all(
        profile.open_s * script.BYSTANDER_RATE >= ENOUGH[0.99]
        for profile in PROFILES.values()
        if profile.judged
    )


def test_a_closed_loop_lasts_until_the_slowest_variant_gave_some_answers() -> None:
    """Within limits: too few answers have no slope."""

    def window_s(slowest_s: float) -> float:
        block = next(Design(POSTGRES, QUICK).blocks(0, Placing(None, slowest_s)))
        return block[0].phases[0].window_s

    assert [window_s(one) for one in (0.001, 0.02, 1.0)] == [
        QUICK.closed_s,
        pytest.approx(script.ANSWERS * 0.02),
        QUICK.closed_most_s,
    ]


def test_a_bare_run_fits_into_twenty_minutes() -> None:
    """By the plan's own estimate, which real runs keep honest."""
    bare = select([], catalogue())
    assert sum(Design(scenario, QUICK).seconds for scenario in bare) < 20 * 60


@pytest.mark.parametrize(("group", "minutes"), [("map", 6), ("stack", 10)])
def test_a_group_that_stands_apart_fits_into_its_time(group: str, minutes: int) -> None:
    """At all points, by the same estimate."""
    points = [one for asked in select([], catalogue(), [group]) for one in asked.points]
    assert sum(Design(one, QUICK).seconds for one in points) < minutes * 60


def test_a_sweep_that_decides_is_part_of_every_block_and_of_the_estimate() -> None:
    """The same clients for every variant; what decides nothing of it is seen once."""
    asked: Scenario = replace(POSTGRES, primary=goodput_of(60), sweep=(50, 60))
    swept = Design(asked, QUICK)
    for trial in _first(swept):
        assert [phase.clients for phase in trial.phases] == [60]
    once = swept.exploring(0, Placing(80.0, 0.01))
    assert [phase.clients for phase in once[0].phases if phase.clients] == [64, 50]
    assert swept.seconds > Design(POSTGRES, QUICK).seconds
