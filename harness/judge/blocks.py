"""The blocks of a run, and what is read off them: readings, paired differences, levels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.caveats import VoidReason
from harness.judge.guards import void_reasons
from harness.judge.interval import Interval
from harness.judge.paired import ALPHA, Paired
from harness.model.facts import Measurement
from harness.model.metric import Metric
from harness.model.reading import Bound, Reading
from harness.model.scenario import Scenario

Block = Mapping[str, Measurement]  # by variant


@dataclass(frozen=True, slots=True)
class VoidBlock:
    """A void block: which, at which attempt, and why, by variant."""

    block: int
    attempt: int
    why: tuple[VoidReason, ...]
    variants: tuple[str, ...] = ()


def whole_blocks(
    scenario: Scenario, measurements: Sequence[Measurement], *, void: bool = False
) -> list[dict[str, Measurement]]:
    """Return the deciding blocks that hold every variant, in order.

    A block with anything void in it is left out, unless `void` ones are wanted too.
    """
    blocks = _blocks(scenario, measurements)
    return [
        block
        for _, block in sorted(blocks.items())
        if len(block) == len(scenario.variants)
        and (void or not any(void_reasons(scenario, one) for one in block.values()))
    ]


def void_blocks(scenario: Scenario, measurements: Sequence[Measurement]) -> tuple[VoidBlock, ...]:
    """Return the void blocks, in order."""
    found = []
    for (block, attempt), measured in sorted(_blocks(scenario, measurements).items()):
        why = {name: void_reasons(scenario, one) for name, one in measured.items()}
        reasons = {reason for one in why.values() for reason in one}
        if reasons:
            ordered = tuple(reason for reason in VoidReason if reason in reasons)
            names = tuple(name for name, one in why.items() if one)
            found.append(VoidBlock(block, attempt, ordered, names))
    return tuple(found)


def why_void(void: Sequence[VoidBlock]) -> str:
    """List why blocks are void, the most frequent reason first, and how often."""
    counts = Counter(reason.says for one in void for reason in one.why).most_common()
    return ", ".join(f"{says} ({count} of {len(void)})" for says, count in counts)


def seen_once(
    scenario: Scenario, measurements: Sequence[Measurement], kind: str
) -> dict[str, Measurement]:
    """Return the trials of the evidence pass, or of the exploring one, by variant."""
    return {
        one.trial.variant: one
        for one in measurements
        if one.trial.scenario == scenario.name and one.trial.kind == kind
    }


def readings(metric: Metric, variant: str, blocks: Sequence[Block]) -> list[Reading]:
    """Return one metric of one variant, block by block; empty if any block lacks it."""
    found = [metric.read(block[variant]) for block in blocks]
    return [] if None in found else [one for one in found if one is not None]


def paired(
    metric: Metric, subject: str, over: str, blocks: Sequence[Block], first: int
) -> Paired | None:
    """Return log(subject / over) block by block, so that more is better whichever way it points.

    None where a block lacks the metric, or there are fewer than two, or both only bound it.
    """
    pair = (subject, over) if metric.better == "higher" else (over, subject)
    above, below = (readings(metric, name, blocks) for name in pair)
    bound = _bound([one.bound for one in above], [one.bound for one in below])
    if len(above) < 2 or len(below) < 2 or bound is None:  # noqa: PLR2004  one has no spread
        return None
    differences = [
        math.log(one.value) - math.log(other.value) for one, other in zip(above, below, strict=True)
    ]
    errors = [one.error**2 + other.error**2 for one, other in zip(above, below, strict=True)]
    return Paired(differences, first, math.sqrt(sum(errors) / len(errors)), bound)


def _bound(above: Sequence[Bound], below: Sequence[Bound]) -> Bound | None:
    """Return what a ratio of such readings is; None where nothing can be said of it."""
    flipped = {Bound.AT_LEAST: Bound.AT_MOST, Bound.AT_MOST: Bound.AT_LEAST}
    found = {*above, *(flipped.get(one, one) for one in below)} - {Bound.EXACT}
    if len(found) > 1:
        return None
    return found.pop() if found else Bound.EXACT


def level(found: Sequence[Reading], first: int, alpha: float = ALPHA) -> Interval | None:
    """Return the typical level of a metric over blocks; None without any.

    A single one has no interval. It speaks of these blocks, in this hour, on this machine.
    """
    if not found:
        return None
    bound = next((one.bound for one in found if one.bound is not Bound.EXACT), Bound.EXACT)
    logs = [math.log(one.value) if one.value > 0 else -math.inf for one in found]
    if len(found) < 2 or not all(map(math.isfinite, logs)):  # noqa: PLR2004  one has no spread
        middle = sorted(one.value for one in found)[len(found) // 2]
        return Interval(middle, 0.0, math.inf, len(found), bound)
    floor = math.sqrt(sum(one.error**2 for one in found) / len(found))
    return Paired(logs, min(first, len(logs)), floor, bound).ratio(alpha)


def halves(scenario: Scenario, measurement: Measurement) -> tuple[float, float] | None:
    """Return the first and the second half of the window that decides; None where not seen.

    Of a closed loop the right answers; of an open load the median response, whichever metric of
    it decides.
    """
    primary, closed = scenario.primary, measurement.closed
    found: tuple[float, float] | None = None
    if primary.at is not None:
        cell = measurement.at(primary.at)
        found = None if cell is None else cell.work.halves_s
    elif primary.clients is None and closed is not None and closed.tenths:
        middle = len(closed.tenths) // 2
        found = float(sum(closed.tenths[:middle])), float(sum(closed.tenths[middle:]))
    return found if found and min(found) > 0 else None


def _blocks(
    scenario: Scenario, measurements: Sequence[Measurement]
) -> dict[tuple[int, int], dict[str, Measurement]]:
    """Group deciding measurements by (block, attempt), then by variant."""
    blocks: dict[tuple[int, int], dict[str, Measurement]] = {}
    for measurement in measurements:
        trial = measurement.trial
        if trial.scenario == scenario.name and trial.kind == "deciding":
            blocks.setdefault((trial.block, trial.attempt), {})[trial.variant] = measurement
    return blocks
