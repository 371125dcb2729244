"""The estimator against known values, against scipy, and its symmetries."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from harness.catalogue import catalogue
from harness.design.design import ALPHA, Design
from harness.design.profile import PROFILES, Profile
from harness.judge import statistics
from harness.judge.answer import Contrast
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model import Metric, capacity, p50, until_failure
from harness.report.sentences import of_contrast

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
        assert wilcoxon(d - bound - inward * 1e-9, method="exact").pvalue > ALPHA
        assert wilcoxon(d - bound + inward * 1e-9, method="exact").pvalue <= ALPHA


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
        (capacity, "is 0"),
        (p50(0.5), "is beyond the deadline"),
        (until_failure, "does not while it is measured"),
    ],
)
@pytest.mark.parametrize(("gain", "gone"), [(math.inf, "other"), (0.0, "one")])
def test_the_side_that_collapses_is_named(metric: Metric, how: str, gain: float, gone: str) -> None:
    """On either side of the comparison, without a division by zero."""

    def sentence(low: float, high: float, verdict: Verdict) -> str:
        interval = Interval(gain, low, high, 7)
        return str(of_contrast(Contrast(metric, "one", "other", interval, verdict)))

    decided = Verdict.BETTER if gain else Verdict.WORSE
    said = sentence(gain, gain, decided)
    assert said.startswith(gone)
    assert how in said
    low, high = (2.0, math.inf) if gain else (0.0, 0.5)
    assert "most of 7 blocks" in sentence(low, high, decided)
    assert "unclear" in sentence(0.5, math.inf, Verdict.UNCLEAR)


@pytest.mark.parametrize("profile", [profile for profile in PROFILES.values() if profile.judged])
def test_no_profile_looks_before_the_data_could_reach_alpha(profile: Profile) -> None:
    """With k contrasts and l looks alpha is 5 % / k / l, and a look needs 2 / 2^n <= alpha."""
    for scenario in catalogue().values():
        design = Design(scenario, profile)
        shares = len(design.pairs) * len(profile.looks)
        assert design.alpha == pytest.approx(ALPHA / shares)
        assert 2 / 2 ** design.looks[0] <= design.alpha
        assert design.looks[0] >= design.fewest_blocks


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
