"""The traps that a scenario declares, as sentences with their figures from this run."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.model.trap import Fate, Trap
from harness.report import comparisons, tables, wording
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence

EXPLORATORY = "exploratory, without interval"


def traps(run: ScenarioRun) -> tuple[Sentence, ...]:
    """Return a sentence for each trap; none for one whose figures are not in the run."""
    if not run.answered:
        return ()
    measured = (one for one in run.scenario.traps if {one.subject, one.over} <= {*run.variants})
    found = ((one, _figures(run, one)) for one in measured)
    return tuple(replace(said, says=f"{one.says}: {said.says}") for one, said in found if said)


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
    factor = f", {wording.times(ratio)}" if math.isfinite(ratio) else ""
    levels = f"{wording.level(one, by)} with {pair[0]} against {wording.level(other, by)}"
    once = one.n == other.n == 1
    basis = "seen once, without interval" if once else EXPLORATORY
    return Sentence(f"{by.name} {levels} with {pair[1]}{factor}", basis)


def _calls(run: ScenarioRun, pair: tuple[str, str], fate: Fate) -> Sentence | None:
    one, other = (tables.calls(run, name) for name in pair)
    if not one or not other:
        return None
    many, few = (wording.number(found.get(fate, 0.0)) for found in (one, other))
    says = f"{many} {fate} calls per request with {pair[0]} against {few} with {pair[1]}"
    return Sentence(says, EXPLORATORY)
