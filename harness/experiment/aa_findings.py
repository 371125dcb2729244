"""A variant against itself: whether it is said to differ, and how small a difference would show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.design.design import ALPHA
from harness.design.profile import PROFILES
from harness.experiment.soundness import Finding, Grade, sound_if
from harness.judge.blocks import Block, paired
from harness.judge.interval import Interval, Verdict
from harness.judge.paired import Paired, verdict
from harness.model.metric import Metric, bystander_p99, capacity, cpu_per_request, p50
from harness.model.scenario import LATENCY_LOAD

ONE, OTHER = "one", "other"  # the names of the variant
METRICS = (capacity, cpu_per_request, p50(LATENCY_LOAD), bystander_p99(LATENCY_LOAD))
AA_ALPHA = ALPHA / len(METRICS)
# The numbers of blocks whose smallest effect is given: those of `quick`, and those that `standard`
# plans and measures at most.
BLOCKS = (PROFILES["quick"].few, PROFILES["standard"].few, PROFILES["standard"].most)
# The smallest claim of a fix over its trap is 1.5×, but for CPU: a machine that cannot see that in
# the blocks of `standard` cannot judge it.
COARSE = 0.5


@dataclass(frozen=True, slots=True)
class SameVariant(Finding):
    """A variant against itself by one metric; None where that could not be read."""

    topic = "A/A"
    metric: Metric
    found: Interval | None

    @property
    def grade(self) -> Grade:
        """Sound where it is shown to be the same, a note where it is just not said to differ."""
        if self._verdict is Verdict.UNCLEAR:
            return Grade.NOTE
        return sound_if(self._verdict is Verdict.SAME)

    @property
    def says(self) -> str:
        """What was found, with figures."""
        found, margin = self.found, f"±{self.metric.same_within:.0%}"
        if found is None:
            return f"A/A, {self.metric.name}: could not be read in every block"
        said = {
            Verdict.SAME: f"the same within {margin}, as it must be",
            Verdict.UNCLEAR: "not said to differ, as it must be, and not shown to be within "
            f"{margin}",
        }.get(self._verdict, "said to differ from itself, which is wrong")
        confidence = f"{1 - AA_ALPHA:.2%} CI {found.low:.3f}× to {found.high:.3f}×"
        interval = f"{found.estimate:.3f}× ({confidence}, {found.n} blocks)"
        return f"A/A, {self.metric.name}: {interval}: {said}"

    @property
    def _verdict(self) -> Verdict:
        if self.found is None:
            return Verdict.INVALID
        return verdict(self.found, self.metric.same_within)


@dataclass(frozen=True, slots=True)
class NothingSaid(Finding):
    """Why nothing can be said of a variant against itself."""

    topic = "A/A"
    why: str

    @property
    def grade(self) -> Grade:
        """Never sound."""
        return Grade.UNSOUND

    @property
    def says(self) -> str:
        """What was found."""
        return f"A/A: nothing can be said: {self.why}"


@dataclass(frozen=True, slots=True)
class SmallestEffect(Finding):
    """The effects, as shares, that each of BLOCKS would detect in one metric.

    `block_minutes` is how long a block takes.
    """

    topic = "the smallest effect"
    metric: Metric
    effects: Sequence[float]
    block_minutes: float

    @property
    def grade(self) -> Grade:
        """Sound where its margin can be detected, a note where only all that is claimed."""
        if self.effects[-1] <= self.metric.same_within:
            return Grade.SOUND
        return Grade.NOTE if self.effects[-1] <= COARSE else Grade.UNSOUND

    @property
    def says(self) -> str:
        """What was found, with figures."""
        margin = f"{self.metric.same_within:.0%}"
        pairs = list(zip(BLOCKS, self.effects, strict=True))
        enough = next((look for look, one in pairs if one <= self.metric.same_within), None)
        said = {
            Grade.SOUND: f"its margin of {margin} is detected in {enough} blocks",
            Grade.NOTE: f"its margin of {margin} is not detected, all that is claimed is",
            Grade.UNSOUND: f"not even the smallest claim of {1 + COARSE:g}× is detected",
        }[self.grade]
        listed = ", ".join(
            f"{one:.1%} in {look} blocks ({look * self.block_minutes:.1f} min)"
            for look, one in pairs
        )
        effect = "minimum detectable effect (80 % power, ± one third)"
        return f"{effect}, {self.metric.name}: {listed}: {said}"


def findings(blocks: Sequence[Block], minutes: float) -> list[Finding]:
    """Return what so many whole blocks of an A/A test show, which took so many minutes."""
    found = {metric: paired(metric, OTHER, ONE, blocks, len(blocks)) for metric in METRICS}
    return [
        *(
            SameVariant(metric, None if one is None else one.ratio(AA_ALPHA))
            for metric, one in found.items()
        ),
        *(
            SmallestEffect(metric, effects(one), minutes / len(blocks))
            for metric, one in found.items()
            if one
        ),
    ]


def effects(found: Paired) -> list[float]:
    """Return the smallest effect, as a share, that each of BLOCKS detects in one comparison."""
    return [math.expm1(found.detectable(blocks, ALPHA)) for blocks in BLOCKS]
