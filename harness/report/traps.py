"""The traps that a scenario declares, as sentences with their figures from this run."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.judge.interval import Interval
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.trap import Fate, Trap
from harness.report import comparisons, language, tables, wording
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence


def traps(run: ScenarioRun) -> tuple[Sentence, ...]:
    """Return a sentence for each trap; none for one whose figures are not in the run."""
    if not run.answered:
        return ()
    told = zip(language.traps(run.scenario), run.scenario.traps, strict=True)
    found = (
        (says, _figures(run, one))
        for says, one in told
        if {one.subject, one.over} <= {*run.variants}
    )
    return tuple(
        replace(said, says=say("words.trap.says", trap=says, said=said.says))
        for says, said in found
        if said
    )


def _figures(run: ScenarioRun, trap: Trap) -> Sentence | None:
    """Say what was measured: a comparison that was judged, else both levels and their ratio."""
    pair, by = (trap.subject, trap.over), trap.by
    if not isinstance(by, Metric):
        return _calls(run, pair, by)
    for contrast in run.answer.contrasts:
        if (contrast.subject, contrast.over) == pair and contrast.gain and by == run.primary:
            return comparisons.of_contrast(run, contrast, levels=True)
    return _levels(run, pair, by)


def _levels(run: ScenarioRun, pair: tuple[str, str], by: Metric) -> Sentence | None:
    one, other = (run.typical(by, name) for name in pair)
    if not one or not other:
        return None
    known = one.bound is other.bound is Bound.EXACT and other.estimate > 0
    ratio = one.estimate / other.estimate if known else math.nan
    says = say(
        "words.trap.levels",
        name=run.named(by),
        subject=pair[0],
        over=pair[1],
        mine=wording.level(one, by),
        theirs=wording.level(other, by),
        ratio=_ratio(ratio) if math.isfinite(ratio) and ratio > 0 else "",
    )
    once = one.n == other.n == 1
    return Sentence(says, say("words.basis.once" if once else "words.basis.exploratory"))


def _ratio(ratio: float) -> str:
    """Write how many times or percent more the one is, or how many percent less."""
    if ratio < 1:
        return say("words.trap.less", much=wording.less(_exactly(1 / ratio)))
    form = "times" if ratio >= wording.TWICE else "percent"
    return say(f"words.trap.{form}", much=wording.more(_exactly(ratio)))


def _exactly(ratio: float) -> Interval:
    return Interval(ratio, ratio, ratio, 1)


def _calls(run: ScenarioRun, pair: tuple[str, str], fate: Fate) -> Sentence | None:
    one, other = (tables.calls(run, name) for name in pair)
    if not one or not other:
        return None
    many, few = (wording.number(found.get(fate, 0.0)) for found in (one, other))
    says = say(
        "words.trap.calls",
        many=many,
        few=few,
        fate=say(f"words.fate.{fate}"),
        subject=pair[0],
        over=pair[1],
    )
    return Sentence(says, say("words.basis.exploratory"))
