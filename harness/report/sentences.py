"""What the judge found, as sentences. Pure words: nothing is judged or estimated here.

A comparison is said in the direction that people think in: what serves more, how many times as much
or how many percent; of time and of CPU, how many percent less.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat, Reason
from harness.judge.interval import Interval, Verdict
from harness.model.evidence import Evidence
from harness.model.metric import Metric, capacity, cpu_per_request, until_failure
from harness.model.reading import Bound
from harness.model.scenario import Claim
from harness.report import language, wording
from harness.report.language import say
from harness.report.no_answer import no_answer
from harness.report.wording import amount, between, percent, quantity, times

PLACES = ("loop", "thread", "process")  # where a handler may run
LONGEST = 48  # letters of a line of code
LITTLE = 0.01  # of the time: less than that is written as such
HICCUPS = 0.05  # of the time: for so long a shared machine itself holds a loop up
LEVELS = {"cpu": "arrow", "time": "instead"}  # how two levels are written, else against each other

# Doubts that have few words of their own; of the others the first clause is said.
SHORT = {
    Caveat.UNPINNED,
    Caveat.ONE_CORE,
    Caveat.ONE_SERVER_CORE,
    Caveat.CO_LOCATED,
    Caveat.BACKLOG,
    Caveat.LIBRARIES,
    Caveat.STAND_IN,
    Caveat.STAND_IN_IMAGE,
}

Levels = Mapping[str, Interval | None]  # of one metric, by variant


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be said, and what it rests on: the interval and the number of blocks."""

    says: str
    basis: str = ""

    def __str__(self) -> str:
        return say("words.based", says=self.says, basis=self.basis) if self.basis else self.says


def of_contrast(
    contrast: Contrast,
    levels: Levels | None = None,
    *,
    names: Mapping[str, str] | None = None,
    rate: str = "",
) -> Sentence:
    """Say how two variants compare, with the level of each where `levels` has them.

    Without them it is shorter, for a chart that shows the levels. `names` are what variants are
    called, where that is more than their names, and `rate` is the load that the metric is read at.
    """
    found, metric = contrast.gain, contrast.metric
    subject, over = ((names or {}).get(one, one) for one in (contrast.subject, contrast.over))
    pair = {"subject": subject, "over": over}
    if found is None:
        return Sentence(say("words.no_answer.pair", **pair, why=no_answer(contrast.why)))
    name = wording.name_of(metric)
    if levels is not None:
        name = wording.placed(name, metric, rate)
    said = _say(contrast, found, {**pair, "name": name}, levels or {})
    if levels is None or family(metric) != "in_time" or contrast.verdict is Verdict.UNCLEAR:
        return said
    return Sentence(_first(said.says, metric, rate), said.basis)


def _say(contrast: Contrast, found: Interval, words: Mapping[str, str], levels: Levels) -> Sentence:
    both = _levels(contrast, levels, "both")
    if contrast.verdict is Verdict.UNCLEAR:
        says = say("words.unclear", **words, levels=both)
        if contrast.more:
            says = say("words.would_tell", says=says, blocks=wording.count(contrast.more, "block"))
        return Sentence(says, confidence(found))
    if contrast.verdict is Verdict.SAME:
        within = f"{100 * contrast.metric.same_within:.0f}"
        says = say(f"words.{family(contrast.metric)}.same", **words, within=within, levels=both)
        blocks = wording.count(found.n, "block")
        return Sentence(says, blocks if contrast.metric == until_failure else confidence(found))
    if math.isinf(found.estimate) or found.estimate == 0:
        return _collapse(contrast, found, words, levels)
    return _differ(contrast, found, words, levels)


def family(metric: Metric) -> str:
    """Return how a metric is spoken of: what is served, what takes CPU, what takes time."""
    if metric == until_failure:
        return "until"
    if metric.better == "higher":
        return "served" if metric == capacity else "in_time"
    return "cpu" if metric.kind == cpu_per_request.kind else "time"


