"""What a run says to a scenario's question: contrasts, claims judged, blocks that were void.

Judged by method 4. What method 3 said of its own runs is in method3.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.design.ceilings import ceilings
from harness.design.design import Design
from harness.judge.blocks import (
    Block,
    VoidBlock,
    halves,
    level,
    paired,
    readings,
    seen_once,
    void_blocks,
    whole_blocks,
    why_void,
)
from harness.judge.caveats import Caveat, caveats_of
from harness.judge.interval import Interval, Judgement, Verdict
from harness.judge.paired import Paired, blocks_to_tell, judge_claims, verdict
from harness.model.facts import Measurement
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.scenario import Claim, Scenario


@dataclass(frozen=True, slots=True)
class Contrast:
    """How many times better `subject` is than `over`, by one metric.

    `gain` is None where that cannot be said, and then `why` says why not. `more` is how many
    blocks would tell, where it is unclear.
    """

    metric: Metric
    subject: str
    over: str
    gain: Interval | None
    verdict: Verdict
    why: str = ""
    more: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said of one scenario after so many whole `blocks`.

    `level` is what a server that is compared with nothing reached. Where the scenario is
    `invalid`, that says why, and nothing else is said. `asked_by_noise` is how many blocks the
    noise asked for, where those were more than planned.
    """

    scenario: Scenario
    blocks: int
    contrasts: tuple[Contrast, ...]
    claims: tuple[tuple[Claim, Judgement], ...]
    caveats: tuple[Caveat, ...]
    level: Interval | None = None
    void: tuple[VoidBlock, ...] = ()
    invalid: str = ""
    asked_by_noise: int | None = None


def answer(design: Design, measurements: Sequence[Measurement]) -> Answer:
    """Judge a scenario by the whole blocks on record, once they are as many as the noise asks."""
    scenario, primary = design.scenario, design.scenario.primary
    blocks, void = whole_blocks(scenario, measurements), void_blocks(scenario, measurements)
    wanted = blocks_wanted(design, blocks)
    blocks = blocks[:wanted]
    enough = design.profile.judged and len(blocks) == wanted
    found = {
        (subject, over): _contrast(design, primary, subject, over, blocks if enough else [])
        for subject, over in design.pairs
    }
    invalid = _too_void(design, void, wanted)
    if enough and not invalid:
        invalid = _unsteady(design, blocks, [contrast.gain for contrast, _ in found.values()])
    why = invalid or ("" if enough else too_few(design, len(blocks), wanted))
    levels = _level(design, blocks) if enough and not found else None
    if enough and not found and levels is None:
        invalid = f"the {primary.name} could not be read in every block"
    contrasts = {pair: contrast for pair, (contrast, _) in found.items()}
    if why:
        contrasts = {
            (subject, over): Contrast(primary, subject, over, None, Verdict.INVALID, why)
            for subject, over in design.pairs
        }
    differences = {pair: difference for pair, (_, difference) in found.items() if not why}
    return Answer(
        scenario,
        len(blocks),
        tuple(contrasts.values()),
        _claims(design, differences),
        doubts(
            design,
            measurements,
            above_ceiling=enough and not invalid and _above_ceiling(design, measurements, blocks),
        ),
        levels,
        void,
        invalid,
        wanted if wanted > design.planned_blocks and enough else None,
    )


def blocks_wanted(design: Design, blocks: Sequence[Block]) -> int:
    """Return how many whole blocks the answer takes: those planned, or what their noise asks for.

    It depends on the spread of the planned blocks, never on the ratios.
    """
    planned, primary = design.planned_blocks, design.scenario.primary
    if len(blocks) < planned or not design.profile.judged:
        return planned
    wanted = [planned]
    for subject, over in design.pairs:
        found = paired(primary, subject, over, blocks[:planned], planned)
        if found is not None:
            close_to = primary.definition.close_to
            wanted.append(found.blocks_wanted(design.alpha, close_to, design.most_blocks))
    return max(wanted)


def _contrast(
    design: Design, metric: Metric, subject: str, over: str, blocks: Sequence[Block]
) -> tuple[Contrast, Paired | None]:
    found = paired(metric, subject, over, blocks, design.planned_blocks)
    if found is None:
        why = f"the {metric.name} could not be read in every block"
        if any(one.bound is not Bound.EXACT for one in readings(metric, subject, blocks)):
            why = f"neither {metric.name} was seen to end"
        return Contrast(metric, subject, over, None, Verdict.INVALID, why), None
    gain = found.ratio(design.alpha)
    said = verdict(gain, metric.same_within)
    unclear = said is Verdict.UNCLEAR
    more = blocks_to_tell(found, design.alpha, metric.same_within) if unclear else None
    return Contrast(metric, subject, over, gain, said, more=more), found


