"""What a scenario found: how to detect the trap, what it costs, and the fix."""

from __future__ import annotations

import math

from harness.judge.answer import Contrast
from harness.judge.interval import Interval, Judgement
from harness.model.metric import cpu_per_request
from harness.report import quantities, sentences, wording
from harness.report.scenario_run import ScenarioRun

Finding = tuple[str, str]  # of what, and what was found


def findings(run: ScenarioRun) -> list[Finding]:
    """Return what a linter sees, what was seen at run time, costs and fix.

    Costs and what follows only where there is an answer.
    """
    rows = [("linter", _linter(run)), *evidence(run)]
    if not run.answered:
        return rows
    over = run.scenario.baseline.name
    made = [one for one in run.answer.contrasts if one.over == over]
    costs = [(f"CPU of {one.subject}", cost) for one in made if (cost := _cost(run, one))]
    return [*rows, *costs, ("fix", _fix(run))]


def evidence(run: ScenarioRun) -> list[Finding]:
    """Return what was seen of each variant in the evidence pass.

    Where it ran, what held its loop, and where the requests of the closed loop waited.
    """
    seen = [name for name in run.variants if name in run.evidence]
    return [(f"{name} at run time", _evidence(run, name)) for name in seen]


def distance(found: Interval | None) -> float:
    """Return how far from 1 an interval stays, as a factor; 0 where there is none."""
    if found is None:
        return 0.0
    return max(found.low, 1 / found.high if found.high else math.inf)


def _linter(run: ScenarioRun) -> str:
    variants = run.scenario.variants
    flagged = [f"{', '.join(one.flagged)} in {one.source}.py" for one in variants if one.flagged]
    if flagged:
        return f"ruff's ASYNC rules find {'; '.join(flagged)}"
    return "no linter sees this: ruff's ASYNC rules find nothing in any of these files"


def _cost(run: ScenarioRun, contrast: Contrast) -> str:
    """Write by how many microseconds of CPU one request differs; empty where that was not seen."""
    pair = contrast.subject, contrast.over
    one, other = (run.typical(cpu_per_request, name) for name in pair)
    if not one or not other:
        return ""
    more = one.estimate - other.estimate
    how = "more" if more > 0 else "less"
    return f"{wording.micro(abs(more))} µs {how} per request than {contrast.over}, exploratory"


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
    does = {name: run.scenario.variant(name).does for name in fixes}
    return "; ".join(f"{name} ({does[name]}): {wording.gain(one)}" for name, one in fixes.items())


def _evidence(run: ScenarioRun, variant: str) -> str:
    found, clients = sentences.of_evidence(run.evidence[variant].evidence), run.scenario.clients
    if not run.blocks:
        return found
    waiting = run.median(quantities.threads_waiting, variant)
    queued = f"; up to {waiting:,.0f} calls waited for a thread" if waiting else ""
    accepted = run.median(quantities.accepted, variant)
    if accepted is None:
        return f"{found}{queued}"
    app = run.evidence[variant].app
    own = ", those that it sends itself included" if app and app.asks_itself else ""
    queue = "; the others waited in the socket's queue, where no metric of the app sees them"
    unseen = queue if accepted < clients / 2 else ""
    taken = f"of {clients} requests in flight the app had accepted {wording.number(accepted)}"
    left = run.median(quantities.background, variant) or 0
    behind = f"; {left:,.0f} answered requests still worked at its end" if left else ""
    return f"{found}; {taken} on average{own}{unseen}{behind}{queued}"
