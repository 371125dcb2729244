"""What the judge found, as sentences. Pure words: nothing is judged or estimated here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge import statistics
from harness.judge.answer import Contrast, VoidBlock
from harness.judge.caveats import Caveat, Reason
from harness.judge.statistics import Interval, Verdict
from harness.model.facts import Evidence
from harness.model.metric import Metric, until_failure
from harness.model.scenario import Claim
from harness.report.wording import amount, percent, quantity, times

WHERE = {"loop": "on the loop", "thread": "in a thread", "process": "in another process"}
LONGEST = 48  # letters of a line of code
HICCUPS = 0.05  # of the time: for so long a shared machine itself holds a loop up

SHORT: dict[Reason, str] = {
    Caveat.UNPINNED: "processes were not pinned to cores",
    Caveat.ONE_CORE: "server, load and services shared a core",
    Caveat.ONE_SERVER_CORE: "one core for the server",
    Caveat.CO_LOCATED: "load and services shared a core",
    Caveat.LIBRARIES: "variants differ in libraries",
    Caveat.STAND_IN: "a stand-in for a service",
    Caveat.STAND_IN_IMAGE: "images built in place of the official ones",
}

Levels = Mapping[str, Interval | None]  # of one metric, by variant


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be said, and what it rests on: the interval and the number of blocks."""

    says: str
    basis: str = ""

    def __str__(self) -> str:
        return f"{self.says} ({self.basis})" if self.basis else self.says


def of_contrast(contrast: Contrast, levels: Levels | None = None) -> Sentence:
    """Say how two variants compare, with the level of each where `levels` has them.

    Without them it is shorter, for a chart that shows the levels.
    """
    found, pair = contrast.gain, f"{contrast.subject} against {contrast.over}"
    if found is None:
        return Sentence(f"{pair}: no answer, {contrast.why}")
    if contrast.verdict is Verdict.UNCLEAR:
        more = statistics.blocks_needed(found, contrast.metric.same_within)
        would = f", about {more} blocks would decide" if more else ""
        return Sentence(f"{pair}: unclear{would}", confidence(found))
    if contrast.verdict is Verdict.SAME:
        return _same(contrast, found)
    if math.isinf(found.estimate) or found.estimate == 0:
        return _collapse(contrast, found, levels or {})
    return _differ(contrast, found, levels or {})


def of_level(metric: Metric, found: Interval) -> Sentence:
    """Say what a server that is compared with nothing reached."""
    low, high = (amount(bound, metric) for bound in (found.low, found.high))
    says = f"the target has a {metric.name} of {quantity(found.estimate, metric)}"
    return Sentence(says, f"95 % CI {low} to {high}, {found.n} blocks")


def of_claim(claim: Claim, by: str) -> str:
    """Say what is claimed, `by` which metric, and what was expected where that turned out false."""
    expected = f" (expected beforehand: {claim.expected})" if claim.expected else ""
    return f"{claim.says}, by {by}{expected}"


def of_void(one: VoidBlock) -> str:
    """Say which block is void, and why."""
    again = f", attempt {one.attempt + 1}" if one.attempt else ""
    return f"block {one.block}{again}: {', '.join(why.says for why in one.why)}"


def of_evidence(found: Evidence | None) -> str:
    """Say what was seen of a handler: where it ran, and which line held the loop."""
    if found is None:
        return "not looked at"
    ran = f"ran {WHERE[found.ran_on]}" + (f" ({found.what})" if found.what else "")
    if found.line is None or found.stood_still <= HICCUPS:
        return f"{ran}; no line of it held the loop"
    code = found.code or ""
    shown = code if len(code) <= LONGEST else f"{code[:LONGEST]}…"
    still = percent(found.stood_still)
    return f"{ran}; the loop stood still {still} of the time, in {found.line}, {shown}"


def in_short(reason: Reason) -> str:
    """Return a reason in few words, else its first clause, for where there is little room."""
    return SHORT.get(reason, re.split(r": |, (?:so|which) ", reason.says)[0])


def confidence(found: Interval) -> str:
    """Write an interval of factors, and how many blocks it rests on."""
    return f"95 % CI {times(found.low)} to {times(found.high)}, {found.n} blocks"


def _differ(contrast: Contrast, found: Interval, levels: Levels) -> Sentence:
    """Say how many times as much; of what is lower and better, how many percent less."""
    subject, over, name = contrast.subject, contrast.over, contrast.metric.name
    shown = _levels(contrast, levels)
    if contrast.metric.better == "higher":
        says = f"{subject} has {times(found.estimate)} the {name} of {over}{shown}"
        return Sentence(says, confidence(found))
    if contrast.verdict is Verdict.WORSE:
        high = 1 / found.low if found.low else math.inf
        cost = Interval(1 / found.estimate, 1 / found.high, high, found.n)
        says = f"the {name} is {times(cost.estimate)} as high with {subject} as with {over}{shown}"
        return Sentence(says, confidence(cost))
    if not shown:
        says = f"the {name} is {times(found.estimate)} better with {subject} than with {over}"
        return Sentence(says, confidence(found))
    less = percent(1 - 1 / found.estimate)
    says = f"the {name} is {less} lower with {subject} than with {over}{shown}"
    return Sentence(says, f"{times(found.estimate)} better, {confidence(found)}")


def _levels(contrast: Contrast, levels: Levels) -> str:
    """Write both levels behind a colon; nothing where one of them is not known, or infinite."""
    one, other = levels.get(contrast.subject), levels.get(contrast.over)
    if not one or not other or not math.isfinite(one.estimate + other.estimate):
        return ""
    low = amount(one.estimate, contrast.metric)
    return f": {low} against {quantity(other.estimate, contrast.metric)}"


def _same(contrast: Contrast, found: Interval) -> Sentence:
    both = f"{contrast.subject} and {contrast.over}"
    if contrast.metric == until_failure:
        says = f"{both} fail after as many requests, or not at all while they are measured"
        return Sentence(says, f"{found.n} blocks")
    same = f"the same {contrast.metric.name} within ±{100 * contrast.metric.same_within:.0f} %"
    return Sentence(f"{both} have {same}", confidence(found))


def _collapse(contrast: Contrast, found: Interval, levels: Levels) -> Sentence:
    """Say that one of the two collapses and the other does not."""
    metric, subject, over = contrast.metric, contrast.subject, contrast.over
    gone, other = (over, subject) if found.estimate else (subject, over)
    always = math.isinf(found.low) or found.high == 0
    basis = f"{'' if always else 'most of '}{found.n} blocks"
    lost, kept = levels.get(gone), levels.get(other)
    if metric == until_failure:
        known = lost is not None and math.isfinite(lost.estimate)
        after = f" after {quantity(lost.estimate, metric)}" if lost and known else ""
        return Sentence(f"{gone} fails{after}, {other} does not while it is measured", basis)
    how = "0" if metric.better == "higher" else "beyond the deadline"
    of_other = f"is {quantity(kept.estimate, metric)}" if kept else "is not"
    says = f"{gone} collapses: its {metric.name} is {how}, that of {other} {of_other}"
    return Sentence(says, basis)
