"""What the screen passes on, what it clears, and what fresh blocks make red."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.judge import gate
from harness.judge.gate import CAPACITY, CPU, MetricChange, Screened
from harness.judge.interval import Interval
from harness.judge.paired import Paired
from harness.judge.screening import borrowed


def _screened(*pairs: tuple[bool, bool]) -> Screened:
    """Return a screen whose metrics are so (suspect, cleared)."""
    interval = Interval(1, 1, 1, 4)
    return Screened(
        tuple(
            MetricChange(
                metric, interval, suspect=suspect, cleared=cleared, faster=False, detectable=1.1
            )
            for metric, (suspect, cleared) in zip(gate.METRICS, pairs, strict=True)
        )
    )


def test_capacity_clears_and_cpu_per_request_may_only_accuse() -> None:
    """Where the processor is idle for a part of the time, it spreads by more than any margin."""
    assert _screened((False, True), (False, False)).cleared
    assert not _screened((False, False), (False, True)).cleared
    assert not _screened((False, True), (True, False)).cleared
    assert set(_screened((False, True), (True, False)).suspects) == {CPU.name}
    assert set(_screened((True, False), (False, True)).suspects) == {CAPACITY.name}


def _blocks(spreads: list[float], seed: int = 0) -> list[Paired]:
    rng = np.random.default_rng(seed)
    return [Paired(rng.normal(0, spread, 4).tolist(), 4) for spread in spreads]


def test_variances_are_borrowed_from_all_contests() -> None:
    """Alike ones give many degrees of freedom, unlike ones few, and two contests give none."""
    alike, unlike = borrowed(_blocks([0.02] * 200)), borrowed(_blocks([0.002, 0.2] * 100))
    assert alike.df > 10 * unlike.df
    assert math.sqrt(alike.variance) == pytest.approx(0.02, rel=0.1)
    assert borrowed(_blocks([0.02] * 2)).df == 0


def test_the_floor_of_the_windows_counts_where_blocks_agree_by_chance() -> None:
    """Whole answers in equal numbers have no spread, and their windows an error all the same."""
    same = [Paired([0.0] * 4, 4, floor=0.02) for _ in range(20)]
    assert math.sqrt(borrowed(same).variance) > 0.01
