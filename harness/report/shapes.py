"""What a template draws, as values: bars and lines in shares of their axes, 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEW = 2.6  # decades up to which 1, 2 and 5 have room
SIZE = 1000  # units across and up, in which a template draws lines
TICKS = 5  # on a linear axis, about

Point = tuple[float, float]  # shares of the axes, from the left and from below


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A variant's row: shares of the axis for the bar, the interval's ends, and the ceiling.

    `style` is its class, `claim` the claim id of its value. `mark` is "collapse" where it served
    nothing, "endless" where its end was not seen, else empty.
    """

    name: str
    does: str
    style: str
    claim: str
    value: str
    interval: str = ""
    bar: float = 0.0
    low: float | None = None
    high: float | None = None
    ceiling: float | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A row per variant by one metric. `says` is the finding, `key` how to read it."""

    name: str
    says: str
    key: str
    rows: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A variant's line, in parts where it has gaps.

    `marks` are points on it, `ranges` are (x, low, high) of intervals, `lost` is where it left the
    chart, and `reads` says what is to be read off it.
    """

    name: str
    does: str
    style: str
    parts: tuple[tuple[Point, ...], ...]
    marks: tuple[Point, ...] = ()
    ranges: tuple[tuple[float, float, float], ...] = ()
    lost: tuple[Point, ...] = ()
    reads: str = ""

    @property
    def line(self) -> str:
        """The line, as SVG writes it."""
        return "".join(f"M{'L'.join(map(_placed, part))}" for part in self.parts if part)

    @property
    def dots(self) -> str:
        """Its marks."""
        return "".join(f"M{_placed(one)}h0" for one in self.marks)

    @property
    def whiskers(self) -> str:
        """Its intervals."""
        return "".join(
            f"M{_placed((x, low))}V{SIZE * (1 - high):.0f}" for x, low, high in self.ranges
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines over one axis. `name` is the end of its anchor, `says` the finding, if there is one.

    `x` and `y` name the axes, the ticks are (share, words). `rules` are the ends of lines that
    bound something, `bands` are (from, to) of what lies between phases; `key` says which.
    """

    name: str
    title: str
    says: str
    x: str
    y: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    curves: tuple[Curve, ...]
    rules: tuple[tuple[Point, Point], ...] = ()
    bands: tuple[tuple[float, float], ...] = ()
    key: str = ""

    @property
    def bounds(self) -> str:
        """The lines that bound something, as SVG writes them."""
        return "".join(f"M{_placed(start)}L{_placed(end)}" for start, end in self.rules)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, 0 to 1; the ends hold what is beyond."""
        if self.log:
            ratio = max(value, self.low) / self.low
            found = math.log(ratio) / math.log(self.high / self.low)
        else:
            found = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, found))

    def ticks(self, scale: float = 1) -> tuple[tuple[float, str], ...]:
        """Return round values with their places, written in a unit."""
        values = _decades(self.low, self.high) if self.log else _steps(self.high)
        inside = (one for one in values if self.low <= one <= self.high)
        return tuple((self.share(one), f"{scale * one:,.12g}") for one in inside)


def _placed(point: Point) -> str:
    x, y = point
    return f"{SIZE * x:.0f} {SIZE * (1 - y):.0f}"


def _steps(high: float) -> list[float]:
    """Return round values from 0 on."""
    size = 10.0 ** math.floor(math.log10(high / TICKS))
    step = next(size * one for one in (1, 2, 5, 10) if high / (size * one) <= TICKS)
    return [number * step for number in range(TICKS + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Return powers of ten, between them twice and five times as much where there is room."""
    steps = (1, 2, 5) if math.log10(high / low) < FEW else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps]
