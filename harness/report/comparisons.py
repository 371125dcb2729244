"""What a run says of two variants, and why: with levels, bounds, failures, what limits each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from harness.design.script import load_phase
from harness.judge.answer import Contrast
from harness.judge.blocks import VoidBlock, seen_once
from harness.judge.caveats import VoidReason
from harness.judge.guards import void_reasons
from harness.judge.interval import Interval, Verdict
from harness.model.facts import Measurement
from harness.model.metric import Metric, capacity, goodput
from harness.model.theory import Law
from harness.report import language, sentences, wording
from harness.report.language import say
from harness.report.quantities import collected, wait
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence

EXPLAINED, ABOVE = 0.9, 1.05  # of the usual ceiling at least, and of the highest at most
GONE = 0.1  # of its own best: what falls below that has broken down
CLEARLY = 0.8  # of the other: what is below that at another load is worth a word
TAIL, OFTEN = 0.99, 0.5  # the quantile that collections show in; full ones/s worth a word
LATE = "late"
FINE = {"ok", "unfinished"}  # outcomes that are no failures
NAMED = ("status", "error", "other", "shed", LATE)  # outcomes with words; others are statuses


def of_contrast(
    run: ScenarioRun,
    contrast: Contrast,
    *,
    levels: bool = False,
    names: Mapping[str, str] | None = None,
) -> Sentence:
    """Say how two variants compare, and which of them broke down; with `levels` or without.

    `names` are what variants are called, where that is more than their names.
    """
    pair = contrast.subject, contrast.over
    found = {name: run.typical(contrast.metric, name) for name in pair}
    rate = run.place(contrast.metric) if levels else ""
    said = sentences.of_contrast(contrast, found if levels else None, names=names, rate=rate)
    if contrast.gain is None:
        return said
    more = [*_gave_way(run, contrast), *_turned_round(run, contrast)]
    return replace(said, says=say("words.list.clause").join([said.says, *more]))


def introduced(run: ScenarioRun, variant: str) -> str:
    """Return a variant's name, and beside it what it does."""
    does = language.does(run.scenario, variant)
    return say("words.variant", name=variant, does=does) if does else variant


def why(run: ScenarioRun) -> Sentence | None:
    """Say which resource limits each variant, where its ceiling explains its capacity."""
    limits: dict[Law, list[str]] = {}
    for name in run.variants if run.answered and run.primary == capacity else ():
        laws = [one.law for one in run.ceilings(name) if one.law]
        if laws and explained(run, name):
            law, _ = Counter(laws).most_common(1)[0]
            limits.setdefault(law, []).append(name)
    if not limits:
        return None
    parts = (
        say("words.limits.by", names=wording.listed(names), what=_limits(run, law, names))
        for law, names in limits.items()
    )
    return Sentence(say("words.limits.all", parts=say("words.list.clause").join(parts)))


def collections(run: ScenarioRun) -> Sentence | None:
    """Say how often CPython's full collections stopped each variant, where a tail decides."""
    metric = run.primary
    if metric.definition.quantile != TAIL or metric.at is None or not run.answered:
        return None
    phase = load_phase(metric.at)
    parts = []
    for name in run.variants:
        found = run.seen(name, lambda one: collected(one, phase))
        often = fmean(one.full_per_s for one in found) if found else 0.0
        if often >= OFTEN:
            share = wording.percent(fmean(one.share for one in found))
            often_said = wording.number(often)
            parts.append(say("words.collections.one", name=name, often=often_said, share=share))
    if not parts:
        return None
    listed = say("words.list.clause").join(parts)
    return Sentence(say("words.collections.all", name=language.metric(metric.name), parts=listed))


def explained(run: ScenarioRun, variant: str) -> bool:
    """Return whether a capacity lies between nine tenths of its ceiling and its error above it."""
    usual, most = run.of_ceiling(variant), run.of_ceiling(variant, most=True)
    return usual is not None and most is not None and usual >= EXPLAINED and most <= ABOVE


def failures(run: ScenarioRun) -> list[Sentence]:
    """Say of each variant how many answers failed where it was decided, and how."""
    found = [_failed(run.primary, name, run.of(name)) for name in run.variants]
    return [Sentence(words) for words in found if words]


def of_void(run: ScenarioRun, one: VoidBlock) -> str:
    """Say which block is void, because of which variants, and why."""
    parts = []
    for measured in run.record.measurements:
        trial = measured.trial
        place = trial.scenario, trial.kind, trial.block, trial.attempt
        if place == (run.scenario.name, "deciding", one.block, one.attempt):
            words = _failed(run.primary, trial.variant, [measured])
            if trial.variant in one.variants and words:
                parts.append(words)
    key = "words.void.block_again" if one.attempt else "words.void.block"
    block = say(key, block=one.block, attempt=one.attempt + 1)
    if one.variants:
        block = say("words.void.whose", block=block, names=wording.listed(list(one.variants)))
    says = say("words.list.comma").join(language.reason(why)[0] for why in one.why)
    return say("words.void.says", what=block, why=say("words.list.clause").join([says, *parts]))


