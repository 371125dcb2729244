"""Latencies as HdrHistograms (Tene): 1 µs to 60 s at three significant digits, kept as base64 so that any quantile can be read later."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import ArrayLike

LOWEST_US, HIGHEST_US, DIGITS = 1, 60_000_000, 3
ENOUGH = {
    0.5: 200,
    0.95: 400,
    0.99: 1000,
    0.999: 10_000,
}  # requests under which a quantile is not worth printing


def encode(seconds: ArrayLike) -> str:
    """Pack latencies in seconds."""
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    micros = np.clip(np.rint(np.asarray(seconds, float) * 1e6), LOWEST_US, HIGHEST_US).astype(
        np.int64
    )
    for value, count in zip(*np.unique(micros, return_counts=True), strict=True):
        histogram.record_value(int(value), int(count))
    packed: bytes = histogram.encode()
    return packed.decode()


@cache
def quantile(packed: tuple[str, ...], share: float, missed: int) -> float | None:
    """Read a quantile in seconds from one or several histograms, merged.

    `missed` requests failed or came too late: they count as infinitely slow. None where there are too few requests.
    """
    merged = _merged(packed)
    answered: int = merged.get_total_count()
    if answered + missed < ENOUGH[share]:
        return None
    rank = share * (answered + missed)
    if rank > answered:
        return math.inf
    return float(merged.get_value_at_percentile(100 * rank / answered)) / 1e6


def curve(packed: tuple[str, ...], missed: int) -> tuple[list[float], list[float]]:
    """Trace merged latencies in seconds over the share of requests that were no slower; the missed ones are never reached."""
    merged = _merged(packed)
    counts = np.ctypeslib.as_array(merged.counts)
    recorded = np.flatnonzero(counts).tolist()
    shares = np.cumsum(counts[recorded]) / (merged.get_total_count() + missed)
    return shares.tolist(), [
        merged.get_highest_equivalent_value(merged.get_value_from_index(index)) / 1e6
        for index in recorded
    ]


def _merged(packed: tuple[str, ...]) -> HdrHistogram:
    merged = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    for one in packed:
        merged.decode_and_add(one)
    return merged
