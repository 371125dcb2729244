"""Two recorded runs beside each other: what may be said of them together, and what forbids it.

They were measured one after the other, so whatever the machine did in between is in the difference; the gate measures side by side and is what settles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness import plan, stats
from harness.answer import answer, gain, values, whole_blocks
from harness.errors import BenchError
from harness.plan import PROFILES
from harness.records import Run
from harness.scenario import Scenario
from harness.stats import Interval

CONDITIONS = ("machine", "versions", "services", "cores", "images")  # of machine.json
QUESTION = ("workload", "primary", "budget", "clients", "loads", "sweep", "knobs")  # of a scenario


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
        return self.other.low / self.one.high, self.other.estimate / self.one.estimate, self.other.high / self.one.low

    @property
    def differs(self) -> bool:
        """Say whether the intervals lie apart."""
        low, _, high = self.ratio
        return low > 1 or high < 1


def compare(one: Run, other: Run, *, claims: bool) -> Iterator[Pair]:
    """Set the deciding metric of each variant of two runs beside each other, or with `claims` the ratios alone, which travel between machines.

    Raises BenchError, naming the field, where they may not be compared, or a record is damaged.
    """
    require(one, other, claims=claims)
    theirs = {scenario.name: scenario for scenario in other.asked.scenarios}
    for scenario in one.asked.scenarios:
        if scenario.name in theirs:
            yield from _claims(one, other, scenario) if claims else _levels(one, other, scenario)


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
        raise BenchError(f"{one.folder} and {other.folder} have no scenario in common", hint="compare runs of the same scenarios")
    for scenario in common:
        for field in QUESTION:
            _same(f"{scenario.name}: {field}", getattr(scenario, field), getattr(asked[scenario.name], field))
        budgets = [{v.name: which.budget_of(v) for v in which.variants} for which in (scenario, asked[scenario.name])]
        for name in budgets[0].keys() & budgets[1].keys():
            _same(f"{scenario.name}/{name}: budget", budgets[0][name], budgets[1][name])


def _levels(one: Run, other: Run, scenario: Scenario) -> Iterator[Pair]:
    blocks = [whole_blocks(next(s for s in run.asked.scenarios if s.name == scenario.name), run.read()) for run in (one, other)]
    for variant in scenario.variants:
        if all(found and variant.name in found[0] for found in blocks):
            levels = [stats.typical(of) for found in blocks if (of := values(scenario.primary, variant.name, found))]
            yield from _pair(scenario, f"{variant.name}: {scenario.primary.label}", levels)


def _claims(one: Run, other: Run, scenario: Scenario) -> Iterator[Pair]:
    asked = [next(s for s in run.asked.scenarios if s.name == scenario.name) for run in (one, other)]
    found = [(which, run.asked.profile, run.read()) for which, run in zip(asked, (one, other), strict=True)]
    judged = [
        (which, plan.level(which, PROFILES[profile]), whole_blocks(which, read), answer(which, PROFILES[profile], read)) for which, profile, read in found
    ]
    for subject, over in scenario.pairs:
        gains = [
            gained
            for which, level, blocks, said in judged
            if (subject, over) in which.pairs and not said.invalid and (gained := gain(which.primary, subject, over, blocks, level))
        ]
        yield from _pair(scenario, f"{subject} over {over}: {scenario.primary.label}", gains)


def _pair(scenario: Scenario, what: str, found: list[Interval]) -> Iterator[Pair]:
    """Give a pair, where both sides have a bounded interval of finite numbers."""
    if len(found) == 2 and all(one.bounded and 0 < one.low <= one.high < float("inf") for one in found):  # noqa: PLR2004  both sides
        yield Pair(scenario.name, what, *found)


def _same(field: str, one: object, other: object) -> None:
    if one != other:
        raise BenchError(
            f"the runs differ in {field}: {one} in the one, {other} in the other",
            hint="compare runs made under the same conditions; ratios alone travel between machines: --claims",
        )


def _same_conditions(field: str, one: Any, other: Any) -> None:  # noqa: ANN401  whatever machine.json holds
    """Compare conditions part by part, so that the one that differs is named."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for part in sorted(one.keys() & other.keys() if field == "services" else one.keys() | other.keys()):
            _same_conditions(f"{field}: {part}", one.get(part), other.get(part))
    else:
        _same(field, one, other)
