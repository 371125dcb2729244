"""The map: when async pays, by theory that a few measured cells feed, held against the others.

A cell is a wait and a number of requests in flight, in each of which `threaded`, `blocking` and
`awaiting` were measured in a closed loop. Which cells feed the theory was decided before any were
measured. It is held against the comparisons of all the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, median

from harness.judge.interval import Interval
from harness.model.queueing import Cost, served
from harness.model.scenario import Point
from harness.report.family import Family
from harness.report.scenario_run import ScenarioRun

HOME = "break_even"
THREADED, BLOCKING, AWAITING = WAYS = "threaded", "blocking", "awaiting"
WAIT = "wait_ms"
# The corners that feed the theory, as (wait in ms, requests in flight): one request alone, and the
# processor busy, with a query that sleeps and one that does not.
ALONE, BUSY = ((0, 1), (10, 1)), ((0, 64), (10, 400))
CORNERS = (*ALONE, *BUSY)
CLOSE = 0.10  # relative: what a prediction may miss by
SHORTEST_S = 1e-5  # of a query, where noise leaves less


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much `subject` serves as threaded: predicted and seen.

    `gain` is what was judged, None where nothing was.
    """

    subject: str
    seen: float
    predicted: float
    gain: Interval | None

    @property
    def turned(self) -> Ratio:
        """How many times as much threaded serves."""
        gain = self.gain and replace(
            self.gain,
            estimate=1 / self.gain.estimate,
            low=1 / self.gain.high,
            high=1 / self.gain.low if self.gain.low else math.inf,
        )
        return Ratio(self.subject, 1 / self.seen, 1 / self.predicted, gain)

    @property
    def hit(self) -> bool | None:
        """Whether the interval holds a value within CLOSE of the prediction; None without one."""
        if self.gain is None:
            return None
        most, least = self.predicted * (1 + CLOSE), self.predicted * (1 - CLOSE)
        return self.gain.low <= most and self.gain.high >= least


@dataclass(frozen=True, slots=True)
class Cell:
    """A measured cell; `wait_s` is what the query took, `fed` whether it fed the theory."""

    at: Point
    wait_s: float
    clients: int
    fed: bool
    ratios: tuple[Ratio, ...]

    def ratio(self, subject: str) -> Ratio:
        """Return the comparison of one way with threads."""
        return next(one for one in self.ratios if one.subject == subject)


@dataclass(frozen=True)
class Map:
    """What a request costs each way, as the corners say, and the cells, in the order measured.

    `queries_s` is what a query takes that does not sleep, and how much longer than its sleep one
    takes that does.
    """

    runs: tuple[ScenarioRun, ...]
    costs: Mapping[str, Cost]
    queries_s: tuple[float, float]

    @property
    def threads(self) -> int:
        """The tokens of the thread pool."""
        return self.runs[0].scenario.budget.threads

    def served(self, wait_s: float, clients: int) -> dict[str, list[float]]:
        """Return what each way is predicted to serve, in requests/s, of 1 to `clients` clients."""
        places = {THREADED: self.threads, BLOCKING: 1, AWAITING: None}
        return {name: served(self.costs[name], wait_s, places[name], clients) for name in WAYS}

    def unlimited(self, wait_s: float, clients: int) -> list[float]:
        """Return the same of as many threads as there are clients."""
        return served(self.costs[THREADED], wait_s, None, clients)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that were measured."""
        return tuple(self._cell(run) for run in self.runs if _measured(run))

    @property
    def held_out(self) -> list[tuple[Cell, Ratio]]:
        """The comparisons that were judged, and did not feed the theory."""
        held = (cell for cell in self.cells if not cell.fed)
        return [(cell, one) for cell in held for one in cell.ratios if one.hit is not None]

    @property
    def misses(self) -> list[tuple[Cell, Ratio]]:
        """Those of them that the theory did not foresee."""
        return [(cell, one) for cell, one in self.held_out if not one.hit]

    def _cell(self, run: ScenarioRun) -> Cell:
        wait_ms, clients = at = place(run)
        wait_s = wait_ms / 1000 + self.queries_s[wait_ms > 0]
        predicted = {name: most[-1] for name, most in self.served(wait_s, clients).items()}
        gains = {one.subject: one.gain for one in run.answer.contrasts if one.over == THREADED}
        ratios = tuple(
            Ratio(
                name,
                (found.estimate if (found := gains.get(name)) else _seen(run, name)),
                predicted[name] / predicted[THREADED],
                gains.get(name),
            )
            for name in (BLOCKING, AWAITING)
        )
        return Cell(run.scenario.at, wait_s, clients, at in CORNERS, ratios)


def theory_of(family: Family) -> Map | None:
    """Return what a family says; None of another one, and where a corner is missing."""
    if family.name != HOME:
        return None
    runs = tuple(one.run for one in family.sections)
    places = {place(run): run for run in runs if _measured(run)}
    complete = all(corner in places for corner in CORNERS)
    return Map(runs, *_fed(places)) if complete else None


def place(run: ScenarioRun) -> tuple[float, int]:
    """Return a cell as the wait in ms and the requests in flight."""
    return run.scenario.knobs[WAIT], run.scenario.clients


def _measured(run: ScenarioRun) -> bool:
    return all(map(run.closed, WAYS))


def _rate(run: ScenarioRun, name: str) -> float:
    return median(one.goodput for one in run.closed(name))


def _cpu_s(run: ScenarioRun, name: str) -> float:
    return median(one.cpu_per_request_s for one in run.closed(name))


def _seen(run: ScenarioRun, name: str) -> float:
    pairs = zip(run.closed(name), run.closed(THREADED), strict=True)
    return median(one.goodput / other.goodput for one, other in pairs)


def _fed(
    places: Mapping[tuple[float, int], ScenarioRun],
) -> tuple[dict[str, Cost], tuple[float, float]]:
    """Return costs and queries from the corners.

    A blocked loop that is always busy serves 1 / (query + CPU): so long is a query. Threads and
    awaiting, when busy, serve 1 / CPU, what the processor does for others included.
    """
    alone, busy = ([places[one] for one in corners] for corners in (ALONE, BUSY))
    held_s = fmean(_cpu_s(run, BLOCKING) for run in busy)
    no_sleep, sleep = (
        max(SHORTEST_S, 1 / _rate(run, BLOCKING) - held_s - place(run)[0] / 1000) for run in busy
    )
    costs = {}
    for name in WAYS:
        alone_s = fmean(_cpu_s(run, name) for run in alone)
        away = (
            1 / _rate(run, name) - alone_s - query_s - place(run)[0] / 1000
            for run, query_s in zip(alone, (no_sleep, sleep), strict=True)
        )
        busy_s = math.exp(fmean(-math.log(_rate(run, name)) for run in busy))
        costs[name] = Cost(
            alone_s=alone_s,
            busy_s=held_s if name == BLOCKING else busy_s,
            away_s=max(0.0, fmean(away)),
        )
    return costs, (no_sleep, sleep)
