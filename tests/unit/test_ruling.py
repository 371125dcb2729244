"""What is slower, no slower or unclear: of how an interval is ruled on, how often noise alone is suspect, and how margin and budget are written."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.design.plan import PROFILES
from harness.judge import gate, statistics
from harness.judge.gate import Ruling
from harness.judge.statistics import Interval
from harness.model.errors import BenchError


def test_capacity_clears_and_cpu_per_request_may_only_accuse() -> None:
    """Where the processor is idle for a part of the time, its share of a request spreads by more than any margin."""

    def ruled(served: Ruling, computed: Ruling) -> gate.Ruled:
        return gate.Ruled(
            tuple(
                gate.Change(metric, Interval(1, 1, 1, 8), ruling, 1.1)
                for metric, ruling in zip(gate.METRICS, (served, computed), strict=True)
            )
        )

    assert ruled(Ruling.NO_SLOWER, Ruling.UNCLEAR).cleared
    assert not ruled(Ruling.UNCLEAR, Ruling.NO_SLOWER).settled
    assert ruled(Ruling.NO_SLOWER, Ruling.SLOWER).settled
    assert not ruled(Ruling.NO_SLOWER, Ruling.SLOWER).cleared


@pytest.mark.parametrize(
    ("interval", "ruling"),
    [
        ((1.06, 1.04, 1.08), Ruling.SLOWER),
        ((1.06, 0.99, 1.13), Ruling.UNCLEAR),  # the interval holds 1
        ((1.02, 1.01, 1.029), Ruling.NO_SLOWER),  # real, and not worth a red job
        ((1.025, 1.01, 1.04), Ruling.UNCLEAR),
        (
            (1.01, 0.9, 1.12),
            Ruling.UNCLEAR,
        ),  # an estimate within the margin excuses nothing that the interval leaves open
        ((0.8, 0.7, 0.9), Ruling.NO_SLOWER),
        ((math.inf, math.inf, math.inf), Ruling.SLOWER),  # head serves nothing
    ],
)
def test_a_ruling_takes_the_interval_and_the_margin(
    interval: tuple[float, float, float], ruling: Ruling
) -> None:
    """Both, under a margin of 3 %."""
    assert gate.rule(Interval(*interval, 8), 0.03) is ruling


def _red(rng: np.random.Generator, *, looks: tuple[int, ...], noise: float, level: float) -> bool:
    """Hold one run of one contest with two metrics on drawn differences, judged at these looks at this level."""
    drawn = rng.normal(0, noise, (len(gate.METRICS), looks[-1]))
    for look in looks:
        costs = [statistics.ratio(list(np.exp(one[:look])), [1.0] * look, level) for one in drawn]
        found = gate.Ruled(
            tuple(
                gate.Change(metric, cost, gate.rule(cost, 0.03), 1.0)
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
    wrong = sum(
        _red(rng, looks=PROFILES["gate"].looks, noise=noise, level=gate.level()) for _ in range(600)
    )
    assert wrong / 600 < 0.02 + 3 * math.sqrt(0.02 * 0.98 / 600)


def test_looking_after_every_block_would_err_far_more_often() -> None:
    """What the planned looks, and the level shared among them, are for: this mutation is seen."""
    looks = PROFILES["gate"].looks
    planned = sum(
        _red(rng, looks=looks, noise=0.1, level=gate.level())
        for rng in [np.random.default_rng(2)]
        for _ in range(300)
    )
    peeking = sum(
        _red(rng, looks=tuple(range(8, 29)), noise=0.1, level=0.05)
        for rng in [np.random.default_rng(2)]
        for _ in range(300)
    )
    assert peeking > 5 * max(planned, 3)


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600), ("90s", 90), ("1h", 3600), ("1.5m", 90), ("45", 45)]
)
def test_a_budget_is_written_as_people_do(text: str, seconds: float) -> None:
    """With a unit, or in seconds."""
    assert gate.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "ten", "0m", "-5m", "5d"])
def test_no_length_of_time_is_refused(text: str) -> None:
    """With the form it should have."""
    with pytest.raises(BenchError, match="no length of time"):
        gate.seconds_of(text)


@pytest.mark.parametrize("text", ["", "0%", "30%", "-1%", "three"])
def test_no_margin_is_refused(text: str) -> None:
    """With the form it should have."""
    with pytest.raises(BenchError, match="no margin"):
        gate.share_of(text)


def test_a_margin_is_a_share_or_percent() -> None:
    """Both mean the same."""
    assert gate.share_of("3%") == gate.share_of("0.03") == 0.03
