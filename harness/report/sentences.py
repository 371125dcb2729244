"""What the judge found, as sentences. Pure words: nothing is judged or estimated here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat, Reason
from harness.judge.interval import Interval, Verdict
from harness.model.evidence import Evidence
from harness.model.metric import Metric, until_failure
from harness.model.reading import Bound
from harness.model.scenario import Claim
from harness.report import wording
from harness.report.wording import amount, between, factor, percent, quantity, times

WHERE = {"loop": "on the loop", "thread": "in a thread", "process": "in another process"}
LONGEST = 48  # letters of a line of code
LITTLE = 0.01  # of the time: less than that is written as such
HICCUPS = 0.05  # of the time: for so long a shared machine itself holds a loop up

SHORT: dict[Reason, str] = {
    Caveat.UNPINNED: "processes were not pinned to cores",
    Caveat.ONE_CORE: "server, load and services shared a core",
    Caveat.ONE_SERVER_CORE: "one core for the server",
    Caveat.CO_LOCATED: "load and services shared a core",
    Caveat.BACKLOG: "work piled up behind the answers",
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
        would = f", about {contrast.more} blocks would tell (80 % power)" if contrast.more else ""
        return Sentence(f"{pair}: unclear{would}", confidence(found))
    if contrast.verdict is Verdict.SAME:
        return _same(contrast, found)
    if math.isinf(found.estimate) or found.estimate == 0:
        return _collapse(contrast, found, levels or {})
    return _differ(contrast, found, levels or {})


def of_level(metric: Metric, found: Interval) -> Sentence:
    """Say what a server that is compared with nothing reached."""
    says = f"the target has a {metric.name} of {wording.level(found, metric)}"
    interval = between(found, lambda value: amount(value, metric))
    return Sentence(says, f"95 % CI {interval}, {found.n} blocks")


def of_levels(metric: Metric, found: Levels) -> Sentence:
    """Say the level of each variant by a metric that does not decide: nothing is compared."""
    known = {name: level for name, level in found.items() if level}
    parts = [f"{wording.level(level, metric)} with {name}" for name, level in known.items()]
    once = all(level.n == 1 for level in known.values())
    basis = "seen once, without interval" if once else "exploratory, not compared"
    return Sentence(f"{metric.name} {', '.join(parts)}", basis)


def of_claim(claim: Claim, by: str) -> str:
    """Say what is claimed, `by` which metric, and what was expected where that turned out false.

    A star marks a claim that was changed after earlier data.
    """
    star, expected = "", ""
    if claim.expected:
        star, expected = " *", f" (expected beforehand: {claim.expected})"
    return f"{claim.says}, by {by}{star}{expected}"


def of_evidence(found: Evidence | None) -> str:
    """Say what was seen of a handler: where it ran, and for how long what held the loop."""
    if found is None:
        return "not looked at"
    ran = f"ran {WHERE[found.ran_on]}" + (f" ({found.what})" if found.what else "")
    if found.dependencies and found.dependencies != found.ran_on:
        # Where they ran, before method 4; since then which of them ran in a thread.
        where = WHERE.get(found.dependencies, f"{found.dependencies} in threads")
        ran += f", its dependencies {where}"
    if found.computing is None and (found.line is None or found.stood_still <= HICCUPS):
        return f"{ran}; no line of it was seen to hold the loop for long"  # before method 4
    how = ""
    if found.computing is not None and found.stood_still > HICCUPS:
        how = ", computing" if 2 * found.computing >= found.stood_still else ", waiting"
    return f"{ran}; the loop stood still {_share(found.stood_still)} of the time{how}{_held(found)}"


def _held(found: Evidence) -> str:
    """Write which line held the loop, and in which function below it; empty for a hiccup."""
    if found.stood_still <= HICCUPS:
        return ""
    code = found.code or ""
    shown = code if len(code) <= LONGEST else f"{code[:LONGEST]}…"
    line = [f"in {found.line}, {shown}"] if found.line else []
    library = [f"in {found.library}"] if found.library else []
    return "".join(f", {part}" for part in (*line, *library))


def _share(share: float) -> str:
    return "less than 1 %" if share < LITTLE else percent(share)


def in_short(reason: Reason) -> str:
    """Return a reason in few words, else its first clause, for where there is little room."""
    return SHORT.get(reason, re.split(r": |, (?:so|which) ", reason.says)[0])


def confidence(found: Interval) -> str:
    """Write an interval of factors, and how many blocks it rests on."""
    return f"95 % CI {between(found, times)}, {found.n} blocks"


def _differ(contrast: Contrast, found: Interval, levels: Levels) -> Sentence:
    """Say how many times as much; of what is lower and better, how many percent less."""
    subject, over, name = contrast.subject, contrast.over, contrast.metric.name
    shown = _levels(contrast, levels)
    if contrast.metric == until_failure:
        many = f"{factor(found)} as many requests before one fails"
        return Sentence(f"{subject} answers {many} as {over}{shown}", confidence(found))
    if contrast.metric.better == "higher":
        says = f"{subject} has {factor(found)} the {name} of {over}{shown}"
        return Sentence(says, confidence(found))
    if contrast.verdict is Verdict.WORSE:
        cost = _inverse(found)
        says = f"the {name} is {factor(cost)} as high with {subject} as with {over}{shown}"
        return Sentence(says, confidence(cost))
    if not shown or found.bound is not Bound.EXACT:
        says = f"the {name} is {factor(found)} better with {subject} than with {over}{shown}"
        return Sentence(says, confidence(found))
    less = percent(1 - 1 / found.estimate)
    says = f"the {name} is {less} lower with {subject} than with {over}{shown}"
    return Sentence(says, f"{times(found.estimate)} better, {confidence(found)}")


def _inverse(found: Interval) -> Interval:
    """Return how many times worse, of how many times better."""
    flipped = {Bound.AT_LEAST: Bound.AT_MOST, Bound.AT_MOST: Bound.AT_LEAST}
    high = 1 / found.low if found.low else math.inf
    bound = flipped.get(found.bound, found.bound)
    return Interval(1 / found.estimate, 1 / found.high, high, found.n, bound)


def _levels(contrast: Contrast, levels: Levels) -> str:
    """Write both levels behind a colon; nothing where one of them is not known, or infinite."""
    one, other = levels.get(contrast.subject), levels.get(contrast.over)
    if not one or not other or not math.isfinite(one.estimate + other.estimate):
        return ""
    mine = wording.level(one, contrast.metric, amount)
    return f": {mine} against {wording.level(other, contrast.metric)}"


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
    if kept is None:
        return Sentence(f"{gone} collapses beside {other}: its {metric.name} is {how}", basis)
    of_other = quantity(kept.estimate, metric)
    says = f"{gone} collapses: its {metric.name} is {how}, that of {other} is {of_other}"
    return Sentence(says, basis)
