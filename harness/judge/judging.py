"""Judge a scenario of a recorded run by the method that measured it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.design.design import Design
from harness.design.profile import profile_named
from harness.judge import answer, blocks, method3
from harness.judge.answer import Answer
from harness.judge.interval import Interval
from harness.judge.paired import Paired
from harness.model.reading import Reading
from harness.model.record import Record
from harness.model.scenario import Scenario

SIGNED_RANK = 3  # the last method that judged by signed ranks


def design_of(record: Record, scenario: Scenario) -> Design:
    """Return the design of a scenario of a run; raises BenchError where its profile is unknown."""
    return Design(scenario, profile_named(record.asked.profile))


def answer_of(record: Record, scenario: Scenario) -> Answer:
    """Return what a run says of one of its scenarios, by the run's own method."""
    design = design_of(record, scenario)
    if record.method <= SIGNED_RANK:
        return method3.answer(design, record.asked.profile, record.measurements)
    return answer.answer(design, record.measurements)


def level_of(record: Record, design: Design, found: Sequence[Reading]) -> Interval | None:
    """Return the typical level of what was read in each block; None of nothing."""
    if record.method <= SIGNED_RANK:
        return method3.level([one.value for one in found])
    return blocks.level(found, design.planned_blocks)


def difference_of(
    record: Record, design: Design, one: Sequence[Reading], other: Sequence[Reading]
) -> Interval | None:
    """Return by how much the one is more than the other, in their unit; None below two blocks.

    All comparisons of the scenario together err as rarely as one may.
    """
    pairs = list(zip(one, other, strict=False))
    differences = [mine.value - theirs.value for mine, theirs in pairs]
    if len(pairs) < 2:  # noqa: PLR2004  one has no spread
        return None
    if record.method <= SIGNED_RANK:
        return method3.difference(differences, design.alpha)
    errors = [(a.value * a.error) ** 2 + (b.value * b.error) ** 2 for a, b in pairs]
    floor = math.sqrt(sum(errors) / len(errors))
    found = Paired(differences, min(design.planned_blocks, len(pairs)), floor)
    return Interval(found.mean, *found.interval(design.alpha), len(pairs))
