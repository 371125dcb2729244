"""Two recorded runs beside each other: what may be said of them together, and what forbids it.

They were measured one after the other, so whatever the machine did in between is in the
difference. The gate measures side by side, and is what settles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.design.design import Design
from harness.judge.answer import Answer
from harness.judge.blocks import Block, level, readings, whole_blocks
from harness.judge.caveats import stand_in
from harness.judge.interval import Interval
from harness.judge.judging import answer_of, design_of
from harness.model.errors import BenchError
from harness.model.metric import Metric
from harness.model.record import Record
from harness.model.scenario import QUESTION

CONDITIONS = ("machine", "versions", "services", "cores", "images")  # of machine.json


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both runs, each with its interval, and the second as a multiple of the first.

    It is a level of the metric, in its own unit, or a ratio of two variants by it. Only ratios are
    `judged`: a level is that of one hour of one machine, and its blocks are no sample of other
    hours. Where the intervals of two ratios do not overlap, the runs differ at a level below 1 %.
    """

    scenario: str
    what: str
    metric: Metric
    one: Interval
    other: Interval
    judged: bool

    @property
    def ratio(self) -> tuple[float, float, float]:
        """The second over the first: low, estimate, high."""
        one, other = self.one, self.other
        return other.low / one.high, other.estimate / one.estimate, other.high / one.low

    @property
    def differs(self) -> bool | None:
        """Whether the intervals do not overlap; None where that is not judged."""
        low, _, high = self.ratio
        return (low > 1 or high < 1) if self.judged else None


@dataclass(frozen=True, slots=True)
class _Side:
    """What one run says of a scenario."""

    design: Design
    blocks: Sequence[Block]
    answer: Answer


def compare(one: Record, other: Record, *, claims: bool) -> list[Pair]:
    """Pair the deciding metric of each variant of two runs, or with `claims` the ratios alone.

    Raises BenchError, naming the field, where they may not be compared; and where neither has a
    figure that the other has.
    """
    require_comparable(one, other, claims=claims)
    pairs: list[Pair] = []
    for scenario in one.asked.scenarios:
        sides = [side for record in (one, other) if (side := _side(scenario.name, record))]
        if len(sides) == len((one, other)):
            pairs += _claims(*sides) if claims else _levels(*sides)
    if not pairs:
        raise BenchError(
            f"{one.name} and {other.name} have no valid figure in common",
            hint="compare runs of profile quick or more that came to their end",
        )
    return pairs


def require_comparable(one: Record, other: Record, *, claims: bool) -> None:
    """Refuse two runs that differ in what must be the same, naming the field."""
    mine, theirs = one.asked, other.asked
    _same("method", one.method, other.method)
    if not claims:
        _same("place", mine.on, theirs.on)
        _same("profile", mine.profile, theirs.profile)
        for field in CONDITIONS:
            _same_conditions(field, one.machine.get(field), other.machine.get(field))
    common = [
        (scenario, same)
        for scenario in mine.scenarios
        if (same := other.scenario(scenario.name)) is not None
    ]
    if not common:
        raise BenchError(
            f"{one.name} and {other.name} have no scenario in common",
            hint="compare runs of the same scenarios",
        )
    for scenario, same in common:
        for field in QUESTION:
            _same(f"{scenario.name}: {field}", getattr(scenario, field), getattr(same, field))
        budgets = [{v.name: of.budget_of(v) for v in of.variants} for of in (scenario, same)]
        for name in budgets[0].keys() & budgets[1].keys():
            _same(f"{scenario.name}/{name}: budget", budgets[0][name], budgets[1][name])


def _side(name: str, record: Record) -> _Side | None:
    """Return what a run says of a scenario; None where it was not asked, or is invalid."""
    if (scenario := record.scenario(name)) is None:
        return None
    found = answer_of(record, scenario)
    blocks = whole_blocks(scenario, record.measurements)[: found.blocks]
    return None if found.invalid else _Side(design_of(record, scenario), blocks, found)


def _levels(*sides: _Side) -> Iterator[Pair]:
    metric = sides[0].design.scenario.primary
    for variant in sides[0].design.scenario.variants:
        measured = [side for side in sides if side.blocks and variant.name in side.blocks[0]]
        levels = [
            level(readings(metric, variant.name, side.blocks), side.design.planned_blocks)
            for side in measured
        ]
        found = [one for one in levels if one]
        yield from _pair(sides, f"{variant.name}: {metric.label}", metric, found, judged=False)


def _claims(*sides: _Side) -> Iterator[Pair]:
    metric = sides[0].design.scenario.primary
    for one in sides[0].answer.contrasts:
        gains = [
            contrast.gain
            for side in sides
            for contrast in side.answer.contrasts
            if (contrast.subject, contrast.over) == (one.subject, one.over) and contrast.gain
        ]
        what = f"{one.subject} over {one.over}: {metric.label}"
        yield from _pair(sides, what, metric, gains, judged=True)


def _pair(
    sides: Sequence[_Side], what: str, metric: Metric, found: Sequence[Interval], *, judged: bool
) -> Iterator[Pair]:
    """Yield a pair, where both sides have a bounded interval of finite numbers."""
    finite = all(one.bounded and 0 < one.low <= one.high < math.inf for one in found)
    if len(found) == len(sides) and finite:
        label = stand_in(caveat for side in sides for caveat in side.answer.caveats)
        one, other = found
        scenario = sides[0].design.scenario.name
        yield Pair(scenario, f"{what}{label}", metric, one, other, judged)


def _same(field: str, one: object, other: object) -> None:
    if one != other:
        raise BenchError(
            f"the runs differ in {field}: {one} in the one, {other} in the other",
            hint="compare runs made under the same conditions, or the ratios alone: --claims",
        )


def _same_conditions(
    field: str,
    one: Any,  # noqa: ANN401  as machine.json has it
    other: Any,  # noqa: ANN401  the same
) -> None:
    """Compare conditions part by part, so that the one that differs is named."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        _same(field, one, other)
        return
    shared = field == "services"  # what only one of the runs needed does not matter
    parts = one.keys() & other.keys() if shared else one.keys() | other.keys()
    for part in sorted(parts):
        _same_conditions(f"{field}: {part}", one.get(part), other.get(part))
