"""The estimator against known values, against scipy, and its symmetries."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, ttest_1samp, wilcoxon

from harness.design.design import ALPHA
from harness.judge import signed_rank
from harness.judge.answer import Contrast
from harness.judge.interval import Interval, Judgement, Verdict, judge
from harness.judge.paired import Paired, blocks_to_tell, judge_claims, verdict
from harness.model import Metric, capacity, p50, until_failure
from harness.model.reading import Bound
from harness.report.sentences import of_contrast

VALUES = st.lists(st.floats(0.01, 1000), min_size=6, max_size=12)


def test_the_estimate_is_the_one_in_the_textbook() -> None:
    """Hollander and Wolfe's depression data: 0.46 [0.010, 0.786]."""
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    found = signed_rank.hodges_lehmann([one - two for one, two in zip(before, after, strict=True)])
    assert found == pytest.approx((0.46, 0.010, 0.786))


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_holds_just_what_the_signed_rank_test_does_not_reject(seed: int) -> None:
    """Inverting scipy's exact test gives the same bounds."""
    d = np.random.default_rng(seed).normal(0.3, 1, 9)
    _, low, high = signed_rank.hodges_lehmann(list(d))
    for bound, inward in ((low, 1), (high, -1)):
        assert wilcoxon(d - bound - inward * 1e-9, method="exact").pvalue > ALPHA
        assert wilcoxon(d - bound + inward * 1e-9, method="exact").pvalue <= ALPHA


@given(VALUES)
def test_too_few_blocks_bound_nothing(values: list[float]) -> None:
    """Five pairs can never reach 5 %, whatever they say."""
    assert not signed_rank.ratio(values[:5], [1.0] * 5).bounded
    assert signed_rank.ratio(values, [1.0] * len(values)).bounded


@given(VALUES, st.randoms())
def test_swapping_the_sides_inverts_the_ratio(values: list[float], rng: random.Random) -> None:
    """No side is favoured."""
    others = [rng.uniform(0.1, 10) for _ in values]
    one, other = signed_rank.ratio(values, others), signed_rank.ratio(others, values)
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (1 / other.estimate, 1 / other.high, 1 / other.low)
    )


@given(VALUES, st.floats(0.01, 100), st.randoms())
def test_units_and_the_order_of_blocks_do_not_matter(
    values: list[float], unit: float, rng: random.Random
) -> None:
    """A ratio is the same in seconds and milliseconds, forwards and backwards."""
    shuffled = rng.sample(values, len(values))
    assert signed_rank.ratio(
        [v * unit for v in shuffled], [unit] * len(values)
    ).estimate == pytest.approx(signed_rank.ratio(values, [1.0] * len(values)).estimate)


def test_a_collapse_is_a_result() -> None:
    """Zero goodput gives an infinite ratio, and two collapses cancel."""
    assert signed_rank.ratio([70.0] * 6, [0.0] * 6).low == math.inf
    assert signed_rank.ratio([0.0] * 6, [0.0] * 6).estimate == 1


@pytest.mark.parametrize(
    ("metric", "how"),
    [
        (capacity, "answers nothing in time"),
        (p50(0.5), "is beyond the deadline"),
        (until_failure, "did not fail while it was measured"),
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
    assert "no clear difference" in sentence(0.5, math.inf, Verdict.UNCLEAR)


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ((1.2, 1.1, 1.3), Verdict.BETTER),
        ((0.8, 0.7, 0.9), Verdict.WORSE),
        ((1.01, 0.98, 1.04), Verdict.SAME),
        ((1.1, 0.9, 1.3), Verdict.UNCLEAR),
    ],
)
def test_the_whole_interval_decides(gain: tuple[float, float, float], expected: Verdict) -> None:
    """Never the estimate alone."""
    assert judge(Interval(*gain, 8), 0.05) is expected


def test_the_paired_interval_is_the_one_that_scipy_gives() -> None:
    """Student's t of the differences, where nothing widens it."""
    drawn = np.random.default_rng(3).normal(0.3, 1, 9)
    expected = ttest_1samp(drawn, 0).confidence_interval(0.95)
    found = Paired(drawn.tolist(), 9).interval(ALPHA)
    assert found == pytest.approx((expected.low, expected.high))
    assert Paired(drawn.tolist(), 9).above(0.0) == pytest.approx(
        ttest_1samp(drawn, 0, alternative="greater").pvalue
    )


def test_an_interval_is_never_narrower_than_its_windows_allow() -> None:
    """Whole answers in the same number in every block give a ratio no zero width."""
    same = Paired([math.log(2.5)] * 5, 5, floor=0.02)
    low, high = same.interval(ALPHA)
    assert high - low == pytest.approx(2 * t.ppf(0.975, 4) * 0.02 / math.sqrt(5))


