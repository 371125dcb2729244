"""How numbers are written: three digits, then the unit, and an interval wherever there is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.judge.interval import Interval
from harness.model.app import Budget
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.scenario import CLIENTS, Point, Scenario, point_in_words
from harness.report import language
from harness.report.language import say

KNOB_UNITS = ("ms", "s", "us", "kb", "mb")  # that the name of a knob may end with
HALF = 0.5
TWICE = 2.0  # times as much: from there on people say how many times, and below how many percent
FEW, NEARLY_ALL = 10, 99  # percent: outside of them more digits are written


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
    return "∞" if math.isinf(factor) else f"{_factor(factor)}×"


def _factor(factor: float) -> str:
    plain = factor == 0 or 0.001 <= factor < 1000  # noqa: PLR2004  beyond it comes an exponent
    return f"{factor:.3g}" if plain else number(factor)


def ms(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return say("words.never.never") if math.isinf(seconds) else f"{number(1000 * seconds)} ms"


def rate(per_s: float) -> str:
    """Write a rate of requests."""
    return f"{number(per_s)} {language.unit('requests/s')}"


def ceiling(usual: float, most: float) -> str:
    """Write what is usual, and the very most where that is more: between them lies its error."""
    low, high = number(usual), number(most)
    return low if high == low else say("words.interval.between", low=low, high=high)


def micro(seconds: float) -> str:
    """Write a difference of times in microseconds, without the unit."""
    return f"{1e6 * seconds:z,.1f}"


def percent(share: float) -> str:
    """Write a share in percent, with three digits."""
    return f"{number(100 * share)} %"


def whole_percent(share: float) -> str:
    """Write a share in whole percent; near 0 and near 100 with the digits that matter there."""
    value = 100 * share
    digits = ".2g" if value < FEW else ".0f" if value < NEARLY_ALL else ".4g"
    return f"{value:{digits}} %"


def more(found: Interval) -> str:
    """Write how much more so many times as much is: 13.7×, or below twice as much 47 %."""
    if found.estimate < TWICE:
        return bounded(whole_percent(found.estimate - 1), found.bound)
    return bounded(say("words.times", factor=_factor(found.estimate)), found.bound)


def less(found: Interval) -> str:
    """Write how much less one part in so many is, in percent."""
    return bounded(whole_percent(1 - 1 / found.estimate), found.bound)


def bounded(text: str, bound: Bound) -> str:
    """Write "at least" or "at most" before what only bounds a ratio."""
    key = {Bound.AT_LEAST: "words.bound.at_least", Bound.AT_MOST: "words.bound.at_most"}
    return text if bound is Bound.EXACT else say(key[bound], value=text)


def amount(value: float, metric: Metric) -> str:
    """Write a value of a metric without its unit."""
    if math.isinf(value):
        return say(f"words.never.{metric.definition.never.replace(' ', '_')}")
    return number(metric.unit.scale * value)


def quantity(value: float, metric: Metric) -> str:
    """Write a value of a metric with its unit."""
    written = amount(value, metric)
    return written if math.isinf(value) else f"{written} {language.unit(metric.unit.name)}"


def level(found: Interval, metric: Metric, write: Callable[[float, Metric], str] = quantity) -> str:
    """Write a level of a metric; "more than" where it is only a bound."""
    return _beyond(write(found.estimate, metric), found.bound)


def _beyond(text: str, bound: Bound) -> str:
    """Write "more than" or "less than" before a level that is only a bound."""
    key = {Bound.AT_LEAST: "words.bound.more_than", Bound.AT_MOST: "words.bound.less_than"}
    return text if bound is Bound.EXACT else say(key[bound], value=text)


def between(found: Interval, write: Callable[[float], str] = number) -> str:
    """Write the bounds of an interval, or that there is none."""
    if found.n == 1:
        return say("words.interval.once")
    if not found.bounded:
        return say("words.interval.none")
    if found.bound is Bound.AT_LEAST and math.isfinite(found.low):
        return bounded(write(found.low), found.bound)
    if found.bound is Bound.AT_MOST:
        return bounded(write(found.high), found.bound)
    return say("words.interval.between", low=write(found.low), high=write(found.high))


def cell(found: Interval | None, write: Callable[[float], str] = number, remark: str = "") -> Cell:
    """Write an estimate with its interval; n/a where there is none."""
    if found is None:
        return Cell(say("words.unknown"))
    bounds = "" if math.isinf(found.low) or found.n == 1 else between(found, write)
    return Cell(_beyond(write(found.estimate), found.bound), bounds, remark)


def gain(found: Interval, remark: str = "") -> Cell:
    """Write how many times better, with its interval; a collapse in every block has no number."""
    if math.isinf(found.low) or found.high == 0:
        better = "better" if found.high else "worse"
        return Cell(say(f"words.infinitely.{better}"), "", remark)
    return Cell(factor(found), between(found, times), remark)


def factor(found: Interval) -> str:
    """Write how many times, "at least" where it is only a bound."""
    return bounded(times(found.estimate), found.bound)


def count(number: int, what: str) -> str:
    """Write a number of things, one or several."""
    key = f"words.count.{what}.{'one' if number == 1 else 'many'}"
    if language.known(key):
        return say(key, number=number)
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: list[str]) -> str:
    """Write names as one lists them in a sentence."""
    *first, last = names or [""]
    joined = say("words.list.comma").join(first)
    return say("words.list.last", first=joined, last=last) if first else last


def budget(one: Budget) -> str:
    """Write what a variant may use."""
    return say(
        "words.budget", workers=one.workers, threads=one.threads, connections=one.connections
    )


def title(scenario: Scenario) -> str:
    """Write the name of a scenario for people, with its point."""
    if not scenario.at:
        return scenario.name
    return say("words.title", name=scenario.home, point=point_in_words(scenario.at))


def name_of(metric: Metric) -> str:
    """Return a metric's name as it stands in a sentence, such as median response time."""
    key = f"words.name.{metric.kind.lower().replace(' ', '_')}"
    return say(key) if language.known(key) else language.metric(metric.name)


def placed(name: str, metric: Metric, rate: str) -> str:
    """Return the name of a metric and where it is read: of so many clients, or at this load."""
    if metric.clients is not None:
        return say("words.at.clients", name=name, clients=count(metric.clients, "client"))
    return say("words.at.rate", name=name, rate=rate) if rate else name


def load(share: float) -> str:
    """Write an open load as a part of what the slowest variant can serve."""
    if share == HALF:
        return say("words.load.half")
    return say("words.load.share", share=f"{100 * share:g} %")


def point(at: Point) -> str:
    """Write the values of knobs as people say them, such as wait 10 ms, 64 clients.

    A knob at 0 adds nothing to the first, and is left out.
    """
    first = next(iter(at), "")
    written = (_knob(*one) for one in at.items() if one[1] or one[0] == first)
    return say("words.list.comma").join(written)


def _knob(name: str, value: float) -> str:
    if name == CLIENTS:
        return count(int(value), "client")
    what, _, unit = name.rpartition("_")
    written = f"{value:,.12g}"
    words, amount = (what, f"{written} {unit}") if unit in KNOB_UNITS else (name, written)
    if name == "wait_ms":
        return say("words.wait", amount=amount)
    return f"{words} {amount}".replace("_", " ")
