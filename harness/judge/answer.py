"""What a run says to a scenario's question: contrasts, claims judged, blocks that were void."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.design.ceilings import ceiling
from harness.design.design import Design
from harness.judge import statistics
from harness.judge.caveats import Caveat, VoidReason, caveats_of
from harness.judge.guards import void_reasons
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model.facts import Measurement
from harness.model.metric import Metric
from harness.model.scenario import Claim, Scenario

UNSTEADY = 0.1  # by which a metric may move from the first half of its windows to the second

Block = Mapping[str, Measurement]  # by variant


@dataclass(frozen=True, slots=True)
class Contrast:
    """How many times better `subject` is than `over`, by one metric.

    `gain` is None where that cannot be said, and then `why` says why not.
    """

    metric: Metric
    subject: str
    over: str
    gain: Interval | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class VoidBlock:
    """A void block: which, at which attempt, and why."""

    block: int
    attempt: int
    why: tuple[VoidReason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said of one scenario after so many whole `blocks`.

    `level` is what a server that is compared with nothing reached. Where the scenario is
    `invalid`, that says why, and nothing else is said.
    """

    scenario: Scenario
    blocks: int
    contrasts: tuple[Contrast, ...]
    claims: tuple[tuple[Claim, Judgement], ...]
    caveats: tuple[Caveat, ...]
    level: Interval | None = None
    void: tuple[VoidBlock, ...] = ()
    invalid: str = ""

    @property
    def settled(self) -> bool:
        """Whether no further block is wanted: every contrast has a verdict."""
        return bool(self.invalid) or all(
            contrast.verdict is not Verdict.UNCLEAR for contrast in self.contrasts
        )


def answer(design: Design, measurements: Sequence[Measurement]) -> Answer:
    """Judge a scenario by the whole blocks on record; the pilot is never among them."""
    scenario, primary = design.scenario, design.scenario.primary
    blocks, void = whole_blocks(scenario, measurements), void_blocks(scenario, measurements)
    invalid = _invalid(design, blocks, void)
    enough = design.profile.judged and len(blocks) >= design.looks[0] and not invalid
    why = invalid or ("" if enough else _too_few(design, len(blocks)))
    contrasts = {
        (subject, over): _contrast(primary, subject, over, blocks, design.alpha, why)
        for subject, over in design.pairs
    }
    levels = values(primary, scenario.baseline.name, blocks) if enough and not contrasts else []
    if enough and not contrasts and not levels:
        invalid = f"the {primary.name} could not be read in every block"
    return Answer(
        scenario,
        len(blocks),
        tuple(contrasts.values()),
        tuple((one, _judge(one, contrasts[one.subject, one.over])) for one in scenario.claims),
        _caveats(design, measurements, blocks if enough else []),
        statistics.typical(levels) if levels else None,
        void,
        invalid,
    )