def direction(metric: Metric, gain: Interval) -> tuple[str, str]:
    """Return how a difference is said, as "times", "percent" (more) or "less", and how much."""
    factor = gain if gain.estimate > 1 else _inverse(gain)
    if (gain.estimate > 1) != (metric.better == "higher"):
        return "less", wording.less(factor)
    return "times" if factor.estimate >= wording.TWICE else "percent", wording.more(factor)


def of_level(metric: Metric, found: Interval) -> Sentence:
    """Say what a server that is compared with nothing reached."""
    reached = wording.level(found, metric)
    says = say("words.level", name=language.metric(metric.name), level=reached)
    return Sentence(says, _confidence(found, lambda value: amount(value, metric)))


def of_levels(metric: Metric, found: Levels) -> Sentence:
    """Say the level of each variant by a metric that does not decide: nothing is compared."""
    known = {name: level for name, level in found.items() if level}
    parts = (
        say("words.levels.with", level=wording.level(level, metric), name=name)
        for name, level in known.items()
    )
    once = all(level.n == 1 for level in known.values())
    basis = say("words.basis.once" if once else "words.basis.not_compared")
    listed = say("words.list.comma").join(parts)
    return Sentence(say("words.levels.all", name=wording.name_of(metric), levels=listed), basis)


def of_claim(claim: Claim, by: str) -> str:
    """Say what is claimed, `by` which metric, and what was expected where that turned out false.

    A star marks a claim that was changed after earlier data.
    """
    says = say("words.claim.by", says=claimed(claim), by=by)
    if not claim.expected:
        return says
    return say("words.claim.changed", says=says, expected=language.expected(claim.expected))


def claimed(claim: Claim) -> str:
    """Say what is claimed."""
    how = "better" if claim.at_least > 1 else "as_good"
    values = {"subject": claim.subject, "over": claim.over, "times": f"{claim.at_least:g}×"}
    return say(f"words.claim.{how}", **values)


def where(ran_on: str) -> str:
    """Write where something ran: on the loop, in a thread, in another process."""
    return say(f"words.where.{ran_on}") if ran_on in PLACES else ran_on


def of_evidence(found: Evidence | None) -> str:
    """Say what was seen of a handler: where it ran, and for how long what held the loop."""
    if found is None:
        return say("words.evidence.unseen")
    place = where(found.ran_on)
    ran = say("words.evidence.ran", where=place)
    if found.what:
        ran = say("words.evidence.ran_what", where=place, what=found.what)
    if found.dependencies and found.dependencies != found.ran_on:
        # Where they ran, before method 4; since then which of them ran in a thread.
        in_threads = say("words.where.threads", names=found.dependencies)
        theirs = where(found.dependencies) if found.dependencies in PLACES else in_threads
        ran += say("words.evidence.dependencies", where=theirs)
    if found.computing is None and (found.line is None or found.stood_still <= HICCUPS):
        return ran + say("words.evidence.no_line")  # before method 4
    how = ""
    if found.computing is not None and found.stood_still > HICCUPS:
        computing = 2 * found.computing >= found.stood_still
        how = say(f"words.evidence.{'computing' if computing else 'waiting'}")
    still = say("words.evidence.still", share=_share(found.stood_still), how=how)
    return f"{ran}{still}{_held(found)}"


def _held(found: Evidence) -> str:
    """Write which line held the loop, and in which function below it; empty for a hiccup."""
    if found.stood_still <= HICCUPS:
        return ""
    code = found.code or ""
    shown = code if len(code) <= LONGEST else f"{code[:LONGEST]}…"
    said = say("words.evidence.line", line=found.line, code=shown) if found.line else ""
    return said + (say("words.evidence.library", library=found.library) if found.library else "")


def _share(share: float) -> str:
    return say("words.little") if share < LITTLE else percent(share)


def in_short(reason: Reason) -> str:
    """Return a reason in few words, else its first clause, for where there is little room."""
    if reason in SHORT:
        return say(f"words.short.{reason.name}")
    return re.split(r": |, (?:so|which) |\uff1a", language.reason(reason)[0])[0]