def _claims(
    design: Design, found: Mapping[tuple[str, str], Paired | None]
) -> tuple[tuple[Claim, Judgement], ...]:
    """Judge the claims that have an interval, together; the others are invalid."""
    claims = design.scenario.claims
    tested = [
        (claim, difference, math.log(claim.at_least))
        for claim in claims
        if (difference := found.get((claim.subject, claim.over))) is not None
    ]
    judged = judge_claims([(difference, at_least) for _, difference, at_least in tested])
    verdicts = {id(claim): one for (claim, *_), one in zip(tested, judged, strict=True)}
    return tuple((claim, verdicts.get(id(claim), Judgement.INVALID)) for claim in claims)


def _level(design: Design, blocks: Sequence[Block]) -> Interval | None:
    """Return what a server that is compared with nothing reached."""
    found = readings(design.scenario.primary, design.scenario.baseline.name, blocks)
    return level(found, design.planned_blocks)


def too_few(design: Design, blocks: int, wanted: int) -> str:
    """Say why there is no answer yet."""
    if not design.profile.judged:
        return "the smoke profile only shows that everything works"
    return f"{blocks} of the {wanted} blocks it takes are measured"


def _too_void(design: Design, void: Sequence[VoidBlock], wanted: int) -> str:
    """Say that too many blocks are void, if they are."""
    if not design.profile.judged or len(void) <= design.retry_budget(wanted):
        return ""
    return f"more than a third of the blocks are void: {why_void(void)}"


def _unsteady(design: Design, blocks: Sequence[Block], gains: Sequence[Interval | None]) -> str:
    """Say which variant moves within its windows by more than the intervals that are printed."""
    widths = [math.log(one.high / one.low) / 2 for one in gains if one and 0 < one.low <= one.high]
    allowed = max([*(one for one in widths if math.isfinite(one)), math.log(1.02)])
    for variant in design.scenario.variants:
        found = [halves(design.scenario, block[variant.name]) for block in blocks]
        moved = [math.log(second / first) for first, second in filter(None, found)]
        if len(moved) < len(blocks) or len(moved) < 2:  # noqa: PLR2004  one has no spread
            continue
        low, high = Paired(moved, min(design.planned_blocks, len(moved))).interval(design.alpha)
        if low > allowed or high < -allowed:
            middle = math.exp(sum(moved) / len(moved))
            interval = f"95 % CI {math.exp(low):.3g}× to {math.exp(high):.3g}×, {len(moved)} blocks"
            return (
                f"{variant.name} is not steady: in the second half of each window it is at "
                f"{middle:.3g}× of what it was in the first ({interval})"
            )
    return ""


def doubts(
    design: Design, measurements: Sequence[Measurement], *, above_ceiling: bool
) -> tuple[Caveat, ...]:
    """Return every doubt about a scenario, in the order of their list."""
    scenario = design.scenario
    mine = [one for one in measurements if one.trial.scenario == scenario.name]
    found = {caveat for one in mine for caveat in caveats_of(scenario, one)}
    if above_ceiling:
        found.add(Caveat.ABOVE_CEILING)
    libraries = {variant.name: variant.libraries for variant in scenario.variants}
    if any(libraries[subject] != libraries[over] for subject, over in design.pairs):
        found.add(Caveat.LIBRARIES)
    return tuple(caveat for caveat in Caveat if caveat in found)


def _above_ceiling(
    design: Design, measurements: Sequence[Measurement], blocks: Sequence[Block]
) -> bool:
    """Return whether a capacity lies above what the theory allows, beyond doubt."""
    evidence = seen_once(design.scenario, measurements, "evidence")
    for variant in design.scenario.variants:
        cells = [block[variant.name] for block in blocks if block[variant.name].closed]
        probe = evidence[variant.name].probe if variant.name in evidence else None
        over = [
            math.log(one.closed.goodput / bound)
            for one in cells
            if one.closed
            and one.closed.goodput > 0
            and math.isfinite(bound := ceilings(design.scenario, one, probe).most)
        ]
        has_spread = len(over) > 1
        if has_spread and Paired(over, len(over)).interval(design.alpha)[0] > 0:
            return True
    return False
