"""The map as a picture: what stands where, in pixels, for a template to draw in any theme.

Across is how long a request waits, up how many are in flight, both on a log scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.report import wording
from harness.report.language import say
from harness.report.map import AWAITING, BLOCKING, CLOSE, THREADED, Cell, Map, Ratio

WAITS_MS, CLIENTS = (0.1, 300.0), (0.7, 600.0)  # from edge to edge
COLUMNS = 96  # that are predicted
LEVELS = (1.1, 2.0, 5.0, 10.0, 20.0)  # times; below the first there is nothing to gain
WIDTH, HEIGHT = 880, 520
LEFT, RIGHT, TOP, BOTTOM = 50, 820, 36, 456  # edges of the map itself
WAIT_TICKS, CLIENT_TICKS = (0.1, 0.3, 1, 3, 10, 30, 100, 300), (1, 4, 16, 40, 160, 400)
CLOSE_TO = f"{100 * CLOSE:g} %"

Curve = Sequence[tuple[float, float]]  # wait in ms, requests in flight


@dataclass(frozen=True, slots=True)
class Area:
    """Above a curve a way costs or brings at least so many times."""

    kind: str
    level: float
    curve: Curve

    @property
    def path(self) -> str:
        """Its edge, as SVG writes it."""
        return _path(self.curve)

    @property
    def closed(self) -> str:
        """All of it."""
        (first, _), (last, _) = self.curve[0], self.curve[-1]
        return f"{self.path}L{across(last):.1f} {TOP}L{across(first):.1f} {TOP}Z"

    @property
    def least(self) -> bool:
        """Whether it is all that its way costs or brings; the others lie in it, with a line."""
        return self.level == LEVELS[0]


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of words, centred on a point."""

    kind: str
    x: float
    y: float
    says: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A measured cell: where it is, and what threads serve of blocking, awaiting of threads."""

    x: float
    y: float
    fed: bool
    numbers: Sequence[tuple[str, str, bool]]  # kind, how many times, whether it was missed


@dataclass(frozen=True)
class Picture:
    """All that is drawn of a map."""

    map: Map

    @cached_property
    def areas(self) -> Sequence[Area]:
        """What blocking costs, then above it what awaiting brings, least first."""
        found = []
        for kind, begins in (("cost", Column.costs), ("bring", Column.brings)):
            for level in LEVELS:
                begun = ((one.wait_ms, begins(one, level)) for one in self._columns)
                found.append(Area(kind, level, [(x, y) for x, y in begun if y is not None]))
        return [one for one in found if one.curve]

    @property
    def labels(self) -> Iterator[tuple[float, str, str]]:
        """What the lines stand for, at the right edge: how far down, how many times, the kind.

        What blocking costs is hidden where the threads have run out.
        """
        last = self._columns[-1]
        out = last.brings(LEVELS[0]) or math.inf
        for one in self.areas:
            wait_ms, clients = one.curve[-1]
            hidden = wait_ms < last.wait_ms or (one.kind == "cost" and clients > out)
            if not one.least and not hidden:
                yield up(clients), f"{one.level:g}×", one.kind

    @property
    def lines(self) -> Iterator[tuple[str, str]]:
        """The boundaries, each as its kind and its path."""
        busy = [(one.wait_ms, at) for one in self._columns if (at := one.waiting) is not None]
        if busy:
            yield "busy", _path(busy)
        yield "threads", _path([(wait_ms, float(self.map.threads)) for wait_ms in WAITS_MS])
        if self._hop_ms > WAITS_MS[0]:
            yield "hop", _path([(self._hop_ms, clients) for clients in CLIENTS])

    @property
    def words(self) -> Iterator[Words]:
        """What is said of areas and boundaries."""
        if self._hop_ms > WAITS_MS[0]:
            yield self._said("line", self._hop_ms, 430, say("map.line.hop"))
        threads = say("map.line.threads", threads=self.map.threads)
        yield self._said("line", 75, 33, threads)
        yield self._said("line", 60, 1.42, say("map.line.busy"))
        yield self._said("nothing", 0.155, 7, say("map.area.nothing"))
        yield self._said("cost", 4, 7.6, say("map.area.cost"))
        yield self._said("bring", 85, 190, say("map.area.bring"))

    @property
    def marks(self) -> Iterator[Mark]:
        """The cells that were measured."""
        misses = self.map.misses
        for cell in self.map.cells:
            missed = [one for where, one in misses if where == cell]
            x = across(max(1000 * cell.wait_s, 1.1 * WAITS_MS[0]))
            yield Mark(x, up(cell.clients), cell.fed, _numbers(cell, missed))

    @property
    def ticks(self) -> tuple[Sequence[tuple[float, str]], Sequence[tuple[float, str]]]:
        """Where the scales are named: across, then up."""
        return (
            [(across(one), f"{one:g}") for one in WAIT_TICKS],
            [(up(one), f"{one:g}") for one in CLIENT_TICKS],
        )

    @property
    def _hop_ms(self) -> float:
        """What a trip to a thread costs."""
        costs = self.map.costs
        return 1000 * (costs[THREADED].busy_s - costs[BLOCKING].busy_s)

    @cached_property
    def _columns(self) -> Sequence[Column]:
        step = math.log(WAITS_MS[1] / WAITS_MS[0]) / (COLUMNS - 1)
        waits = (WAITS_MS[0] * math.exp(number * step) for number in range(COLUMNS))
        return [Column(self.map, wait_ms) for wait_ms in waits]

    def _said(self, kind: str, wait_ms: float, clients: float, says: str) -> Words:
        return Words(kind, across(wait_ms), up(clients), says.split("\n"))


@dataclass(frozen=True)
class Column:
    """What is predicted at one wait, from 1 to all clients.

    Every answer is a number of clients, between two where a line lies there; None where never.
    """

    map: Map
    wait_ms: float

    def costs(self, level: float) -> float | None:
        """From where on threads serve so many times what blocking does."""
        return self._first(lambda n: self._served[THREADED][n] / self._served[BLOCKING][n], level)

    def brings(self, level: float) -> float | None:
        """From where on the threads have run out, and awaiting serves so many times as much."""
        out, more = self._out, LEVELS[0]
        if out is None or level == more:
            return out
        found = self._first(lambda n: self._served[AWAITING][n] / self._served[THREADED][n], level)
        return None if found is None else max(out, found)

    @property
    def waiting(self) -> float | None:
        """From where on more than one request waits at once, on average."""
        return self._first(lambda n: self._served[THREADED][n] * self.wait_ms / 1000, 1)

    @cached_property
    def _out(self) -> float | None:
        endless = self.map.unlimited(self.wait_ms / 1000, int(CLIENTS[1]))
        return self._first(lambda n: endless[n] / self._served[THREADED][n], LEVELS[0])

    @cached_property
    def _served(self) -> dict[str, list[float]]:
        return self.map.served(self.wait_ms / 1000, int(CLIENTS[1]))

    def _first(self, value: Callable[[int], float], level: float) -> float | None:
        before = value(0)
        if before >= level:
            return CLIENTS[0]
        for number in range(1, int(CLIENTS[1])):
            now = value(number)
            if now >= level:
                return number + (level - before) / (now - before)
            before = now
        return None


def across(wait_ms: float) -> float:
    """Return how far right a wait is."""
    return LEFT + (RIGHT - LEFT) * _share(wait_ms, WAITS_MS)


def up(clients: float) -> float:
    """Return how far down a number of requests in flight is."""
    return BOTTOM - (BOTTOM - TOP) * _share(clients, CLIENTS)


def _share(value: float, ends: tuple[float, float]) -> float:
    return math.log(value / ends[0]) / math.log(ends[1] / ends[0])


def _path(curve: Curve) -> str:
    points = (f"{across(wait_ms):.1f} {up(clients):.1f}" for wait_ms, clients in curve)
    return f"M{'L'.join(points)}"


def _numbers(cell: Cell, missed: Sequence[Ratio]) -> Sequence[tuple[str, str, bool]]:
    blocking, awaiting = cell.ratio(BLOCKING), cell.ratio(AWAITING)
    return (
        ("cost", wording.times(blocking.turned.seen), blocking in missed),
        ("bring", wording.times(awaiting.seen), awaiting in missed),
    )
