"""What is slower, no slower or unclear, and how often noise alone is suspect."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.design.profile import GATE
from harness.judge import gate, statistics
from harness.judge.gate import MetricChange, MetricVerdict, RunVerdict
from harness.judge.statistics import Interval


def test_capacity_clears_and_cpu_per_request_may_only_accuse() -> None:
    """Where the processor is idle for a part of the time, it spreads by more than any margin."""
    slower, no_slower, unclear = MetricVerdict

    def judged(*verdicts: MetricVerdict) -> RunVerdict:
        interval = Interval(1, 1, 1, 8)
        pairs = zip(gate.METRICS, verdicts, strict=True)
        return RunVerdict(tuple(MetricChange(m, interval, verdict, 1.1) for m, verdict in pairs))

    assert judged(no_slower, unclear).cleared
    assert not judged(unclear, no_slower).settled
    assert judged(no_slower, slower).settled
    assert not judged(no_slower, slower).cleared


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((1.06, 1.04, 1.08), MetricVerdict.SLOWER),
        ((1.06, 0.99, 1.13), MetricVerdict.UNCLEAR),  # the interval holds 1
        ((1.02, 1.01, 1.029), MetricVerdict.NO_SLOWER),  # real, and not worth a red job
        ((1.025, 1.01, 1.04), MetricVerdict.UNCLEAR),
        # An estimate within the margin excuses nothing that the interval leaves open.
        ((1.01, 0.9, 1.12), MetricVerdict.UNCLEAR),
        ((0.8, 0.7, 0.9), MetricVerdict.NO_SLOWER),
        ((math.inf, math.inf, math.inf), MetricVerdict.SLOWER),  # head serves nothing
    ],
)
def test_a_verdict_takes_the_interval_and_the_margin(
    interval: tuple[float, float, float], verdict: MetricVerdict
) -> None:
    """Both, under a margin of 3 %."""
    assert gate.judge_cost(Interval(*interval, 8), 0.03) is verdict


def _red(rng: np.random.Generator, *, looks: tuple[int, ...], noise: float, alpha: float) -> bool:
    """Judge one run of one contest with two metrics, whose differences are drawn."""
    drawn = rng.normal(0, noise, (len(gate.METRICS), looks[-1]))
    for look in looks:
        costs = [statistics.ratio(list(np.exp(one[:look])), [1.0] * look, alpha) for one in drawn]
        found = RunVerdict(
            tuple(
                MetricChange(metric, cost, gate.judge_cost(cost, 0.03), 1.0)
                for metric, cost in zip(gate.METRICS, costs, strict=True)
            )
        )
        if found.settled:
            return bool(found.suspects)
    return False


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1])
def test_noise_is_suspect_in_less_than_one_of_fifty_runs_and_so_red_in_less_than_one_of_a_thousand(
    noise: float,
) -> None:
    """The second run is independent of the first, so that both together err by the product."""
    rng = np.random.default_rng(1)
    wrong = sum(_red(rng, looks=GATE.looks, noise=noise, alpha=gate.GATE_ALPHA) for _ in range(600))
    assert wrong / 600 < 0.02 + 3 * math.sqrt(0.02 * 0.98 / 600)


def test_looking_after_every_block_would_err_far_more_often() -> None:
    """What the planned looks, and alpha shared among them, are for: this mutation is seen."""

    def wrong(looks: tuple[int, ...], alpha: float) -> int:
        rng = np.random.default_rng(2)
        return sum(_red(rng, looks=looks, noise=0.1, alpha=alpha) for _ in range(300))

    assert wrong(tuple(range(8, 29)), 0.05) > 5 * max(wrong(GATE.looks, gate.GATE_ALPHA), 3)
