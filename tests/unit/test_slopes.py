"""The rate of answers in a window: true where they come in bunches, and its error known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.experiment.slopes import FEW, slope, slope_error
from harness.model.facts import ClosedLoop, Generator
from harness.model.metric import capacity
from tests.unit.test_guards import measured

WINDOW_S = 0.6


def bunches(
    rng: np.random.Generator, *, size: int, every_s: float, off: float = 0.02
) -> NDArray[np.int64]:
    """Return when answers come that end together, at a pace that varies a little, in ns."""
    count = int(WINDOW_S / every_s) + 4
    ends = rng.uniform(-every_s, 0) + np.cumsum(every_s * (1 + off * rng.normal(0, 1, count)))
    done_s = (ends[:, np.newaxis] + rng.uniform(0, 0.003, (count, size))).ravel()
    return _within(done_s)


def by_chance(rng: np.random.Generator, per_s: float) -> NDArray[np.int64]:
    """Return when answers come that know nothing of each other, in ns."""
    return _within(rng.uniform(0, WINDOW_S, rng.poisson(per_s * WINDOW_S)))


def _within(done_s: NDArray[np.float64]) -> NDArray[np.int64]:
    return (done_s[(done_s >= 0) & (done_s < WINDOW_S)] * 1e9).astype(np.int64)


@pytest.mark.parametrize(("size", "every_s"), [(1, 0.0125), (8, 0.03), (8, 0.1), (24, 0.1)])
def test_a_slope_is_true_and_its_error_is_what_it_scatters_by(size: int, every_s: float) -> None:
    """Where answers come at an even pace, one by one or many together."""
    rng = np.random.default_rng(1)
    drawn = [bunches(rng, size=size, every_s=every_s) for _ in range(400)]
    logs = [math.log(slope(one, WINDOW_S) * every_s / size) for one in drawn]
    errors = [slope_error(one, WINDOW_S) or 0.0 for one in drawn]
    assert np.mean(logs) == pytest.approx(0, abs=0.005)
    error = math.sqrt(float(np.mean(np.square(errors))))
    scatter = float(np.std(logs))
    rounding = 0.5 * every_s / (size * WINDOW_S)
    assert 0.7 * scatter < error < max(1.3 * scatter, 1.5 * rounding)


@pytest.mark.parametrize("per_s", [100, 1000])
def test_the_error_of_answers_that_come_by_chance_is_that_of_chance(per_s: float) -> None:
    """A fifth more in variance than their number has."""
    rng = np.random.default_rng(2)
    drawn = [by_chance(rng, per_s) for _ in range(400)]
    logs = [math.log(slope(one, WINDOW_S) / per_s) for one in drawn]
    error = math.sqrt(np.mean([(slope_error(one, WINDOW_S) or 0.0) ** 2 for one in drawn]))
    assert error == pytest.approx(math.sqrt(1.2 / (per_s * WINDOW_S)), rel=0.1)
    assert error == pytest.approx(np.std(logs), rel=0.15)


@pytest.mark.parametrize("middle_s", [0.05, 0.3, 0.55])
def test_one_bunch_in_a_window_is_no_torrent(middle_s: float) -> None:
    """A variant that gave way and answers all that waited at once: 50/s, and not 5 000."""
    done_ns = ((middle_s + np.linspace(-0.003, 0.003, 30)) * 1e9).astype(np.int64)
    assert slope(done_ns, WINDOW_S) <= 1.51 * 30 / WINDOW_S


def test_few_answers_are_counted_and_may_have_come_by_chance() -> None:
    """And none has no error, but is bounded by half of one."""
    some = np.arange(FEW - 1) * 1000
    assert slope(some, WINDOW_S) == (FEW - 1) / WINDOW_S
    assert slope_error(some, WINDOW_S) == pytest.approx(1 / 3)
    assert slope(some[:0], WINDOW_S) == 0
    assert slope_error(some[:0], WINDOW_S) is None


def test_a_capacity_has_the_error_of_its_slope_and_an_older_one_that_of_its_tenths() -> None:
    """Runs that recorded no such error keep what they had."""
    cell = ClosedLoop(
        clients=8,
        window_s=1,
        deadline_s=1,
        sent=80,
        good=80,
        outcomes={"ok": 80},
        cpu_s=0.1,
        generator=Generator(cpu=0.1),
        slope=80,
        tenths=(16, 0) * 5,
    )
    found = measured()

    def error(slope_error: float | None) -> float:
        closed = replace(cell, slope_error=slope_error)
        reading = capacity.read(replace(found, closed=closed))
        assert reading is not None
        return reading.error

    assert error(0.01) == 0.01
    assert error(None) > 0.3
