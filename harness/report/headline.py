"""The one comparison that a scenario is told by: its trap, its fix, and the numbers of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.interval import Interval, Verdict
from harness.model.metric import until_failure
from harness.model.reading import Bound
from harness.model.scenario import Scenario
from harness.report import language, sentences, wording
from harness.report.findings import distance
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun

COMPARED = ("map", "stack")  # groups that compare ways, none of which is a trap by being the first
TRAPS = ("blocking", "two_blocking")  # names of what holds the loop
SIGNS = {Bound.EXACT: "", Bound.AT_LEAST: "≥ ", Bound.AT_MOST: "≤ "}


@dataclass(frozen=True, slots=True)
class Headline:
    """A comparison in parts: `subject` against `over`, each with what it does.

    `ratio` is how many times as good `subject` is, with its `interval`; `before` is the level of
    `over` and `after` that of `subject` by the metric named `metric`. `says` is the difference in
    few words, such as "serves 10.7× more".
    """

    contrast: Contrast
    subject: str
    over: str
    subject_does: str
    over_does: str
    ratio: str
    interval: str
    before: str
    after: str
    metric: str
    says: str
    verdict: Verdict


def trap(scenario: Scenario) -> str | None:
    """Return the name of the variant that is the trap; None where none is.

    That is the baseline where another variant is claimed to be better, else what holds the loop.
    """
    first = scenario.baseline.name
    claimed = any(one.over == first and one.at_least > 1 for one in scenario.claims)
    if claimed and scenario.group not in COMPARED:
        return first
    names = {variant.name for variant in scenario.variants}
    return next((name for name in TRAPS if name in names), None)


def told(run: ScenarioRun) -> Contrast | None:
    """Return the comparison with the baseline that says most; None without an answer.

    That is the best of the variants that were claimed to be better than the baseline; else the
    one that is farthest from it.
    """
    over = run.scenario.baseline.name
    made = [(one, one.gain) for one in run.answer.contrasts if one.gain and one.over == over]
    claimed = {one.subject for one in run.scenario.claims if one.over == over and one.at_least > 1}
    fixes = [(one, gain) for one, gain in made if one.subject in claimed]
    if fixes:
        return max(fixes, key=lambda pair: pair[1].estimate)[0]
    return max(made, key=lambda pair: distance(pair[1]))[0] if made else None


def headline(run: ScenarioRun) -> Headline | None:
    """Return the comparison that a scenario is told by; None without an answer."""
    contrast = told(run)
    if contrast is None or contrast.gain is None:
        return None
    metric, gain = contrast.metric, contrast.gain
    pair = contrast.over, contrast.subject
    levels = [run.typical(metric, name) for name in pair]
    before, after = (wording.level(one, metric) if one else say("words.unknown") for one in levels)
    over_does, subject_does = (language.does(run.scenario, name) for name in pair)
    always = math.isinf(gain.low) or gain.high == 0  # a collapse in every block has no interval
    return Headline(
        contrast=contrast,
        subject=contrast.subject,
        over=contrast.over,
        subject_does=subject_does,
        over_does=over_does,
        ratio=ratio(gain),
        interval="" if always else wording.between(gain, wording.times),
        before=before,
        after=after,
        metric=run.named(metric),
        says=brief(contrast, gain),
        verdict=contrast.verdict,
    )


def ratio(gain: Interval) -> str:
    """Write how many times as good, with signs in place of words."""
    if gain.estimate == 0:
        return "0"
    return f"{SIGNS[gain.bound]}{wording.times(gain.estimate)}"


def brief(contrast: Contrast, gain: Interval) -> str:
    """Say in few words what the subject does, against the other one."""
    metric, verdict = contrast.metric, contrast.verdict
    kind, name = sentences.family(metric), wording.name_of(metric)
    if verdict is Verdict.UNCLEAR:
        return say("words.brief.unclear")
    if verdict is Verdict.SAME:
        within = f"{100 * metric.same_within:.0f}"
        return say(f"words.brief.{kind}.same", name=name, within=within)
    if math.isinf(gain.estimate) or gain.estimate == 0:
        what = "fails" if metric == until_failure else "nothing"
        return say(f"words.brief.{what}.{'other' if gain.estimate else 'it'}")
    form, much = sentences.direction(metric, gain)
    return say(f"words.brief.{kind}.{form}", much=much, name=name)


def claim_id(scenario: str, subject: str, over: str = "") -> str:
    """Return the id of a ratio of two variants, or of the level of one."""
    return f"{scenario}.{subject}/{over}" if over else f"{scenario}.{subject}"