def test_the_wider_of_two_intervals_counts_where_the_noise_asked_for_more() -> None:
    """By the spread of the planned blocks, and by that of all."""
    calm, wild = [0.0, 0.01, -0.01, 0.0], [0.2, -0.2, 0.2, -0.2]
    found = Paired(calm + wild, 4)
    assert found.interval(ALPHA) == pytest.approx(Paired(calm + wild, 8).interval(ALPHA))
    found = Paired(wild + calm, 4)
    low, high = found.interval(ALPHA)
    half = t.ppf(0.975, 3) * np.std(wild, ddof=1) / math.sqrt(8)
    assert high - low == pytest.approx(2 * half)


def test_blocks_are_wanted_by_the_noise_and_never_by_the_ratio() -> None:
    """A half-width of a tenth, and up to a limit."""
    noise = [0.09, -0.09, 0.05, -0.05]
    wanted = {
        Paired([one + shift for one in noise], 4).blocks_wanted(ALPHA, math.log(1.1), 10)
        for shift in (0.0, 0.05, 3.0)
    }
    assert wanted == {math.ceil((t.ppf(0.975, 3) * np.std(noise, ddof=1) / math.log(1.1)) ** 2)}
    assert Paired([one * 9 for one in noise], 4).blocks_wanted(ALPHA, math.log(1.1), 10) == 10
    assert Paired([one / 9 for one in noise], 4).blocks_wanted(ALPHA, math.log(1.1), 10) == 4


@pytest.mark.parametrize("mean", [0.0, 0.02, 0.06])
def test_the_number_of_blocks_that_would_tell_tells_four_times_in_five(mean: float) -> None:
    """Wherever the interval lies: either that something differs, or that nothing does."""
    rng = np.random.default_rng(5)
    first = [mean + one for one in (0.04, -0.04, 0.045, -0.045, 0.0)]
    more = blocks_to_tell(Paired(first, 5), ALPHA, 0.05)
    assert more is not None
    assert more > 5
    spread = float(np.std(first, ddof=1))
    told = [
        verdict(Paired(rng.normal(mean, spread, more).tolist(), more).ratio(ALPHA), 0.05)
        is not Verdict.UNCLEAR
        for _ in range(500)
    ]
    assert np.mean(told) == pytest.approx(0.8, abs=0.1)


def test_a_difference_at_the_margin_is_told_from_none() -> None:
    """Long before it could be shown to lie within."""
    first = [math.log(1.05) + one for one in (0.04, -0.04, 0.045, -0.045, 0.0)]
    more = blocks_to_tell(Paired(first, 5), ALPHA, 0.05)
    assert more is not None
    assert 6 <= more < 20


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1.3, 1.31, 1.29, 1.3], Judgement.CONFIRMED),
        ([0.8, 0.81, 0.79, 0.8], Judgement.REFUTED),
        ([1.3, 0.9, 1.3, 0.9], Judgement.UNDECIDED),
    ],
)
def test_a_claim_is_judged_one_sided_and_only_beyond_doubt(
    differences: list[float], expected: Judgement
) -> None:
    """That it is at least three times as good: log 3 is 1.1."""
    assert judge_claims([(Paired(differences, 4), math.log(3))]) == [expected]


def test_claims_are_judged_together_by_steps() -> None:
    """Holm: the clearest at alpha / k, the next at alpha / (k - 1), and none after a failure."""
    clear = Paired([1.0, 1.01, 0.99, 1.0], 4)
    close = Paired([0.05, 0.02, 0.06, 0.001], 4)
    p = close.above(0.0)
    assert 0.025 < p < 0.05  # fails as one of two, holds as the last one
    assert judge_claims([(close, 0.0), (clear, 0.0)]) == [Judgement.CONFIRMED] * 2
    assert judge_claims([(close, 0.0), (close, 0.0)]) == [Judgement.UNDECIDED] * 2


def test_a_bound_speaks_for_one_side_alone() -> None:
    """At least 700 times confirms 500, and refutes nothing."""
    found = Paired([math.log(700)] * 4, 4, 0.1, Bound.AT_LEAST)
    assert judge_claims([(found, math.log(500))]) == [Judgement.CONFIRMED]
    assert judge_claims([(found, math.log(900))]) == [Judgement.UNDECIDED]
    gain = found.ratio(ALPHA)
    assert gain.high == math.inf
    assert gain.bound is Bound.AT_LEAST
