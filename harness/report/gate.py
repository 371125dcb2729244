"""What a gate found, in words: once, for every format to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.caveats import stand_in
from harness.judge.counts import Count, CountChange
from harness.judge.gate import CAPACITY, Confirmed, ContestResult, GateVerdict, MetricChange
from harness.judge.interval import Interval
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.report import wording

SIGNS = {
    GateVerdict.REGRESSION: "✗",
    GateVerdict.UNCLEAR: "?",
    GateVerdict.INVALID: "–",
    GateVerdict.PASSED: "✓",
    GateVerdict.FASTER: "✓",
}
COUNTED = {
    GateVerdict.REGRESSION: "slower",
    GateVerdict.UNCLEAR: "unclear",
    GateVerdict.INVALID: "invalid",
    GateVerdict.PASSED: "no slower",
    GateVerdict.FASTER: "faster",
}
POWER = "(80 % power)"


@dataclass(frozen=True, slots=True)
class Figure:
    """What head costs by one metric, and how that is judged.

    By the first blocks, or by fresh ones under another seed.
    """

    metric: Metric
    cost: Interval
    says: str
    fresh: bool = False

    @property
    def percent(self) -> str:
        """How much more head costs."""
        least = "at least " if self.cost.bound is Bound.AT_LEAST else ""
        return f"{least}{_percent(self.cost.estimate)}"

    @property
    def between(self) -> str:
        """The interval of that."""
        low, high = _percent(self.cost.low), _percent(self.cost.high)
        return f"{low.removesuffix(' %')} … {high}"

    def __str__(self) -> str:
        found = f"{self.between}, {self.cost.n} blocks"
        again = "again, " if self.fresh else ""
        return f"{again}{self.metric.name}: head costs {self.percent} ({found}), {self.says}"


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
        """The contests, regressions first, and of these what was counted."""
        order = list(GateVerdict)
        return sorted(self.results, key=lambda one: (order.index(one.verdict), not one.counts))

    @property
    def judged(self) -> Iterator[tuple[ContestResult, Figure]]:
        """Each metric of each contest, by the blocks that were judged last."""
        return ((result, figure) for result in self.results for figure in judged(result))


def because(result: ContestResult) -> str:
    """Say in a sentence what came of a contest, and why: what was counted before any time."""
    return "; ".join([*map(counted, result.counts), *by_time(result)])


def by_time(result: ContestResult) -> Iterator[str]:
    """Yield what the times say of a contest, whatever was counted; nothing where there are none."""
    first = result.screened
    if not result.counts:
        yield f"{_why(result)}{stand_in(first.caveats)}"
    elif first.suspects:
        yield f"by time {suspicion(result)} in the first blocks"
    elif first.changes or first.invalid:
        yield f"by time {_why(replace(result, counts=()))}"


def counted(change: CountChange) -> str:
    """Say what there is more of in each request of head, and which line is to blame."""
    if change.kind is Count.CONNECTIONS:
        return f"{change.head:g} connections in its pools, {change.base:g} before"
    if change.kind is Count.HOPS:
        more = f"{change.head:.3g} hops to threads for each request, {change.base:.3g} before"
        return f"{more}: {change.code}, {change.line}" if change.line else more
    parts = [change.code or "", f"in {change.library}" if change.library else ""]
    how = "waiting" if change.waiting else "computing"
    return (
        f"{change.line or 'code of a library'} newly holds the loop, {how}, for "
        f"{wording.ms(change.head)} of each request, {wording.ms(change.base)} before: "
        f"{', '.join(part for part in parts if part)}"
    )


def figures(result: ContestResult) -> list[Figure]:
    """Return what was found by the first blocks, then by fresh ones."""
    first = [Figure(one.metric, one.cost, _state(one)) for one in result.screened.changes]
    fresh = result.fresh
    if fresh is None:
        return first
    again = [
        Figure(one.metric, fresh.costs[one.metric.name], _settled(fresh, one.metric), fresh=True)
        for one in first
        if one.metric.name in fresh.costs
    ]
    return [*first, *again]


def judged(result: ContestResult) -> list[Figure]:
    """Return a figure for each metric: by fresh blocks where there are any.

    What the first blocks cost is no fair estimate of what they made suspect.
    """
    return list({figure.metric: figure for figure in figures(result)}.values())


def suspicion(result: ContestResult) -> str:
    """Say by which metrics the first blocks make a contest suspect."""
    return f"slower by its {' and its '.join(result.screened.suspects)}"


def _why(result: ContestResult) -> str:
    first, verdict = result.screened, result.verdict
    if first.invalid:
        return f"{'failed' if first.broken else 'no answer'}, {first.invalid}"
    if first.suspects:
        return _of_suspect(result)
    if verdict is GateVerdict.FASTER:
        by = " and its ".join(one.metric.name for one in first.changes if one.faster)
        return f"faster by its {by}"
    unsure = [one for one in first.changes if not (one.cleared or one.faster)]
    if verdict is not GateVerdict.PASSED:
        return f"unclear: here only {_detectable(unsure)} can be detected {POWER}"
    if unsure:
        return f"no slower by its {CAPACITY.name}; {_detectable(unsure)} would be detected {POWER}"
    return "no slower"


def _of_suspect(result: ContestResult) -> str:
    """Say what came of a contest that the first blocks made suspect."""
    fresh, first = result.fresh, result.screened
    if fresh and fresh.slower:
        by = " and its ".join(fresh.slower)
        return f"slower by its {by}, and fresh blocks under another seed find the same"
    if result.verdict is GateVerdict.PASSED:
        return f"no slower: {suspicion(result)} in the first blocks, but {_fresh(fresh)}"
    said = f"not confirmed: {suspicion(result)} in the first blocks, but {_fresh(fresh)}"
    unsure = [one for one in first.changes if not (one.cleared or one.faster or one.suspect)]
    if unsure and fresh and fresh.settled and not fresh.invalid:
        return f"{said}; of the rest only {_detectable(unsure)} can be detected {POWER}"
    return said


def _detectable(unsure: Sequence[MetricChange]) -> str:
    """Say which changes would be seen."""
    least = (f"≥ {100 * (one.detectable - 1):.1f} % of {one.metric.name}" for one in unsure)
    return f"changes {' and '.join(least)}"


def _state(change: MetricChange) -> str:
    """Say how the first blocks of a metric are judged."""
    if change.suspect:
        return "suspect"
    if change.faster:
        return "faster"
    return "no slower" if change.cleared else "unclear"


def _settled(fresh: Confirmed, metric: Metric) -> str:
    """Say how the fresh blocks of a metric are judged."""
    if metric.name in fresh.slower:
        return "slower"
    return "no slower" if fresh.settled and not fresh.slower else "unclear"


def _fresh(fresh: Confirmed | None) -> str:
    if fresh is None:
        return "there was no time for fresh blocks"
    if fresh.invalid:
        return f"the fresh blocks have no answer: {fresh.invalid}"
    if not fresh.settled:
        return "the fresh blocks do not settle it"
    return "fresh blocks under another seed do not find it"


def _percent(cost: float) -> str:
    return f"{100 * (cost - 1):+.1f} %".replace("inf", "∞")
