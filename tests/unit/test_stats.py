"""What is said of numbers: the estimator against known values, an oracle, and its symmetries."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from harness.design.plan import LEVEL, PROFILES, fewest_blocks, level, looks
from harness.judge import statistics
from harness.judge.answer import Contrast, sentence
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.catalogue import catalogue
from harness.model.scenario import Metric, capacity, p50, until_failure

VALUES = st.lists(st.floats(0.01, 1000), min_size=6, max_size=12)


def test_the_estimate_is_the_one_in_the_textbook() -> None:
    """Hollander and Wolfe's depression data: 0.46 [0.010, 0.786]."""
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    found = statistics.difference(before, after)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.46, 0.010, 0.786))


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_holds_just_what_the_signed_rank_test_does_not_reject(seed: int) -> None:
    """Inverting scipy's exact test gives the same bounds."""
    d = np.random.default_rng(seed).normal(0.3, 1, 9)
    _, low, high = statistics.hodges_lehmann(list(d))
    for bound, inward in ((low, 1), (high, -1)):
        assert wilcoxon(d - bound - inward * 1e-9, method="exact").pvalue > LEVEL
        assert wilcoxon(d - bound + inward * 1e-9, method="exact").pvalue <= LEVEL


@given(VALUES)
def test_too_few_blocks_bound_nothing(values: list[float]) -> None:
    """Five pairs can never reach 5 %, whatever they say."""
    assert not statistics.ratio(values[:5], [1.0] * 5).bounded
    assert statistics.ratio(values, [1.0] * len(values)).bounded


@given(VALUES, st.randoms())
def test_swapping_the_sides_inverts_the_ratio(values: list[float], rng: random.Random) -> None:
    """No side is favoured."""
    others = [rng.uniform(0.1, 10) for _ in values]
    one, other = statistics.ratio(values, others), statistics.ratio(others, values)
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (1 / other.estimate, 1 / other.high, 1 / other.low)
    )


@given(VALUES, st.floats(0.01, 100), st.randoms())
def test_units_and_the_order_of_blocks_do_not_matter(
    values: list[float], unit: float, rng: random.Random
) -> None:
    """A ratio is the same in seconds and milliseconds, forwards and backwards."""
    shuffled = rng.sample(values, len(values))
    assert statistics.ratio(
        [v * unit for v in shuffled], [unit] * len(values)
    ).estimate == pytest.approx(statistics.ratio(values, [1.0] * len(values)).estimate)


def test_a_collapse_is_a_result() -> None:
    """Zero goodput gives an infinite ratio, and two collapses cancel."""
    assert statistics.ratio([70.0] * 6, [0.0] * 6).low == math.inf
    assert statistics.ratio([0.0] * 6, [0.0] * 6).estimate == 1


@pytest.mark.parametrize(
    ("metric", "how"),
    [
        (capacity, "is nothing at all"),
        (p50(0.5), "is beyond the deadline"),
        (until_failure, "fails while it is measured"),
    ],
)
@pytest.mark.parametrize(("gain", "gone"), [(math.inf, "other"), (0.0, "one")])
def test_whoever_collapses_is_named(metric: Metric, how: str, gain: float, gone: str) -> None:
    """On either side of the comparison, and nothing is divided by nothing."""
    said = sentence(
        Contrast(
            metric,
            "one",
            "other",
            Interval(gain, gain, gain, 7),
            Verdict.BETTER if gain else Verdict.WORSE,
        )
    )
    assert said.startswith(gone)
    assert how in said
    some = Interval(gain, *((2.0, math.inf) if gain else (0.0, 0.5)), 7)
    assert "most of 7 blocks" in sentence(
        Contrast(metric, "one", "other", some, Verdict.BETTER if gain else Verdict.WORSE)
    )
    none = Interval(gain, 0.5, math.inf, 7)
    assert "unclear" in sentence(Contrast(metric, "one", "other", none, Verdict.UNCLEAR))


@pytest.mark.parametrize("profile", [profile for profile in PROFILES.values() if profile.judged])
def test_no_profile_looks_before_the_data_could_reach_the_level(profile: object) -> None:
    """With k contrasts and l looks the level is 5 % / k / l, and a look comes no earlier than 2 / 2^n <= level."""
    for scenario in catalogue().values():
        first = looks(scenario, profile)[0]  # type: ignore[arg-type]
        assert 2 / 2**first <= level(scenario, profile)  # type: ignore[arg-type]
        assert first >= fewest_blocks(LEVEL)


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [
        ((1.2, 1.1, 1.3), Verdict.BETTER),
        ((0.8, 0.7, 0.9), Verdict.WORSE),
        ((1.01, 0.98, 1.04), Verdict.SAME),
        ((1.1, 0.9, 1.3), Verdict.UNCLEAR),
    ],
)
def test_the_whole_interval_decides(gain: tuple[float, float, float], verdict: Verdict) -> None:
    """Never the estimate alone."""
    assert statistics.judge(Interval(*gain, 8), 0.05) is verdict


def test_a_claim_is_judged_by_the_bound_that_is_against_it() -> None:
    """Confirmed only if even the low end holds it, refuted only if even the high end does not."""
    judged = [
        statistics.judge_claim(Interval(3.5, low, high, 8), 3)
        for low, high in ((3.1, 4), (2, 2.9), (2.9, 4))
    ]
    assert judged == [Judgement.CONFIRMED, Judgement.REFUTED, Judgement.UNDECIDED]