def whole_blocks(
    scenario: Scenario, measurements: Sequence[Measurement], *, void: bool = False
) -> list[dict[str, Measurement]]:
    """Return the blocks that hold every variant, in order, without the pilot.

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
        why = {reason for one in measured.values() for reason in void_reasons(scenario, one)}
        if why:
            ordered = tuple(reason for reason in VoidReason if reason in why)
            found.append(VoidBlock(block, attempt, ordered))
    return tuple(found)


def values(metric: Metric, variant: str, blocks: Sequence[Block]) -> list[float]:
    """Return one metric of one variant, block by block; empty if any block lacks it."""
    found = [metric.read(block[variant]) for block in blocks]
    return [] if None in found else [value for value in found if value is not None]


def gain(
    metric: Metric, subject: str, over: str, blocks: Sequence[Block], alpha: float
) -> Interval | None:
    """Return how many times better `subject` is: above 1 is better, whichever way it points.

    None where a block lacks the metric, or blocks are too few.
    """
    of_subject, of_other = values(metric, subject, blocks), values(metric, over, blocks)
    if not of_subject or not of_other:
        return None
    pair = (of_subject, of_other) if metric.better == "higher" else (of_other, of_subject)
    found = statistics.ratio(*pair, alpha)
    return found if found.bounded else None


def compared(
    metric: Metric, subject: str, over: str, blocks: Sequence[Block], alpha: float
) -> Contrast:
    """Compare two variants by one metric."""
    found = gain(metric, subject, over, blocks, alpha)
    if found is None:
        why = f"the {metric.name} could not be read in every block"
        return Contrast(metric, subject, over, None, Verdict.INVALID, why)
    verdict = statistics.judge(found, metric.same_within)
    return Contrast(metric, subject, over, found, verdict)


def _contrast(
    metric: Metric, subject: str, over: str, blocks: Sequence[Block], alpha: float, why: str
) -> Contrast:
    if why:
        return Contrast(metric, subject, over, None, Verdict.INVALID, why)
    return compared(metric, subject, over, blocks, alpha)


def _blocks(
    scenario: Scenario, measurements: Sequence[Measurement]
) -> dict[tuple[int, int], dict[str, Measurement]]:
    """Group measurements by (block, attempt), then by variant."""
    blocks: dict[tuple[int, int], dict[str, Measurement]] = {}
    for measurement in measurements:
        trial = measurement.trial
        if trial.scenario == scenario.name and trial.block > 0:
            blocks.setdefault((trial.block, trial.attempt), {})[trial.variant] = measurement
    return blocks


def _too_few(design: Design, blocks: int) -> str:
    if not design.profile.judged:
        return "the smoke profile only shows that everything works"
    return f"{blocks} of the {design.looks[0]} blocks it takes are measured"


def _invalid(design: Design, blocks: Sequence[Block], void: Sequence[VoidBlock]) -> str:
    """Say why the scenario is invalid, if it is.

    Too many blocks are void, or a metric moves within its window in block after block.
    """
    if not design.profile.judged:
        return ""
    if len(void) > design.retry_budget:
        counts = Counter(reason.says for one in void for reason in one.why).most_common()
        listed = ", ".join(f"{says} ({count} of {len(void)})" for says, count in counts)
        return f"more than a third of the blocks are void: {listed}"
    drifts = ((one.name, _drift(design, one.name, blocks)) for one in design.scenario.variants)
    for name, drift in drifts:
        if drift and (drift.low > 1 + UNSTEADY or drift.high < 1 / (1 + UNSTEADY)):
            interval = f"95 % CI {drift.low:.3g}× to {drift.high:.3g}×, {drift.n} blocks"
            return (
                f"the {design.scenario.primary.name} of {name} is not steady: "
                f"{drift.estimate:.3g}× in the second half of each window of what it was in the "
                f"first ({interval})"
            )
    return ""


def _drift(design: Design, variant: str, blocks: Sequence[Block]) -> Interval | None:
    """Return the primary metric in the second half of its windows over that in the first."""
    found = [design.scenario.primary.halves(block[variant]) for block in blocks]
    halves = [one for one in found if one]
    if len(halves) < len(blocks) or len(halves) < design.fewest_blocks:
        return None
    seconds, firsts = [one[1] for one in halves], [one[0] for one in halves]
    return statistics.ratio(seconds, firsts, design.alpha)


def _judge(claim: Claim, contrast: Contrast) -> Judgement:
    if contrast.gain is None:
        return Judgement.INVALID
    return statistics.judge_claim(contrast.gain, claim.at_least)


def _caveats(
    design: Design, measurements: Sequence[Measurement], blocks: Sequence[Block]
) -> tuple[Caveat, ...]:
    """Return every doubt, in the order of their list; `blocks` are those that carry an answer."""
    scenario = design.scenario
    mine = [one for one in measurements if one.trial.scenario == scenario.name]
    found = {caveat for one in mine for caveat in caveats_of(scenario, one)}
    if blocks and _above_ceiling(scenario, blocks):
        found.add(Caveat.ABOVE_CEILING)
    libraries = {variant.name: variant.libraries for variant in scenario.variants}
    if any(libraries[subject] != libraries[over] for subject, over in design.pairs):
        found.add(Caveat.LIBRARIES)
    return tuple(caveat for caveat in Caveat if caveat in found)


def _above_ceiling(scenario: Scenario, blocks: Sequence[Block]) -> bool:
    """Return whether a capacity lies above what the theory allows, beyond doubt.

    Where all that is in service ends together, a window may hold one such bunch too many.
    """

    def surely(one: Measurement, bound: float) -> float:
        work_s = one.probe.work_s if one.probe else math.inf
        in_service = 1 + bound * work_s  # by Little's law, at the ceiling
        return max(0.0, one.closed.good - in_service) / one.closed.window_s

    for variant in scenario.variants:
        cells = [block[variant.name] for block in blocks]
        bounds = [ceiling(scenario, one) for one in cells]
        reached = [surely(one, bound) for one, bound in zip(cells, bounds, strict=True)]
        if statistics.ratio(reached, bounds).low > 1:
            return True
    return False
