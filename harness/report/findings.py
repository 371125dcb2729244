"""What a scenario found: how to detect the trap, what it costs, and the fix."""

from __future__ import annotations

import math

from harness.judge.answer import Contrast
from harness.judge.interval import Interval, Judgement
from harness.model.metric import cpu_per_request
from harness.report import comparisons, quantities, sentences, wording
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun

Finding = tuple[str, str]  # of what, and what was found


def findings(run: ScenarioRun) -> list[Finding]:
    """Return what a linter sees, what was seen at run time, costs and fix.

    Costs and what follows only where there is an answer.
    """
    rows = [(say("tables.finding.linter"), _linter(run)), *evidence(run)]
    if not run.answered:
        return rows
    over = run.scenario.baseline.name
    made = [one for one in run.answer.contrasts if one.over == over]
    costs = [
        (say("tables.finding.cpu", name=one.subject), cost)
        for one in made
        if (cost := _cost(run, one))
    ]
    return [*rows, *costs, (say("tables.finding.fix"), _fix(run))]


def evidence(run: ScenarioRun) -> list[Finding]:
    """Return what was seen of each variant in the evidence pass.

    Where it ran, what held its loop, and where the requests of the closed loop waited.
    """
    seen = [name for name in run.variants if name in run.evidence]
    return [(say("tables.finding.seen", name=name), _evidence(run, name)) for name in seen]


def distance(found: Interval | None) -> float:
    """Return how far from 1 an interval stays, as a factor; 0 where there is none."""
    if found is None:
        return 0.0
    return max(found.low, 1 / found.high if found.high else math.inf)


def _linter(run: ScenarioRun) -> str:
    variants = run.scenario.variants
    flagged = [
        say("tables.finding.rules", rules=", ".join(one.flagged), file=f"{one.source}.py")
        for one in variants
        if one.flagged
    ]
    if flagged:
        return say("tables.finding.flagged", found=say("words.list.clause").join(flagged))
    return say("tables.finding.unseen")


def _cost(run: ScenarioRun, contrast: Contrast) -> str:
    """Write by how many microseconds of CPU one request differs; empty where that was not seen."""
    pair = contrast.subject, contrast.over
    one, other = (run.typical(cpu_per_request, name) for name in pair)
    if not one or not other:
        return ""
    more = one.estimate - other.estimate
    how = "more" if more > 0 else "less"
    return say(f"tables.finding.{how}", cpu=wording.micro(abs(more)), over=contrast.over)


def _fix(run: ScenarioRun) -> str:
    """Name the variants that were claimed to be better than the baseline, and are."""
    over = run.scenario.baseline.name
    claimed = [one for one in run.claims if one[0].over == over and one[0].at_least > 1]
    if not claimed:
        return say("tables.finding.no_fix")
    fixes = {
        claim.subject: contrast.gain
        for claim, contrast, found in claimed
        if found is Judgement.CONFIRMED and contrast.gain
    }
    if not fixes:
        claims = say("words.list.comma").join(sentences.claimed(claim) for claim, *_ in claimed)
        return say("tables.finding.unconfirmed", claims=claims)
    return say("words.list.clause").join(
        say("tables.finding.gain", name=comparisons.introduced(run, name), gain=wording.gain(one))
        for name, one in fixes.items()
    )


def _evidence(run: ScenarioRun, variant: str) -> str:
    found, clients = sentences.of_evidence(run.evidence[variant].evidence), run.scenario.clients
    if not run.blocks:
        return found
    waiting = run.median(quantities.threads_waiting, variant)
    queued = say("tables.finding.queued", calls=f"{waiting:,.0f}") if waiting else ""
    accepted = run.median(quantities.accepted, variant)
    if accepted is None:
        return f"{found}{queued}"
    app = run.evidence[variant].app
    taken = say("tables.finding.accepted", clients=clients, accepted=wording.number(accepted))
    own = say("tables.finding.own") if app and app.asks_itself else ""
    unseen = say("tables.finding.socket") if accepted < clients / 2 else ""
    left = run.median(quantities.background, variant) or 0
    behind = say("tables.finding.behind", requests=f"{left:,.0f}") if left else ""
    return f"{found}{taken}{own}{unseen}{behind}{queued}"
