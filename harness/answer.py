"""What a run says to a scenario's question: contrasts with the baseline, claims judged, and a sentence for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness import plan, stats
from harness.caveats import Caveat
from harness.measurement import Measurement
from harness.plan import Profile
from harness.scenario import Claim, Metric, Scenario
from harness.stats import Interval, Judgement, Verdict


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
class Answer:
    """What is said of one scenario. `settled` means that no further block would change a verdict."""

    scenario: Scenario
    blocks: int
    contrasts: tuple[Contrast, ...]
    claims: tuple[tuple[Claim, Judgement], ...]
    caveats: tuple[Caveat, ...]
    level: str | None = None

    @property
    def settled(self) -> bool:
        """Say whether every contrast has a verdict."""
        return all(contrast.verdict is not Verdict.UNCLEAR for contrast in self.contrasts)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say each contrast with its interval; of a server that stands alone, what it served."""
        if self.level is not None:
            return (f"the target has a {self.scenario.primary.name} of {self.level}",)
        return tuple(sentence(contrast) for contrast in self.contrasts) or ("no answer: there are too few blocks",)


def answer(scenario: Scenario, profile: Profile, measurements: Sequence[Measurement]) -> Answer:
    """Judge the scenario by the whole blocks on record; the pilot is never among them."""
    blocks = whole_blocks(scenario, measurements)
    first = plan.looks(scenario, profile)[0]
    enough = profile.judged and len(blocks) >= first
    why = f"{len(blocks)} of the {first} blocks it takes are measured" if profile.judged else "the smoke profile only shows that everything works"
    level = plan.level(scenario, profile)
    contrasts = {pair: _contrast(scenario.primary, *pair, blocks, level, "" if enough else why) for pair in scenario.pairs}
    claims = tuple((claim, _judge(claim, contrasts[claim.subject, claim.over])) for claim in scenario.claims)
    names = {name for block in blocks for measurement in block.values() for name in measurement.caveats}
    caveats = {Caveat[name] for name in names} | ({Caveat.ABOVE_CEILING} if enough and _above_ceiling(scenario, blocks) else set())
    stands_alone = _level(scenario, blocks) if enough and not contrasts else None
    return Answer(scenario, len(blocks), tuple(contrasts.values()), claims, tuple(caveat for caveat in Caveat if caveat in caveats), stands_alone)


def whole_blocks(scenario: Scenario, measurements: Sequence[Measurement]) -> list[dict[str, Measurement]]:
    """Sort measurements into blocks that hold every variant, in order; the pilot is left out."""
    blocks: dict[int, dict[str, Measurement]] = {}
    for measurement in measurements:
        if measurement.trial.scenario == scenario.name and measurement.trial.block > 0:
            blocks.setdefault(measurement.trial.block, {})[measurement.trial.variant] = measurement
    return [blocks[number] for number in sorted(blocks) if len(blocks[number]) == len(scenario.variants)]


def values(metric: Metric, variant: str, blocks: Sequence[dict[str, Measurement]]) -> list[float]:
    """Read one metric of one variant, block by block; empty if any block lacks it."""
    found = [block[variant].value(metric) for block in blocks]
    return [] if None in found else [value for value in found if value is not None]


def gain(metric: Metric, subject: str, over: str, blocks: Sequence[dict[str, Measurement]], level: float) -> Interval | None:
    """Estimate how many times better `subject` is: above 1 means better, whichever way the metric points."""
    of_subject, of_other = values(metric, subject, blocks), values(metric, over, blocks)
    if not of_subject or not of_other:
        return None
    pair = (of_subject, of_other) if metric.better == "higher" else (of_other, of_subject)
    found = stats.ratio(*pair, level)
    return found if found.bounded else None


def sentence(contrast: Contrast) -> str:  # noqa: PLR0911  one return for each thing that can be said
    """Say a contrast with its interval, as one would aloud."""
    subject, over, found = contrast.subject, contrast.over, contrast.gain
    if found is None:
        return f"{subject} against {over}: no answer, {contrast.why}"
    interval = _interval(found)
    if contrast.verdict is Verdict.SAME:
        return f"{subject} and {over} have the same {contrast.metric.name} within ±{contrast.metric.same_within:.0%} {interval}"
    if math.isinf(found.estimate):
        gone = "is nothing at all" if contrast.metric.better == "higher" else "is beyond the deadline"
        return f"{over} collapses: its {contrast.metric.name} {gone}, that of {subject} is not ({found.n} blocks)"
    if contrast.verdict is Verdict.UNCLEAR:
        more = stats.blocks_needed(found, contrast.metric.same_within)
        return f"{subject} against {over}: unclear {interval}" + (f"; about {more} blocks would tell" if more else "")
    if contrast.metric.better == "higher":
        return f"{subject} has {times(found.estimate)} the {contrast.metric.name} of {over} {interval}"
    if contrast.verdict is Verdict.WORSE:
        found = Interval(1 / found.estimate, 1 / found.high, 1 / found.low, found.n)
        return f"the {contrast.metric.name} is {times(found.estimate)} higher with {subject} than with {over} {_interval(found)}"
    return f"the {contrast.metric.name} is {times(found.estimate)} lower with {subject} than with {over} {interval}"


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
    level, scale, unit = stats.typical(found), *((1000, "ms") if metric.unit == "s" else (1, metric.unit))
    low, middle, high = (f"{scale * value:.3g}" for value in (level.low, level.estimate, level.high))
    return f"{middle} {unit} (95 % CI {low} to {high}, {level.n} blocks)"


def _contrast(metric: Metric, subject: str, over: str, blocks: list[dict[str, Measurement]], level: float, why: str) -> Contrast:
    found = None if why else gain(metric, subject, over, blocks, level)
    if found is None:
        return Contrast(metric, subject, over, None, Verdict.INVALID, why or f"the {metric.name} could not be read in every block")
    return Contrast(metric, subject, over, found, stats.judge(found, metric.same_within))


def _judge(claim: Claim, contrast: Contrast) -> Judgement:
    return Judgement.INVALID if contrast.gain is None else stats.judge_claim(contrast.gain, claim.at_least)


def _above_ceiling(scenario: Scenario, blocks: list[dict[str, Measurement]]) -> bool:
    """Say whether a capacity lies above what the theory allows, beyond doubt."""
    return any(stats.ratio([block[v.name].closed.goodput for block in blocks], [block[v.name].ceiling for block in blocks]).low > 1 for v in scenario.variants)
