"""Percentile curves: how long requests took, as far as their number allows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.model import histogram
from harness.model.facts import Stream
from harness.model.metric import Metric
from harness.report.scenario_run import ScenarioRun

TICKS = (0, 0.5, 0.9, 0.99, 0.999, 0.9999)
BEYOND = 10  # requests that must lie beyond a percentile before a curve may reach it


def nines(share: float) -> float:
    """Return where a percentile is drawn, so that 90, 99 and 99.9 are equally far apart."""
    return -math.log10(1 - share)


def streams(run: ScenarioRun, metric: Metric, variant: str) -> list[Stream]:
    """Return the requests that a quantile is read from, cell by cell."""
    return [metric.definition.stream(cell) for cell in run.cells(variant, metric.at or 0.0)]


def curve(of: Sequence[Stream]) -> tuple[list[float], list[float]]:
    """Return shares of requests and the seconds within which so many were answered, merged."""
    if not of:
        return [], []
    due = sum(stream.due for stream in of)
    missed = due - sum(stream.good for stream in of)
    found = histogram.curve(tuple(stream.response for stream in of), missed)
    reach = 1 - BEYOND / max(BEYOND, due)
    kept = [(share, value) for share, value in zip(*found, strict=True) if share <= reach]
    return [share for share, _ in kept], [value for _, value in kept]


def lost(of: Sequence[Stream]) -> float:
    """Return the share of requests that were never answered in time."""
    due = sum(stream.due for stream in of)
    return 1 - sum(stream.good for stream in of) / due if due else 0.0


def thinned(points: Sequence[tuple[float, float]], step: float) -> list[tuple[float, float]]:
    """Leave out points that are nearer across than `step` to the one before, but for the last."""
    kept = list(points[:1])
    for number, one in enumerate(points[1:], 2):
        if one[0] - kept[-1][0] >= step or number == len(points):
            kept.append(one)
    return kept
