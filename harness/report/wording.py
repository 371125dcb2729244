"""How numbers are written: three digits, then the unit, and an interval wherever there is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.judge.interval import Interval
from harness.model.app import Budget
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.scenario import CLIENTS, Point

KNOB_UNITS = ("ms", "s", "us", "kb", "mb")  # that the name of a knob may end with
BOUNDED = {Bound.EXACT: "", Bound.AT_LEAST: "more than ", Bound.AT_MOST: "less than "}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in a table: a text, the bounds of its interval, and a remark on the two."""

    text: str
    interval: str = ""
    remark: str = ""

    def __str__(self) -> str:
        bounds = f" [{self.interval}]" if self.interval else ""
        return f"{self.text}{bounds}{self.remark}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; a `detail` is left out where there is little room."""

    head: str
    cells: tuple[Cell, ...]
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of columns that are equally long."""

    columns: tuple[Column, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The head of each column."""
        return tuple(column.head for column in self.columns)

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows."""
        return tuple(zip(*(column.cells for column in self.columns), strict=True))

    @property
    def narrow(self) -> Table:
        """The same table without its details."""
        return Table(tuple(column for column in self.columns if not column.detail))


def number(value: float) -> str:
    """Write three digits, and no more zeros than that takes."""
    if math.isinf(value):
        return "∞"
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(rounded))))}f}"


def times(factor: float) -> str:
    """Write a factor with three digits, and no more zeros than that takes."""
    if math.isinf(factor):
        return "infinitely"
    plain = factor == 0 or 0.001 <= factor < 1000  # noqa: PLR2004  beyond it comes an exponent
    return f"{factor:.3g}×" if plain else f"{number(factor)}×"


def ms(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return "never" if math.isinf(seconds) else f"{number(1000 * seconds)} ms"


def rate(per_s: float) -> str:
    """Write a rate of requests."""
    return f"{number(per_s)} requests/s"


def ceiling(usual: float, most: float) -> str:
    """Write what is usual, and the very most where that is more: between them lies its error."""
    low, high = number(usual), number(most)
    return low if high == low else f"{low} to {high}"


def micro(seconds: float) -> str:
    """Write a difference of times in microseconds, without the unit."""
    return f"{1e6 * seconds:z,.1f}"


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{number(100 * share)} %"


def amount(value: float, metric: Metric) -> str:
    """Write a value of a metric without its unit."""
    infinite = math.isinf(value)
    return metric.definition.never if infinite else number(metric.unit.scale * value)


def quantity(value: float, metric: Metric) -> str:
    """Write a value of a metric with its unit."""
    written = amount(value, metric)
    return written if math.isinf(value) else f"{written} {metric.unit.name}"


def level(found: Interval, metric: Metric, write: Callable[[float, Metric], str] = quantity) -> str:
    """Write a level of a metric; "more than" where it is only a bound."""
    return f"{BOUNDED[found.bound]}{write(found.estimate, metric)}"


def between(found: Interval, write: Callable[[float], str] = number) -> str:
    """Write the bounds of an interval, or that there is none."""
    if found.n == 1:
        return "seen once"
    if not found.bounded:
        return "no interval"
    if found.bound is Bound.AT_LEAST and math.isfinite(found.low):
        return f"at least {write(found.low)}"
    if found.bound is Bound.AT_MOST:
        return f"at most {write(found.high)}"
    return f"{write(found.low)} to {write(found.high)}"


def cell(found: Interval | None, write: Callable[[float], str] = number, remark: str = "") -> Cell:
    """Write an estimate with its interval; n/a where there is none."""
    if found is None:
        return Cell("n/a")
    bounds = "" if math.isinf(found.low) or found.n == 1 else between(found, write)
    return Cell(f"{BOUNDED[found.bound]}{write(found.estimate)}", bounds, remark)


def gain(found: Interval, remark: str = "") -> Cell:
    """Write how many times better, with its interval; a collapse in every block has no number."""
    if math.isinf(found.low) or found.high == 0:
        return Cell(f"infinitely {'better' if found.high else 'worse'} in every block", "", remark)
    return Cell(factor(found), between(found, times), remark)


def factor(found: Interval) -> str:
    """Write how many times, "at least" where it is only a bound."""
    only = "" if found.bound is Bound.EXACT else f"{found.bound} "
    return f"{only}{times(found.estimate)}"


def count(number: int, what: str) -> str:
    """Write a number of things, one or several."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: list[str]) -> str:
    """Write names as one lists them in a sentence."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def budget(one: Budget) -> str:
    """Write what a variant may use."""
    return f"workers {one.workers}, threads {one.threads}, connections {one.connections}"


def point(at: Point) -> str:
    """Write the values of knobs as people say them, such as wait 10 ms, 64 clients.

    A knob at 0 adds nothing to the first, and is left out.
    """
    first = next(iter(at), "")
    return ", ".join(_knob(*one) for one in at.items() if one[1] or one[0] == first)


def _knob(name: str, value: float) -> str:
    if name == CLIENTS:
        return count(int(value), "client")
    what, _, unit = name.rpartition("_")
    written = f"{value:,.12g}"
    words = (what, written, unit) if unit in KNOB_UNITS else (name, written)
    return " ".join(words).replace("_", " ")