def void_once(run: ScenarioRun) -> dict[VoidReason, list[str]]:
    """Return why what was seen once besides is void, and of which variants."""
    found: dict[VoidReason, list[str]] = {}
    for name, one in seen_once(run.scenario, run.record.measurements, "exploring").items():
        for reason in void_reasons(run.scenario, one):
            found.setdefault(reason, []).append(name)
    return found


def failed(metric: Metric, one: Measurement) -> Counter[str]:
    """Return the outcomes of the requests of the load that decides."""
    if metric.at is not None:
        cell = one.at(metric.at)
        return Counter(cell.work.outcomes) if cell else Counter()
    cells = one.sweep if metric.clients is not None else (one.closed,)
    found = next((cell for cell in cells if cell and metric.clients in {None, cell.clients}), None)
    return Counter(found.outcomes) if found else Counter()


def _failed(metric: Metric, variant: str, measured: Sequence[Measurement]) -> str:
    """Write the failures among requests, the most frequent first; empty without any.

    Statuses are known by their numbers. The first failure is said in full.
    """
    outcomes = sum((failed(metric, one) for one in measured), Counter[str]())
    first = next((one.first_failure for one in measured if one.first_failure), "")
    fine = FINE if metric.counts_failures else {*FINE, LATE}  # too much is offered on purpose
    wrong = [(how, count) for how, count in outcomes.most_common() if count and how not in fine]
    if not wrong:
        return ""
    parts = [
        say(f"words.outcome.{how}", count=f"{count:,}")
        if how in NAMED
        else say("words.outcome.answered", count=f"{count:,}", status=how)
        for how, count in wrong
    ]
    total = f"{outcomes.total():,}"
    said = say("words.failed.of", total=total, variant=variant, parts=wording.listed(parts))
    return said + (say("words.failed.first", first=first) if first else "")


def _limits(run: ScenarioRun, law: Law, variants: Sequence[str]) -> str:
    """Write what runs out, how much of it there is, and what a request takes of it."""
    waits_s = [run.median(wait, name) or 0.0 for name in variants]
    cpus_s = [fmean(one.cpu_per_request_s for one in run.closed(name)) for name in variants]
    each, alone = law.resource, law.resource == "place" and law.amount == 1
    whole_s = [sum(both) for both in zip(waits_s, cpus_s, strict=True)]
    counted = wording.count(round(law.amount), each)
    return say(
        f"words.limits.{'one_place' if alone else each}",
        count=counted,
        amount=f"{law.amount:g}",
        cpu=_span(cpus_s, 1e6),
        wait=_span(waits_s, 1e3),
        whole=_span(whole_s, 1e3),
    )


def _span(seconds: Sequence[float], scale: float) -> str:
    """Write the least and the most of what is nearly the same."""
    low, high = (wording.number(scale * one) for one in (min(seconds), max(seconds)))
    return low if low == high else say("words.interval.between", low=low, high=high)


def _gave_way(run: ScenarioRun, contrast: Contrast) -> Iterator[str]:
    """Say which of two fell below a tenth of its own best, with fewer clients or less load."""
    metric = contrast.metric
    if metric.kind != goodput(0).kind:
        return
    best = {name: _best(run, metric, name) for name in (contrast.subject, contrast.over)}
    fallen = [
        name
        for name, most in best.items()
        if (now := run.typical(metric, name)) and now.estimate < GONE * most
    ]
    collapsed = contrast.gain is not None and contrast.gain.estimate in {0.0, math.inf}
    if len(fallen) > collapsed:  # of a collapse alone, it is said already
        levels = [wording.quantity(best[name], metric) for name in fallen]
        if len(fallen) > 1:
            named = say("words.list.comma").join(
                f"{name} {level}" for name, level in zip(fallen, levels, strict=True)
            )
            yield say("words.broke.both", levels=named)
        else:
            yield say("words.broke.one", name=fallen[0], level=levels[0])


def _best(run: ScenarioRun, metric: Metric, variant: str) -> float:
    """Return the best goodput of a variant with fewer clients, or at lower loads."""
    found = [run.typical(at, variant) for at in _lower(run, metric)]
    return max((one.estimate for one in found if one), default=0.0)


def _lower(run: ScenarioRun, metric: Metric) -> list[Metric]:
    """Return the same goodput with fewer clients, or at lower loads."""
    if metric.clients is not None:
        return [run.goodput_with(one) for one in run.client_counts if one < metric.clients]
    return [goodput(load) for load in run.loads if metric.at is not None and load < metric.at]


def _turned_round(run: ScenarioRun, contrast: Contrast) -> Iterator[str]:
    """Say where what is better at the load that decides is clearly below at another one."""
    metric = contrast.metric
    if contrast.verdict is not Verdict.BETTER or metric.kind != goodput(0).kind:
        return
    others = [goodput(load) for load in run.loads if load != metric.at]
    for other in others if metric.at is not None else ():
        mine, theirs = (run.typical(other, name) for name in (contrast.subject, contrast.over))
        if mine and theirs and mine.estimate < CLEARLY * theirs.estimate:
            subject, over = _plain(mine, other), wording.level(theirs, other)
            yield say("words.turned", rate=run.place(other), subject=subject, over=over)


def _plain(found: Interval, metric: Metric) -> str:
    return wording.level(found, metric, wording.amount)
