"""What a gate found, in words: once, for every format to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.caveats import stand_in
from harness.judge.gate import (
    ContestResult,
    GateVerdict,
    MetricChange,
    MetricVerdict,
    RunVerdict,
)

SIGNS = {
    GateVerdict.REGRESSION: "✗",
    GateVerdict.UNCLEAR: "?",
    GateVerdict.INVALID: "–",
    GateVerdict.PASSED: "✓",
}
COUNTED = {
    GateVerdict.REGRESSION: "slower",
    GateVerdict.UNCLEAR: "inconclusive",
    GateVerdict.INVALID: "invalid",
    GateVerdict.PASSED: "no slower",
}
POWER = "(80 % power)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a gate found.

    `base` and `head` are the two sides in words, `lone` what only one side has, `skipped` what
    could not be measured here, `command` how to do it again.
    """

    base: str
    head: str
    margin: float
    results: Sequence[ContestResult]
    lone: Sequence[str]
    skipped: Sequence[str]
    command: str
    took_s: float

    @property
    def headline(self) -> str:
        """How many contests had each verdict."""
        verdicts = [result.verdict for result in self.results]
        found = [verdict for verdict in GateVerdict if verdict in verdicts]
        return ", ".join(f"{verdicts.count(one)} {COUNTED[one]}" for one in found)

    @property
    def worst_first(self) -> list[ContestResult]:
        """The contests, regressions first."""
        order = list(GateVerdict)
        return sorted(self.results, key=lambda one: order.index(one.verdict))

    @property
    def changes(self) -> Iterator[tuple[ContestResult, MetricChange]]:
        """Each metric of each contest."""
        return ((result, change) for result in self.results for change in result.first.changes)


def because(result: ContestResult) -> str:
    """Say in a sentence what came of a contest, and why."""
    return f"{_why(result)}{stand_in(result.first.caveats)}"


def in_words(change: MetricChange) -> str:
    """Say how much more head costs by one metric, and how that is judged."""
    found = f"{between(change)}, {change.cost.n} blocks"
    return f"{change.metric.name}: head costs {percent(change)} ({found}), {change.verdict}"


def percent(change: MetricChange) -> str:
    """Write how much more head costs."""
    return _percent(change.cost.estimate)


def between(change: MetricChange) -> str:
    """Write the interval of that."""
    return f"{_percent(change.cost.low).removesuffix(' %')} … {_percent(change.cost.high)}"


def _why(result: ContestResult) -> str:
    first = result.first
    if first.invalid:
        return f"{'failed' if first.broken else 'no answer'}, {first.invalid}"
    by = " and its ".join(first.suspects)
    if result.confirmed:
        return f"slower by its {by}, and a second run under another seed finds the same"
    if first.suspects:
        return f"not confirmed: slower by its {by}, but {_second(result.second)}"
    unsure = [one for one in first.changes if one.verdict is MetricVerdict.UNCLEAR]
    least = " and ".join(
        f"≥ {100 * (one.detectable - 1):.1f} % of {one.metric.name}" for one in unsure
    )
    if result.verdict is not GateVerdict.PASSED:
        return f"inconclusive: at this budget only changes {least} are detectable {POWER}"
    if unsure:
        return f"no slower by its capacity; changes {least} would be detected {POWER}"
    return "no slower"


def _second(second: RunVerdict | None) -> str:
    if second is None:
        return "there was no time for the second run"
    if second.invalid:
        return f"the second run has no answer: {second.invalid}"
    return "the second run does not find it"


def _percent(cost: float) -> str:
    return f"{100 * (cost - 1):+.1f} %".replace("inf", "∞")
