"""What became of each ratio from commit to commit, and where it changed.

Each point is a ratio to the baseline that was measured in the same job, so that a faster or slower
machine does not show. A change point is where a series parts best into two by the energy distance
(Matteson & James, "A Nonparametric Approach for Multiple Change Point Analysis", 2014). Which are
kept is decided by Student's t, as in Fleming et al., "Hunter" (2023): first all at a tenfold p,
then the weakest is taken back until each holds against its neighbours.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats as tests

from harness.judge.caveats import stand_in
from harness.judge.judging import answer_of
from harness.model.errors import BenchError
from harness.model.record import Record
from harness.model.scenario import QUESTION, Scenario

P, WEAKER = 0.001, 10  # of a change that is kept; times as much while the points are sought
FEWEST = 2  # points on either side
SMALLEST = 0.02  # of a change that is worth a word
NEWEST = 20  # points in which a change is news


@dataclass(frozen=True, slots=True)
class Point:
    """One run of one commit.

    `ratios` are [low, estimate, high] of how many times better a variant is than its scenario's
    baseline. `asked` is a digest, for each of them, of what was asked and of whom: the place, the
    question, the knobs, the services.
    """

    commit: str
    at: str
    run: str
    fingerprint: str
    method: int
    asked: dict[str, str]
    ratios: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """Where a series changed: before the point with this index it was `before`, then `after`.

    Both are geometric means.
    """

    at: int
    before: float
    after: float

    @property
    def share(self) -> float:
        """By how much, as a share of what it was."""
        return self.after / self.before - 1


def point(record: Record, at: str) -> Point:
    """Return a run's ratios, of a commit made `at` an ISO time.

    Raises BenchError where it has none.
    """
    asked = record.asked
    if asked.on == "simulated" or not record.finished:
        why = "is simulated" if record.finished else "did not come to its end"
        raise BenchError(f"{record.name} {why}", hint="keep runs that were measured, and whole")
    digests, ratios = {}, {}
    for scenario in asked.scenarios:
        said = answer_of(record, scenario)
        for contrast in said.contrasts:
            found = contrast.gain
            baseline = contrast.over == scenario.baseline.name
            if found and baseline and 0 < found.low <= found.high < math.inf:
                name = f"{scenario.name}/{contrast.subject}{stand_in(said.caveats)}"
                ratios[name] = (found.low, found.estimate, found.high)
                digests[name] = _digest(record, scenario, contrast.subject)
    if not ratios:
        hint = "give a run of profile quick or more"
        raise BenchError(f"{record.name} has no ratio to keep", hint=hint)
    return Point(asked.commit, at, record.name, asked.fingerprint, record.method, digests, ratios)


def ordered(points: Sequence[Point], places: Mapping[str, int]) -> list[Point]:
    """Sort points by the places of their commits; those without one stay where they are.

    A commit comes before what was changed since, and else in the order in which it was kept.
    """
    known = [place for place, one in enumerate(points) if one.commit in places]
    by_commit = sorted(
        known, key=lambda one: (places[points[one].commit], points[one].commit.endswith("-dirty"))
    )
    found = list(points)
    for place, source in zip(known, by_commit, strict=True):
        found[place] = points[source]
    return found


def series(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Sort points by ratio, and keep those that are like the newest.

    A series begins anew where machine, Python, FastAPI, method or question became another.
    """
    if not points:
        return {}
    like = points[-1].fingerprint, points[-1].method
    alike = [one for one in points if (one.fingerprint, one.method) == like]
    now = {name: digest for one in alike for name, digest in one.asked.items()}
    return {
        name: [one for one in alike if one.asked.get(name) == digest]
        for name, digest in now.items()
    }


def change_points(values: Sequence[float]) -> list[ChangePoint]:
    """Return where a series of ratios changed, in order."""
    x = np.log(values)
    kept = sorted(_split(x, 0, len(x)))
    while kept:
        edges = [0, *kept, len(x)]
        chances = [
            _chance(x[a:b], x[b:c]) for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
        ]
        if max(chances) < P:
            break
        del kept[int(np.argmax(chances))]
    edges = [0, *kept, len(x)]
    found = [
        ChangePoint(b, float(np.exp(x[a:b].mean())), float(np.exp(x[b:c].mean())))
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return [one for one in found if abs(one.share) >= SMALLEST]


def alarms(points: Sequence[Point]) -> Iterator[tuple[str, Point, ChangePoint]]:
    """Yield each change to the worse among the newest points: ratio, first point, change."""
    for name, found in series(points).items():
        for change in change_points([one.ratios[name][1] for one in found]):
            if change.share < 0 and found[change.at] in points[-NEWEST:]:
                yield name, found[change.at], change


def csv(points: Sequence[Point]) -> str:
    """Return the newest stretch as CSV for Apache Otava: time, commit, a column for each ratio."""
    found = series(points)
    rows = [["time", "commit", *found]]
    for one in points:
        ratios = [f"{one.ratios[n][1]:.6g}" if one in of else "" for n, of in found.items()]
        if any(ratios):
            rows.append([one.at, one.commit, *ratios])
    return "\n".join(",".join(row) for row in rows) + "\n"


def _digest(record: Record, scenario: Scenario, subject: str) -> str:
    """Sum up under which conditions a ratio was measured, beside the machine."""
    variants = scenario.baseline, scenario.variant(subject)
    services = record.machine.get("services", {})
    conditions = [
        record.asked.on,
        record.asked.profile,
        *(getattr(scenario, field) for field in QUESTION),
        scenario.baseline.name,
        [scenario.budget_of(variant) for variant in variants],
        [services.get(name) for name in scenario.requires],
    ]
    return hashlib.sha256(repr(conditions).encode()).hexdigest()[:8]


def _split(x: NDArray[np.float64], start: int, end: int) -> Iterator[int]:
    """Part a stretch where its sides are farthest apart; go on in both while that is likely."""
    if end - start < 2 * FEWEST:
        return
    at = start + _farthest(x[start:end])
    if _chance(x[start:at], x[at:end]) < WEAKER * P:
        yield from (*_split(x, start, at), at, *_split(x, at, end))


def _farthest(x: NDArray[np.float64]) -> int:
    """Return the place at which the energy distance of before and after is largest.

    It is weighed by how much there is of either.
    """
    apart = np.abs(x[:, None] - x[None, :])
    corner = np.pad(
        apart.cumsum(0).cumsum(1), (1, 0)
    )  # sums over every rectangle that begins at the origin
    n = np.arange(FEWEST, len(x) - FEWEST + 1)
    m = len(x) - n
    within, total = corner[n, n], corner[-1, -1]
    across = corner[n, -1] - within
    beyond = total - within - 2 * across
    energy = 2 * across / (n * m) - within / n**2 - beyond / m**2
    return int(n[np.argmax(n * m / (n + m) * energy)])


def _chance(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Return the p of Student's t; of stretches that do not vary, whether they are the same."""
    if np.ptp(before) == np.ptp(after) == 0:
        return float(before[0] == after[0])
    return float(tests.ttest_ind(before, after).pvalue)
