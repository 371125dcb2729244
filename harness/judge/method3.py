"""What method 3 said of its own runs: exact signed-rank intervals, looks, Bonferroni.

Old runs are judged by it, and no new ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.design.ceilings import ceilings
from harness.design.design import ALPHA, Design
from harness.judge.answer import Answer, Contrast, doubts, too_few
from harness.judge.blocks import Block, VoidBlock, readings, void_blocks, whole_blocks
from harness.judge.interval import Interval, Judgement, Verdict, judge
from harness.judge.signed_rank import hodges_lehmann, ratio
from harness.model.facts import Measurement
from harness.model.metric import Metric
from harness.model.scenario import Claim

LOOKS = {
    "smoke": (1,),
    "quick": (6,),
    "standard": (8, 16, 28),
    "thorough": (8, 16, 28, 40),
}
UNSTEADY = 0.1  # by which a metric may move from the first half of its windows to the second


def answer(design: Design, profile: str, measurements: Sequence[Measurement]) -> Answer:
    """Judge a scenario of a run of method 3, made at this profile."""
    scenario, primary, looks = design.scenario, design.scenario.primary, LOOKS[profile]
    alpha = ALPHA / len(looks) / max(1, len(design.pairs))
    fewest = math.ceil(math.log2(2 / alpha))
    first, last = (max(look, fewest) for look in (looks[0], looks[-1]))
    blocks, void = whole_blocks(scenario, measurements), void_blocks(scenario, measurements)
    judged = profile != "smoke"
    invalid = _invalid(design, blocks, void, alpha, (fewest, last // 2)) if judged else ""
    enough = judged and len(blocks) >= first and not invalid
    why = invalid or ("" if enough else too_few(design, len(blocks), first))
    contrasts = {
        (subject, over): _contrast(primary, subject, over, blocks, alpha, why)
        for subject, over in design.pairs
    }
    return Answer(
        scenario,
        len(blocks),
        tuple(contrasts.values()),
        tuple((one, _judge(one, contrasts[one.subject, one.over])) for one in scenario.claims),
        doubts(design, measurements, above_ceiling=enough and _above(design, blocks)),
        _level(design, blocks) if enough and not contrasts else None,
        void,
        invalid,
    )


def level(values: Sequence[float]) -> Interval | None:
    """Return the typical level of values over blocks, estimated on logarithms; None of none."""
    return ratio(values, [1.0] * len(values), ALPHA) if values else None


def difference(differences: Sequence[float], alpha: float) -> Interval:
    """Return the centre of paired differences, in their own unit."""
    return Interval(*hodges_lehmann(differences, alpha), len(differences))


def _contrast(
    metric: Metric, subject: str, over: str, blocks: Sequence[Block], alpha: float, why: str
) -> Contrast:
    sides = [[one.value for one in readings(metric, name, blocks)] for name in (subject, over)]
    if not why and all(sides):
        above, below = sides if metric.better == "higher" else reversed(sides)
        found = ratio(above, below, alpha)
        if found.bounded:
            return Contrast(metric, subject, over, found, judge(found, metric.same_within))
    said = why or f"the {metric.name} could not be read in every block"
    return Contrast(metric, subject, over, None, Verdict.INVALID, said)


def _level(design: Design, blocks: Sequence[Block]) -> Interval | None:
    scenario = design.scenario
    return level([one.value for one in readings(scenario.primary, scenario.baseline.name, blocks)])


def _judge(claim: Claim, contrast: Contrast) -> Judgement:
    gain = contrast.gain
    if gain is None:
        return Judgement.INVALID
    if gain.low >= claim.at_least:
        return Judgement.CONFIRMED
    return Judgement.REFUTED if gain.high < claim.at_least else Judgement.UNDECIDED


def _invalid(
    design: Design,
    blocks: Sequence[Block],
    void: Sequence[VoidBlock],
    alpha: float,
    limits: tuple[int, int],
) -> str:
    """Say why a scenario is invalid, if it is; `limits` are the fewest blocks and the retries."""
    fewest, retries = limits
    if len(void) > retries:
        listed = sorted({reason.says for one in void for reason in one.why})
        return f"more than a third of the blocks are void: {', '.join(listed)}"
    for variant in design.scenario.variants:
        found = [_halves(design, block[variant.name]) for block in blocks]
        moved = [one for one in found if one]
        if len(moved) < max(len(blocks), fewest):
            continue
        drift = ratio([second for _, second in moved], [first for first, _ in moved], alpha)
        if drift.low > 1 + UNSTEADY or drift.high < 1 / (1 + UNSTEADY):
            return f"{variant.name} is not steady: {drift.estimate:.3g}× in the second half"
    return ""


def _halves(design: Design, measurement: Measurement) -> tuple[float, float] | None:
    primary, closed = design.scenario.primary, measurement.closed
    found: tuple[float, float] | None = None
    if primary.name == "capacity" and closed and closed.halves:
        first, second = closed.halves
        # What is worked on in turn is answered all at once, on this or that side of the middle.
        bunch = math.ceil(closed.app_in_flight or 0.0)
        middle = (first + second) / 2
        found = (first, second) if abs(second - first) > bunch else (middle, middle)
    elif primary.name == "p50":
        cell = measurement.at(primary.at)
        found = cell.work.halves_s if cell else None
    return found if found and min(found) > 0 else None


def _above(design: Design, blocks: Sequence[Block]) -> bool:
    """Return whether a capacity is above its ceiling, where one bunch too many may be counted."""
    return any(
        _above_ceiling(design, [block[variant.name] for block in blocks])
        for variant in design.scenario.variants
    )


def _above_ceiling(design: Design, cells: Sequence[Measurement]) -> bool:
    bounds = [ceilings(design.scenario, one, None).most for one in cells]
    reached = []
    for one, bound in zip(cells, bounds, strict=True):
        work_s = one.probe.work_s if one.probe else math.inf
        good, window_s = (one.closed.good, one.closed.window_s) if one.closed else (0, 1.0)
        reached.append(max(0.0, good - 1 - bound * work_s) / window_s)
    return ratio(reached, bounds, ALPHA).low > 1
