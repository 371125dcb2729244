"""The code of the variants: the diff between two of them is the experiment.

Unless they share a file, and their budgets are, or what serves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from harness.model.record import Asked
from harness.model.scenario import Scenario, Variant
from harness.report.language import say

Row = tuple[str, str, str, str]  # sign and line on the left, sign and line on the right


@dataclass(frozen=True, slots=True)
class Diff:
    """Two files side by side, by their names without .py."""

    before: str
    after: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """The baseline's file beside every other one, and remarks on those that share theirs.

    `listing` is the file where there is only one.
    """

    diffs: tuple[Diff, ...] = ()
    remarks: tuple[str, ...] = ()
    listing: str = ""


def code(asked: Asked, scenario: Scenario) -> Code:
    """Return the code that was measured, as it is on record."""
    first = {variant.source: variant for variant in reversed(scenario.variants)}
    texts = {
        source: text
        for source, variant in first.items()
        if (text := asked.code.get(f"{scenario.name}/{variant.name}")) is not None
    }
    if not texts:
        return Code(remarks=(say("tables.code.missing"),))
    others = [one for one in scenario.variants if first[one.source] is not one]
    remarks = tuple(sharing(scenario, one, first[one.source]) for one in others)
    listing = texts.get(scenario.baseline.source, "") if len(first) == 1 else ""
    return Code(tuple(_diffs(scenario, texts)), remarks, listing)


def sharing(scenario: Scenario, variant: Variant, other: Variant) -> str:
    """Say that two variants are the same code, and what else differs."""
    mine, others = (asdict(scenario.budget_of(one)) for one in (variant, other))
    differing = [
        say("tables.code.amount", name=name, one=mine[name], other=others[name])
        for name in mine
        if mine[name] != others[name]
    ]
    listed = say("words.list.comma").join(differing)
    parts = [say("tables.code.budget", amounts=listed)] if differing else []
    this = say("tables.code.this")
    served = (
        ("server", variant.server, other.server),
        ("workers", variant.workers, other.workers),
        ("python", variant.python or this, other.python or this),
    )
    parts += [
        say(f"tables.code.{what}", one=one, other=two) for what, one, two in served if one != two
    ]
    differs = say("tables.code.same")
    if parts:
        differs = say("tables.code.differs", parts=say("tables.code.and").join(parts))
    return say(
        "tables.code.shared",
        name=variant.name,
        file=f"{variant.source}.py",
        other=other.name,
        differs=differs,
    )


def diff(before: str, after: str) -> list[Row]:
    """Return the lines of two files side by side.

    Lines that are gone have a minus on the left, new lines a plus on the right.
    """
    left, right = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        minus, plus = ("", "") if what == "equal" else ("-", "+")
        for old, new in zip_longest(left[i1:i2], right[j1:j2]):
            gone = ("", "") if old is None else (minus, old)
            came = ("", "") if new is None else (plus, new)
            rows.append((*gone, *came))
    return rows


def _diffs(scenario: Scenario, texts: dict[str, str]) -> Iterator[Diff]:
    baseline = scenario.baseline.source
    others = [name for name in texts if name != baseline]
    order = [variant.source for variant in scenario.variants]
    for name in sorted(others, key=order.index):
        if baseline in texts:
            yield Diff(baseline, name, tuple(diff(texts[baseline], texts[name])))
