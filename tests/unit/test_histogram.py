"""Quantiles that count the missed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.model import histogram


def test_a_quantile_survives_packing_to_three_digits() -> None:
    """Packed as text and read back."""
    seconds = np.random.default_rng(0).exponential(0.02, 5000)
    found = histogram.quantile((histogram.encode(seconds),), 0.99, 0)
    assert found == pytest.approx(np.quantile(seconds, 0.99), rel=0.005)


def test_who_was_never_answered_is_infinitely_slow() -> None:
    """With 2 % missed there is no 99th percentile, and the median moves up."""
    packed = histogram.encode(np.linspace(0.001, 1, 980))
    assert histogram.quantile((packed,), 0.99, 20) == math.inf
    assert histogram.quantile((packed,), 0.5, 20) == pytest.approx(0.51, rel=0.01)


def test_too_few_requests_have_no_quantile() -> None:
    """Five hundred for the 99th percentile, two hundred for the median."""
    packed = histogram.encode(np.full(199, 0.01))
    assert histogram.quantile((packed,), 0.5, 0) is None
    assert histogram.quantile((packed,), 0.5, 1) is not None
    assert histogram.quantile((packed,), 0.99, 300) is None


def test_merged_histograms_are_one() -> None:
    """Two halves have the quantile and the curve of the whole."""
    seconds = np.linspace(0.001, 1, 1000)
    halves = (histogram.encode(seconds[:500]), histogram.encode(seconds[500:]))
    whole = histogram.quantile((histogram.encode(seconds),), 0.5, 0)
    assert histogram.quantile(halves, 0.5, 0) == pytest.approx(whole)
    shares, values = histogram.curve(halves, 1000)
    assert shares[-1] == pytest.approx(0.5)
    assert values[-1] == pytest.approx(1, rel=0.01)
