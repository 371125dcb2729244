"""What is done, and in which order."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from harness import plan
from harness.catalogue import catalogue
from harness.plan import PROFILES

POSTGRES, LIMIT = catalogue()["postgres_read"], catalogue()["upstream_limit"]
QUICK = PROFILES["quick"]


@given(st.integers())
def test_two_variants_go_first_equally_often_in_every_four_blocks(seed: int) -> None:
    """Two AB and two BA, so that drift and going first cancel."""
    orders = list(islice(plan.orders(["a", "b"], random.Random(seed)), 16))
    assert all(Counter(orders[n : n + 4]) == {("a", "b"): 2, ("b", "a"): 2} for n in range(0, 16, 4))


@given(st.integers())
def test_three_variants_meet_in_all_six_orders_in_every_six_blocks(seed: int) -> None:
    """Each variant is first, second and third twice."""
    orders = list(islice(plan.orders(["a", "b", "c"], random.Random(seed)), 12))
    assert all(len(set(orders[n : n + 6])) == 6 for n in (0, 6))


def test_every_block_holds_every_variant_once_under_the_same_load_and_seed() -> None:
    """What differs inside a block is the variant alone."""
    for block in plan.blocks(POSTGRES, QUICK, 7, 85):
        assert Counter(trial.variant for trial in block) == Counter(variant.name for variant in POSTGRES.variants)
        assert len({(trial.seed, trial.offers, trial.closed_s) for trial in block}) == 1


def test_the_seed_fixes_the_whole_plan_and_another_gives_another() -> None:
    """A plan can be repeated."""
    assert plan.blocks(POSTGRES, QUICK, 7, 85) == plan.blocks(POSTGRES, QUICK, 7, 85)
    assert plan.blocks(POSTGRES, QUICK, 7, 85) != plan.blocks(POSTGRES, QUICK, 8, 85)


def test_open_loads_are_placed_by_the_smallest_ceiling() -> None:
    """A load of 0.7 is seven tenths of what the slowest variant could ever serve."""
    offers = plan.blocks(LIMIT, QUICK, 0, 80)[0][0].offers
    assert [(offer.load, offer.rate) for offer in offers] == [(0.5, 40), (0.7, 56), (1.5, 120)]


def test_a_latency_window_is_long_enough_for_a_median() -> None:
    """Two hundred requests and some, at the lowest load of the default profile."""
    assert all(offer.rate * offer.window_s >= 200 for offer in plan.blocks(POSTGRES, QUICK, 0, 85)[0][0].offers)


def test_the_default_run_fits_into_a_quarter_of_an_hour() -> None:
    """By the plan's own estimate, which benchmarks of real runs keep honest."""
    assert sum(plan.seconds(scenario, QUICK) for scenario in catalogue().values()) < 15 * 60