def confidence(found: Interval) -> str:
    """Write an interval of factors, and how many blocks it rests on."""
    return _confidence(found, times)


def _confidence(found: Interval, write: Callable[[float], str]) -> str:
    blocks = wording.count(found.n, "block")
    return say("words.basis.interval", interval=between(found, write), blocks=blocks)


def _differ(
    contrast: Contrast, found: Interval, words: Mapping[str, str], levels: Levels
) -> Sentence:
    """Say how many times or percent more, or how many percent less; the basis has the ratio."""
    metric, kind = contrast.metric, family(contrast.metric)
    form, much = direction(metric, found)
    over, subject = (levels.get(one) for one in (contrast.over, contrast.subject))
    if kind == "until" and subject and over and subject.bound is Bound.AT_LEAST:
        within, after = (wording.quantity(one.estimate, metric) for one in (subject, over))
        says = say(
            "words.until.outlives",
            **words,
            after=after,
            within=within,
            factor=wording.factor(found),
        )
        return Sentence(says, confidence(found))
    shown = _levels(contrast, levels, LEVELS.get(kind, "against"))
    says = say(f"words.{kind}.{form}", **words, much=much, levels=shown)
    better = found.estimate > 1
    ratio = found if better else _inverse(found)
    if form == "times":
        return Sentence(says, confidence(ratio))
    key = f"words.basis.{'better' if better else 'worse'}"
    return Sentence(says, say(key, ratio=wording.factor(ratio), basis=confidence(ratio)))


def _inverse(found: Interval) -> Interval:
    """Return how many times worse, of how many times better."""
    flipped = {Bound.AT_LEAST: Bound.AT_MOST, Bound.AT_MOST: Bound.AT_LEAST}
    high = 1 / found.low if found.low else math.inf
    bound = flipped.get(found.bound, found.bound)
    return Interval(1 / found.estimate, 1 / found.high, high, found.n, bound)


def _levels(contrast: Contrast, levels: Levels, how: str) -> str:
    """Write both levels; nothing where one of them is not known, or infinite."""
    metric = contrast.metric
    one, other = levels.get(contrast.subject), levels.get(contrast.over)
    if not one or not other or not math.isfinite(one.estimate + other.estimate):
        return ""
    last = (one, other)[how != "arrow"]  # the one that the unit stands behind
    mine, theirs = (
        wording.level(each, metric, quantity if each is last else amount) for each in (one, other)
    )
    return say(f"words.levels.{how}", subject=mine, over=theirs)


def _first(says: str, metric: Metric, rate: str) -> str:
    """Put in front of a sentence how many clients there are, or what is offered."""
    if metric.clients is not None:
        clients = wording.count(metric.clients, "client")
        return say("words.first.clients", says=says, clients=clients)
    return say("words.first.rate", says=says, rate=rate) if rate else says


def _collapse(
    contrast: Contrast, found: Interval, words: Mapping[str, str], levels: Levels
) -> Sentence:
    """Say that one of the two collapses and the other does not."""
    metric, names = contrast.metric, (contrast.over, contrast.subject)
    called = words["over"], words["subject"]
    if not found.estimate:
        names, called = names[::-1], called[::-1]
    blocks = wording.count(found.n, "block")
    always = math.isinf(found.low) or found.high == 0
    basis = blocks if always else say("words.basis.most", blocks=blocks)
    lost, kept = (levels.get(one) for one in names)
    kind = "time" if metric.better == "lower" else "until" if metric == until_failure else "served"
    values = {"gone": called[0], "other": called[1], "name": words["name"]}
    if kind == "until":
        known = lost is not None and math.isfinite(lost.estimate)
        after = quantity(lost.estimate, metric) if lost and known else ""
        key = "words.collapse.until_after" if after else "words.collapse.until"
        return Sentence(say(key, **values, after=after), basis)
    if kept is None:
        return Sentence(say(f"words.collapse.{kind}", **values), basis)
    of_other = quantity(kept.estimate, metric)
    return Sentence(say(f"words.collapse.{kind}_beside", **values, level=of_other), basis)
