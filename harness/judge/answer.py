"""What a run says to a scenario's question: contrasts with the baseline, claims judged, and a sentence for each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.design import plan
from harness.design.plan import Profile
from harness.judge import statistics
from harness.judge.caveats import Caveat, Void
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model.facts import Measurement
from harness.model.scenario import Claim, Metric, Scenario, until_failure

UNSTEADY = 0.1  # by which a metric may move from the first half of its windows to the second


@dataclass(frozen=True, slots=True)
class Contrast:
    """How many times better `subject` is than `over` by the primary metric; None where that cannot be said, and `why` not."""

    metric: Metric
    subject: str
    over: str
    gain: Interval | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Voided:
    """A block that was measured in vain: which, at which attempt, and why."""

    block: int
    attempt: int
    why: tuple[Void, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one scenario. Where it is `invalid`, that says why, and nothing else is said. `settled` means that no further block would change that."""

    scenario: Scenario
    blocks: int
    contrasts: tuple[Contrast, ...]
    claims: tuple[tuple[Claim, Judgement], ...]
    caveats: tuple[Caveat, ...]
    level: str | None = None
    voided: tuple[Voided, ...] = ()
    invalid: str = ""

    @property
    def settled(self) -> bool:
        """Say whether every contrast has a verdict."""
        return bool(self.invalid) or all(
            contrast.verdict is not Verdict.UNCLEAR for contrast in self.contrasts
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say each contrast with its interval; of a server that stands alone, what it served; of an invalid scenario, why it is."""
        if self.invalid:
            return (f"no answer: {self.invalid}",)
        if self.level is not None:
            return (f"the target has a {self.scenario.primary.name} of {self.level}",)
        return tuple(sentence(contrast) for contrast in self.contrasts) or (
            "no answer: there are too few blocks",
        )


def answer(scenario: Scenario, profile: Profile, measurements: Sequence[Measurement]) -> Answer:
    """Judge the scenario by the whole blocks on record; the pilot is never among them."""
    blocks, void = whole_blocks(scenario, measurements), voided(scenario, measurements)
    first = plan.looks(scenario, profile)[0]
    invalid = _invalid(scenario, profile, blocks, void)
    enough = profile.judged and len(blocks) >= first and not invalid
    why = invalid or (
        f"{len(blocks)} of the {first} blocks it takes are measured"
        if profile.judged
        else "the smoke profile only shows that everything works"
    )
    level = plan.level(scenario, profile)
    contrasts = {
        pair: _contrast(scenario.primary, *pair, blocks, level, "" if enough else why)
        for pair in scenario.pairs
    }
    claims = tuple(
        (claim, _judge(claim, contrasts[claim.subject, claim.over])) for claim in scenario.claims
    )
    names = {
        name
        for measurement in measurements
        if measurement.trial.scenario == scenario.name
        for name in measurement.caveats
    }
    caveats = {Caveat[name] for name in names} | (
        {Caveat.ABOVE_CEILING} if enough and _above_ceiling(scenario, blocks) else set()
    )
    caveats |= (
        {Caveat.LIBRARIES}
        if any(
            scenario.variant(one).libraries != scenario.variant(other).libraries
            for one, other in scenario.pairs
        )
        else set()
    )
    stands_alone = _level(scenario, blocks) if enough and not contrasts else None
    if enough and not contrasts and stands_alone is None:
        invalid = f"the {scenario.primary.name} could not be read in every block"
    ordered = tuple(caveat for caveat in Caveat if caveat in caveats)
    return Answer(
        scenario,
        len(blocks),
        tuple(contrasts.values()),
        claims,
        ordered,
        stands_alone,
        void,
        invalid,
    )


def whole_blocks(
    scenario: Scenario, measurements: Sequence[Measurement], *, void: bool = False
) -> list[dict[str, Measurement]]:
    """Sort measurements into blocks that hold every variant and, unless `void` ones are wanted too, nothing void, in order; the pilot is left out."""
    blocks = _blocks(scenario, measurements)
    return [
        block
        for _, block in sorted(blocks.items())
        if len(block) == len(scenario.variants)
        and (void or not any(one.void for one in block.values()))
    ]


def voided(scenario: Scenario, measurements: Sequence[Measurement]) -> tuple[Voided, ...]:
    """List the blocks that were measured in vain."""
    found = [
        (key, {name for one in block.values() for name in one.void})
        for key, block in sorted(_blocks(scenario, measurements).items())
    ]
    return tuple(
        Voided(*key, tuple(void for void in Void if void.name in names))
        for key, names in found
        if names
    )


def _blocks(
    scenario: Scenario, measurements: Sequence[Measurement]
) -> dict[tuple[int, int], dict[str, Measurement]]:
    """Group measurements by block and attempt, by variant."""
    blocks: dict[tuple[int, int], dict[str, Measurement]] = {}
    for measurement in measurements:
        trial = measurement.trial
        if trial.scenario == scenario.name and trial.block > 0:
            blocks.setdefault((trial.block, trial.attempt), {})[trial.variant] = measurement
    return blocks


def _invalid(
    scenario: Scenario,
    profile: Profile,
    blocks: Sequence[dict[str, Measurement]],
    void: Sequence[Voided],
) -> str:
    """Say why the scenario is invalid, if it is: too many blocks void, or a metric that moves within its window in block after block."""
    if not profile.judged:
        return ""
    if len(void) > plan.spare(scenario, profile):
        counts = Counter(why.says for one in void for why in one.why)
        return f"more than a third of the blocks are void: {', '.join(f'{reason} ({count} of {len(void)})' for reason, count in counts.most_common())}"
    for variant in scenario.variants:
        moved = [
            halves for block in blocks if (halves := block[variant.name].halves(scenario.primary))
        ]
        if len(moved) == len(blocks) >= plan.fewest_blocks(plan.level(scenario, profile)):
            drift = statistics.ratio(
                [second for _, second in moved],
                [first for first, _ in moved],
                plan.level(scenario, profile),
            )
            if drift.low > 1 + UNSTEADY or drift.high < 1 / (1 + UNSTEADY):
                return (
                    f"the {scenario.primary.name} of {variant.name} is not steady: {times(drift.estimate)} in the second half of each window "
                    f"of what it was in the first {_interval(drift)}"
                )
    return ""


def values(metric: Metric, variant: str, blocks: Sequence[dict[str, Measurement]]) -> list[float]:
    """Read one metric of one variant, block by block; empty if any block lacks it."""
    found = [block[variant].value(metric) for block in blocks]
    return [] if None in found else [value for value in found if value is not None]


def gain(
    metric: Metric, subject: str, over: str, blocks: Sequence[dict[str, Measurement]], level: float
) -> Interval | None:
    """Estimate how many times better `subject` is: above 1 means better, whichever way the metric points."""
    of_subject, of_other = values(metric, subject, blocks), values(metric, over, blocks)
    if not of_subject or not of_other:
        return None
    pair = (of_subject, of_other) if metric.better == "higher" else (of_other, of_subject)
    found = statistics.ratio(*pair, level)
    return found if found.bounded else None


def sentence(contrast: Contrast) -> str:  # noqa: PLR0911  one return for each thing that can be said
    """Say a contrast with its interval, as one would aloud."""
    subject, over, found = contrast.subject, contrast.over, contrast.gain
    if found is None:
        return f"{subject} against {over}: no answer, {contrast.why}"
    interval = _interval(found)
    if contrast.verdict is Verdict.SAME and contrast.metric == until_failure:
        return f"{subject} and {over} fail after as many requests, or not at all while they are measured ({found.n} blocks)"
    if contrast.verdict is Verdict.SAME:
        return f"{subject} and {over} have the same {contrast.metric.name} within ±{contrast.metric.same_within:.0%} {interval}"
    if contrast.verdict is not Verdict.UNCLEAR and (
        math.isinf(found.estimate) or found.estimate == 0
    ):
        always = math.isinf(found.low) or found.high == 0
        return _collapse(
            contrast.metric,
            *((over, subject) if found.estimate else (subject, over)),
            f"{'' if always else 'most of '}{found.n} blocks",
        )
    if contrast.verdict is Verdict.UNCLEAR:
        more = statistics.blocks_needed(found, contrast.metric.same_within)
        return f"{subject} against {over}: unclear {interval}" + (
            f"; about {more} blocks would tell" if more else ""
        )
    if contrast.metric.better == "higher":
        return (
            f"{subject} has {times(found.estimate)} the {contrast.metric.name} of {over} {interval}"
        )
    if contrast.verdict is Verdict.WORSE:
        found = Interval(
            1 / found.estimate, 1 / found.high, 1 / found.low if found.low else math.inf, found.n
        )
        return f"the {contrast.metric.name} is {times(found.estimate)} higher with {subject} than with {over} {_interval(found)}"
    return f"the {contrast.metric.name} is {times(found.estimate)} lower with {subject} than with {over} {interval}"


def _collapse(metric: Metric, gone: str, other: str, where: str) -> str:
    """Say that one collapses and the other does not."""
    if metric == until_failure:
        return f"{gone} fails while it is measured, {other} does not ({where})"
    how = "is nothing at all" if metric.better == "higher" else "is beyond the deadline"
    return f"{gone} collapses: its {metric.name} {how}, that of {other} is not ({where})"


def times(factor: float) -> str:
    """Write a factor with three digits."""
    return "infinitely" if math.isinf(factor) else f"{factor:.3g}×"


def _interval(found: Interval) -> str:
    return f"(95 % CI {times(found.low)} to {times(found.high)}, {found.n} blocks)"


def _level(scenario: Scenario, blocks: list[dict[str, Measurement]]) -> str | None:
    """Write what a server that stands alone served, by the primary metric, with its interval."""
    metric = scenario.primary
    if not (found := values(metric, scenario.baseline.name, blocks)):
        return None
    level, scale, unit = (
        statistics.typical(found),
        *((1000, "ms") if metric.unit == "s" else (1, metric.unit)),
    )
    low, middle, high = (
        f"{scale * value:.3g}" for value in (level.low, level.estimate, level.high)
    )
    return f"{middle} {unit} (95 % CI {low} to {high}, {level.n} blocks)"


def _contrast(
    metric: Metric,
    subject: str,
    over: str,
    blocks: list[dict[str, Measurement]],
    level: float,
    why: str,
) -> Contrast:
    found = None if why else gain(metric, subject, over, blocks, level)
    if found is None:
        return Contrast(
            metric,
            subject,
            over,
            None,
            Verdict.INVALID,
            why or f"the {metric.name} could not be read in every block",
        )
    return Contrast(metric, subject, over, found, statistics.judge(found, metric.same_within))


def _judge(claim: Claim, contrast: Contrast) -> Judgement:
    return (
        Judgement.INVALID
        if contrast.gain is None
        else statistics.judge_claim(contrast.gain, claim.at_least)
    )


def _above_ceiling(scenario: Scenario, blocks: list[dict[str, Measurement]]) -> bool:
    """Say whether a capacity lies above what the theory allows, beyond doubt: where all in service end together, a window may hold one such bunch too many."""

    def surely(one: Measurement) -> float:
        in_service = (
            1 + one.ceiling * one.alone.work_s if one.alone else math.inf
        )  # by Little's law, at the ceiling
        return max(0.0, one.closed.good - in_service) / one.closed.window_s

    cells = [[block[variant.name] for block in blocks] for variant in scenario.variants]
    return any(
        statistics.ratio([surely(one) for one in found], [one.ceiling for one in found]).low > 1
        for found in cells
    )
