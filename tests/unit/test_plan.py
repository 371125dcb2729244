"""What is done, and in which order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue import catalogue
from harness.design import design
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.model import Metric, goodput_of, p50, p99

POSTGRES, LIMIT = catalogue()["postgres_read"], catalogue()["upstream_limit"]
QUICK = PROFILES["quick"]


@given(st.integers())
def test_two_variants_go_first_equally_often_in_every_four_blocks(seed: int) -> None:
    """Two AB and two BA, so that drift and going first cancel."""
    orders = list(islice(design.orders(["a", "b"], random.Random(seed)), 16))
    assert all(
        Counter(orders[n : n + 4]) == {("a", "b"): 2, ("b", "a"): 2} for n in range(0, 16, 4)
    )


@given(st.integers())
def test_three_variants_meet_in_all_six_orders_in_every_six_blocks(seed: int) -> None:
    """Each variant is first, second and third twice."""
    orders = list(islice(design.orders(["a", "b", "c"], random.Random(seed)), 12))
    assert all(len(set(orders[n : n + 6])) == 6 for n in (0, 6))


def test_every_block_holds_every_variant_once_under_the_same_load_and_seed() -> None:
    """What differs inside a block is the variant alone."""
    for block in Design(POSTGRES, QUICK).blocks(7, 85):
        assert Counter(trial.variant for trial in block) == Counter(
            variant.name for variant in POSTGRES.variants
        )
        assert len({(trial.seed, trial.offers, trial.closed_s) for trial in block}) == 1


def test_the_seed_fixes_the_whole_plan_and_another_gives_another() -> None:
    """A plan can be repeated."""
    blocks = Design(POSTGRES, QUICK).blocks
    assert blocks(7, 85) == blocks(7, 85)
    assert blocks(7, 85) != blocks(8, 85)


def test_open_loads_are_placed_by_the_smallest_ceiling() -> None:
    """A load of 0.7 is seven tenths of what the slowest variant could ever serve."""
    offers = Design(LIMIT, QUICK).blocks(0, 80)[0][0].offers
    assert [(offer.load, offer.rate) for offer in offers] == [(0.7, 56), (1.5, 120)]


@pytest.mark.parametrize(("metric", "requests"), [(p50(0.5), 200), (p99(0.5), 1000)])
def test_the_window_that_decides_is_long_enough_for_its_quantile(
    metric: Metric, requests: int
) -> None:
    """However slow the slowest variant is; a window that decides nothing is not stretched."""
    for ceiling in (40, 224.6, 460.8, 837.3):
        judged = Design(replace(POSTGRES, primary=metric), QUICK)
        (decides,) = judged.blocks(0, ceiling)[0][0].offers
        assert decides.rate * decides.window_s >= requests
    assert Design(POSTGRES, QUICK).blocks(0, 40)[0][0].offers[0].window_s == QUICK.open_s


def test_a_bystander_is_asked_often_enough_for_its_p99() -> None:
    """A thousand times in the shortest window that is judged."""
    assert all(
        profile.open_s * design.BYSTANDER_RATE >= 1000
        for profile in PROFILES.values()
        if profile.judged and profile.open_s
    )


def test_the_whole_catalogue_fits_into_fifty_minutes() -> None:
    """By the plan's own estimate, which real runs keep honest."""
    assert sum(Design(scenario, QUICK).seconds for scenario in catalogue().values()) < 50 * 60


def test_a_sweep_is_part_of_every_block_and_of_the_estimate() -> None:
    """The same clients for every variant."""
    swept = Design(replace(POSTGRES, primary=goodput_of(60), sweep=(50, 60)), QUICK)
    assert {trial.sweep for block in swept.blocks(0, 85) for trial in block} == {(50, 60)}
    assert swept.seconds > Design(POSTGRES, QUICK).seconds
    assert "64, 50, 60 clients" in "\n".join(design.lines(swept, 0))
