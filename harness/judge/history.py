"""What became of each ratio from commit to commit, and where it changed.

Each point is a ratio to the reference variant that was measured in the same job, so that a faster or slower machine does not show. A change point is where a
series parts best into two by the energy distance (Matteson & James, "A Nonparametric Approach for Multiple Change Point Analysis", 2014); what is kept is
decided by Student's t, as in Fleming et al., "Hunter" (2023): all at a tenfold p first, then the weakest taken back until each holds against its neighbours.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from scipy import stats as tests

from harness.design.plan import PROFILES
from harness.judge.answer import answer
from harness.judge.caveats import stand_in
from harness.model.errors import BenchError
from harness.model.scenario import QUESTION, Scenario
from harness.store.records import METHOD, Run

P, WEAKER = 0.001, 10  # of a change that is kept; as many times as much while the points are sought
FEWEST = 2  # points on either side
SMALLEST = 0.02  # of a change that is worth a word
NEWEST = 20  # points in which a change is news


@dataclass(frozen=True, slots=True)
class Point:
    """One run of one commit: `ratios` are [low, estimate, high] of how many times better a variant is than its scenario's reference variant.

    `asked` is a digest, for each of them, of what was asked and of whom: the place, the question, the knobs, the services.
    """

    commit: str
    at: str
    run: str
    fingerprint: str
    method: int
    asked: dict[str, str]
    ratios: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Change:
    """Where a series changed: before the point with this index it was `before` on average (geometric mean), from there on `after`."""

    at: int
    before: float
    after: float

    @property
    def share(self) -> float:
        """By how much, as a share of what it was."""
        return self.after / self.before - 1


POINT = TypeAdapter(Point)


def point(run: Run, at: str) -> Point:
    """Read a run's ratios, of a commit made `at` an ISO time; raises BenchError where it has none."""
    asked, measured = run.asked, run.read()
    if asked.on == "simulated" or not run.finished:
        raise BenchError(
            f"{run.folder} {'is simulated' if run.finished else 'did not come to its end'}",
            hint="keep runs that were measured, and whole",
        )
    digests, ratios = {}, {}
    for scenario in asked.scenarios:
        said = answer(scenario, PROFILES[asked.profile], measured)
        for contrast in said.contrasts:
            found = contrast.gain
            if (
                found
                and contrast.over == scenario.baseline.name
                and 0 < found.low <= found.high < math.inf
            ):
                name = f"{scenario.name}/{contrast.subject}{stand_in(said.caveats)}"
                ratios[name] = (found.low, found.estimate, found.high)
                digests[name] = _digest(run, scenario, contrast.subject)
    if not ratios:
        raise BenchError(
            f"{run.folder} has no ratio to keep", hint="give a run of profile quick or more"
        )
    return Point(
        asked.commit, at, run.folder.resolve().name, asked.fingerprint, METHOD, digests, ratios
    )


def append(file: Path, points: Iterable[Point]) -> None:
    """Put points at the end of the history, but no run twice; raises BenchError where that cannot be written."""
    known = [replace(one, at="") for one in read(file)]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            for one in points:
                if replace(one, at="") not in known:
                    lines.write(json.dumps(asdict(one)) + "\n")
                    known.append(replace(one, at=""))
    except OSError as error:
        raise BenchError(
            f"cannot write {file}: {error.strerror}",
            hint="choose another with --file, or mend its permissions",
        ) from error


def read(file: Path) -> list[Point]:
    """Read a history; raises BenchError with the line that is damaged."""
    found = []
    for number, line in enumerate(
        file.read_text(encoding="utf-8").splitlines() if file.exists() else (), 1
    ):
        try:
            found.append(POINT.validate_json(line))
        except ValueError as error:
            raise BenchError(
                f"{file}, line {number}, cannot be read: {str(error).splitlines()[0]}",
                hint="remove that line, or restore the file",
            ) from error
    return found


def series(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Sort points by ratio. A series begins anew where machine, Python, FastAPI, method or question became another: what is like the newest is given."""
    newest = points[-1] if points else None
    alike = [
        one
        for one in points
        if newest and (one.fingerprint, one.method) == (newest.fingerprint, newest.method)
    ]
    now = {name: digest for one in alike for name, digest in one.asked.items()}
    return {
        name: [one for one in alike if one.asked.get(name) == digest]
        for name, digest in now.items()
    }


def changes(values: Sequence[float]) -> list[Change]:
    """Find where a series of ratios changed, in order."""
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
        Change(b, float(np.exp(x[a:b].mean())), float(np.exp(x[b:c].mean())))
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return [one for one in found if abs(one.share) >= SMALLEST]


def alarms(points: Sequence[Point]) -> Iterator[tuple[str, Point, Change]]:
    """Give each change to the worse that lies among the newest points: which ratio, from which point on, and how much."""
    for name, found in series(points).items():
        for change in changes([one.ratios[name][1] for one in found]):
            if change.share < 0 and found[change.at] in points[-NEWEST:]:
                yield name, found[change.at], change


def csv(points: Sequence[Point]) -> str:
    """Write the newest stretch as the CSV that Apache Otava reads: time, commit, and a column for each ratio."""
    found = series(points)
    alike = [one for one in points if any(one in of for of in found.values())]
    rows = [
        ",".join(
            [
                one.at,
                one.commit,
                *(f"{one.ratios[name][1]:.6g}" if one in of else "" for name, of in found.items()),
            ]
        )
        for one in alike
    ]
    return "\n".join([",".join(["time", "commit", *found]), *rows]) + "\n"


def _digest(run: Run, scenario: Scenario, subject: str) -> str:
    """Sum up under which conditions a ratio was measured, beside the machine."""
    budgets = [
        scenario.budget_of(scenario.variant(name)) for name in (scenario.baseline.name, subject)
    ]
    services = [run.machine.get("services", {}).get(name) for name in scenario.requires]
    conditions = [
        run.asked.on,
        run.asked.profile,
        *(getattr(scenario, field) for field in QUESTION),
        scenario.baseline.name,
        budgets,
        services,
    ]
    return hashlib.sha256(repr(conditions).encode()).hexdigest()[:8]


def _split(x: NDArray[np.float64], start: int, end: int) -> Iterator[int]:
    """Part a stretch where its two sides are farthest from each other, and go on in both, as long as that is at all likely."""
    if end - start < 2 * FEWEST:
        return
    at = start + _farthest(x[start:end])
    if _chance(x[start:at], x[at:end]) < WEAKER * P:
        yield from (*_split(x, start, at), at, *_split(x, at, end))


def _farthest(x: NDArray[np.float64]) -> int:
    """Give the place at which the energy distance of what is before and after is largest, weighed by how much there is of either."""
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
    """Give the p of Student's t; of stretches that do not vary at all, whether they are the same."""
    if np.ptp(before) == np.ptp(after) == 0:
        return float(before[0] == after[0])
    return float(tests.ttest_ind(before, after).pvalue)
