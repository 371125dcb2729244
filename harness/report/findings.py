"""What a scenario found: how to detect the trap, what it costs, the fix, and when it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.judge import statistics
from harness.judge.answer import Contrast, gain
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model.metric import (
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    p50,
    time_alone,
    until_failure,
)
from harness.report import sentences, wording
from harness.report.scenario_run import ScenarioRun
from harness.report.table import Quantity
from harness.report.tables import MAYBE_NOTHING

Finding = tuple[str, str]  # of what, and what was found


def findings(run: ScenarioRun) -> list[Finding]:
    """Return what a linter sees, what was seen at run time, costs, fix, and when each shows.

    Costs and what follows only where there are enough blocks for an answer.
    """
    rows = [("linter", _linter(run)), *evidence(run)]
    if not run.enough:
        return rows
    contrasts = run.contrasts(cpu_per_request)
    costs = [(f"CPU of {one.subject}", _cost(run, one)) for one in contrasts if one.gain]
    onsets = [(f"{one.subject} against {one.over}", found) for one, found in onset(run)]
    return [*rows, *costs, ("fix", _fix(run)), *onsets]


def evidence(run: ScenarioRun) -> list[Finding]:
    """Return what was seen of each variant that a pilot measured.

    Where it ran, what held its loop, and where the requests of the closed loop waited.
    """
    seen = [name for name in run.variants if name in run.pilots]
    return [(f"{name} at run time", _evidence(run, name)) for name in seen]


def onset(run: ScenarioRun) -> list[tuple[Contrast, str]]:
    """Return for each comparison the lowest load at which it shows, and how it shows there."""
    stages = [
        (where, [one for metric in metrics for one in run.contrasts(metric)])
        for where, metrics in _stages(run)
    ]
    return [(one, _shows(run, one, stages)) for one in run.answer.contrasts]


def distance(found: Interval | None) -> float:
    """Return how far from 1 an interval stays, as a factor; 0 where there is none."""
    if found is None:
        return 0.0
    return max(found.low, 1 / found.high if found.high else math.inf)


def _stages(run: ScenarioRun) -> Iterator[tuple[str, Sequence[Metric]]]:
    """Yield what was read at each load, the lowest first."""
    scenario, primary = run.scenario, run.primary
    if primary == time_alone:
        yield "with one request at a time", (time_alone,)
    if primary == until_failure:
        yield "at any load, once enough requests were made", (until_failure,)
    for load in run.loads:
        of_primary = (primary,) if primary.at == load else ()
        where = f"from {wording.rate(run.rate(load))} on, {load:g}× the smallest ceiling"
        yield where, (*of_primary, goodput(load), bystander_p99(load), p50(load))
    if primary.kind == cpu_per_request.kind:
        yield f"with {scenario.clients} clients", (primary,)
    for clients in run.client_counts if scenario.sweep else ():
        yield f"from {clients} clients on", (run.goodput_with(clients),)
    yield "at saturation only", (capacity,)


def _shows(
    run: ScenarioRun, contrast: Contrast, stages: Sequence[tuple[str, Sequence[Contrast]]]
) -> str:
    differs = {Verdict.BETTER, Verdict.WORSE}
    for where, made in stages:
        same = [one for one in made if (one.subject, one.over) == (contrast.subject, contrast.over)]
        if found := [one for one in same if one.gain and one.verdict in differs]:
            clearest = max(found, key=lambda one: distance(one.gain))
            by = f", by its {clearest.metric.name}" if len(same) > 1 else ""
            return f"shows {where}{by}: {run.says(clearest)}"
    return "shows at none of the loads measured here"


def _linter(run: ScenarioRun) -> str:
    variants = run.scenario.variants
    flagged = [f"{', '.join(one.flagged)} in {one.source}.py" for one in variants if one.flagged]
    if flagged:
        return f"ruff's ASYNC rules find {'; '.join(flagged)}"
    return "no linter sees this: ruff's ASYNC rules find nothing in any of these files"


def _cost(run: ScenarioRun, contrast: Contrast) -> str:
    """Write by how many microseconds of CPU one request differs."""
    pair = contrast.subject, contrast.over
    one, other = (run.table.values(cpu_per_request, name) for name in pair)
    found, how = statistics.difference(one, other), "more"
    if found.estimate <= 0:
        found, how = statistics.difference(other, one), "less"
    maybe = MAYBE_NOTHING if found.low <= 0 else ""
    much = f"{wording.micro(found.estimate)} µs {how} per request than {contrast.over}"
    return f"{much} [{wording.between(found, wording.micro)}]{maybe}"


def _fix(run: ScenarioRun) -> str:
    """Name the variants that were claimed to be better than the baseline, and are."""
    over = run.scenario.baseline.name
    claimed = [one for one in run.claims if one[0].over == over and one[0].at_least > 1]
    if not claimed:
        return "none is claimed"
    fixes = {
        claim.subject: contrast.gain
        for claim, contrast, found in claimed
        if found is Judgement.CONFIRMED and contrast.gain
    }
    if not fixes:
        return f"none that is confirmed here: {', '.join(claim.says for claim, *_ in claimed)}"
    best = max(fixes, key=lambda name: fixes[name].estimate)
    does = {name: run.scenario.variant(name).does for name in fixes}
    return "; ".join(
        f"{name} ({does[name]}): {wording.gain(found)}{_beside(run, name, best)}"
        for name, found in fixes.items()
    )


def _beside(run: ScenarioRun, name: str, best: str) -> str:
    """Compare one fix with the best of them."""
    if name == best:
        return ""
    found = gain(run.primary, name, best, run.blocks, run.design.alpha)
    return f", which is {wording.gain(found)} of {best}" if found else ""


def _evidence(run: ScenarioRun, variant: str) -> str:
    found, clients = sentences.of_evidence(run.pilots[variant].evidence), run.scenario.clients
    accepted = run.table.median(Quantity.ACCEPTED, variant) if run.blocks else None
    if accepted is None:
        return found
    queue = "; the others waited in the socket's queue, where no metric of the app sees them"
    unseen = queue if accepted < clients / 2 else ""
    taken = f"of {clients} requests in flight the app had accepted {wording.number(accepted)}"
    return f"{found}; {taken} on average{unseen}"
