"""Two recorded runs beside each other: what may be said of them together, and what forbids it.

They were measured one after the other, so whatever the machine did in between is in the difference; the gate measures side by side and is what settles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.design import plan
from harness.design.plan import PROFILES
from harness.judge import statistics
from harness.judge.answer import Answer, answer, gain, values, whole_blocks
from harness.judge.caveats import stand_in
from harness.judge.statistics import Interval
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import QUESTION, Scenario
from harness.store.records import Asked, Run

CONDITIONS = ("machine", "versions", "services", "cores", "images")  # of machine.json


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both runs, each with its interval, and the second as a multiple of the first.

    Where two such intervals lie apart, the runs differ at a level below 1 %.
    """

    scenario: str
    what: str
    one: Interval
    other: Interval

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Give low, estimate, high."""
        return (
            self.other.low / self.one.high,
            self.other.estimate / self.one.estimate,
            self.other.high / self.one.low,
        )

    @property
    def differs(self) -> bool:
        """Say whether the intervals lie apart."""
        low, _, high = self.ratio
        return low > 1 or high < 1


def compare(one: Run, other: Run, *, claims: bool) -> list[Pair]:
    """Set the deciding metric of each variant of two runs beside each other, or with `claims` the ratios alone, which travel between machines.

    Raises BenchError, naming the field, where they may not be compared, or a record is damaged; and where neither has a figure that the other has.
    """
    require(one, other, claims=claims)
    records = [(run.asked, run.read()) for run in (one, other)]
    pairs: list[Pair] = []
    for scenario in one.asked.scenarios:
        sides = [
            side for asked, measured in records if (side := _side(scenario.name, asked, measured))
        ]
        if len(sides) == len(records):
            pairs += _claims(*sides) if claims else _levels(*sides)
    if not pairs:
        raise BenchError(
            f"{one.folder} and {other.folder} have no valid figure in common",
            hint="compare runs of profile quick or more that came to their end",
        )
    return pairs


def require(one: Run, other: Run, *, claims: bool) -> None:
    """Refuse two runs that differ in what must be the same; schema and method are refused by whoever reads them."""
    mine, theirs = one.asked, other.asked
    if not claims:
        _same("place", mine.on, theirs.on)
        _same("profile", mine.profile, theirs.profile)
        for field in CONDITIONS:
            _same_conditions(field, one.machine.get(field), other.machine.get(field))
    asked = {scenario.name: scenario for scenario in theirs.scenarios}
    common = [scenario for scenario in mine.scenarios if scenario.name in asked]
    if not common:
        raise BenchError(
            f"{one.folder} and {other.folder} have no scenario in common",
            hint="compare runs of the same scenarios",
        )
    for scenario in common:
        for field in QUESTION:
            _same(
                f"{scenario.name}: {field}",
                getattr(scenario, field),
                getattr(asked[scenario.name], field),
            )
        budgets = [
            {v.name: which.budget_of(v) for v in which.variants}
            for which in (scenario, asked[scenario.name])
        ]
        for name in budgets[0].keys() & budgets[1].keys():
            _same(f"{scenario.name}/{name}: budget", budgets[0][name], budgets[1][name])


@dataclass(frozen=True, slots=True)
class _Side:
    """What one run says of a scenario."""

    scenario: Scenario
    level: float
    blocks: list[dict[str, Measurement]]
    answer: Answer


def _side(name: str, asked: Asked, measured: Sequence[Measurement]) -> _Side | None:
    """Read a scenario; None where it was not asked, or is invalid."""
    scenario = next((one for one in asked.scenarios if one.name == name), None)
    if scenario is None or (said := answer(scenario, PROFILES[asked.profile], measured)).invalid:
        return None
    return _Side(
        scenario,
        plan.level(scenario, PROFILES[asked.profile]),
        whole_blocks(scenario, measured),
        said,
    )


def _levels(*sides: _Side) -> Iterator[Pair]:
    metric = sides[0].scenario.primary
    for variant in sides[0].scenario.variants:
        found = [
            values(metric, variant.name, side.blocks)
            for side in sides
            if side.blocks and variant.name in side.blocks[0]
        ]
        yield from _pair(
            sides, f"{variant.name}: {metric.label}", [statistics.typical(of) for of in found if of]
        )


def _claims(*sides: _Side) -> Iterator[Pair]:
    metric = sides[0].scenario.primary
    for pair in sides[0].scenario.pairs:
        gains = [
            gained
            for side in sides
            if pair in side.scenario.pairs
            and (gained := gain(metric, *pair, side.blocks, side.level))
        ]
        yield from _pair(sides, f"{pair[0]} over {pair[1]}: {metric.label}", gains)


def _pair(sides: Sequence[_Side], what: str, found: Sequence[Interval]) -> Iterator[Pair]:
    """Give a pair, where both sides have a bounded interval of finite numbers."""
    if len(found) == len(sides) and all(
        one.bounded and 0 < one.low <= one.high < math.inf for one in found
    ):
        label = stand_in(caveat for side in sides for caveat in side.answer.caveats)
        yield Pair(sides[0].scenario.name, f"{what}{label}", *found)


def _same(field: str, one: object, other: object) -> None:
    if one != other:
        raise BenchError(
            f"the runs differ in {field}: {one} in the one, {other} in the other",
            hint="compare runs made under the same conditions; ratios alone travel between machines: --claims",
        )


def _same_conditions(field: str, one: Any, other: Any) -> None:  # noqa: ANN401  whatever machine.json holds
    """Compare conditions part by part, so that the one that differs is named."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for part in sorted(
            one.keys() & other.keys() if field == "services" else one.keys() | other.keys()
        ):
            _same_conditions(f"{field}: {part}", one.get(part), other.get(part))
    else:
        _same(field, one, other)
