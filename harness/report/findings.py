"""A scenario as a specimen: who sees the trap coming, how it shows, what it costs, what mends it, and from which load on it matters; and the table of taxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.design import plan
from harness.judge import answer, statistics
from harness.judge.answer import Contrast, sentence
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model.scenario import (
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    p50,
    time_alone,
    until_failure,
)
from harness.report import reading as seen
from harness.report import wording
from harness.report.reading import Reading
from harness.report.wording import Rows

TAXES = ("variant", "against", "time, µs more per request", "CPU, µs more per request")
NOTHING = ", which may be nothing"


def specimen(reading: Reading) -> list[tuple[str, str]]:
    """List, in this order: linter, what was seen at run time, costs, fix, and the load from which each comparison shows."""
    rows = [("linter", _linter(reading)), *evidence(reading)]
    if not seen.enough(reading):
        return rows
    costs = [
        (f"CPU of {one.subject}", _cost(reading, one))
        for one in seen.contrasts(reading, cpu_per_request)
        if one.gain
    ]
    return [
        *rows,
        *costs,
        ("fix", _fix(reading)),
        *((f"{one.subject} against {one.over}", found) for one, found in onset(reading)),
    ]


def evidence(reading: Reading) -> list[tuple[str, str]]:
    """List what was seen of each variant: where it ran, what held its loop, where the requests of the closed loop waited."""
    return [
        (f"{variant.name} at run time", _evidence(reading, variant.name))
        for variant in reading.scenario.variants
        if variant.name in reading.pilots
    ]


def taxes(reading: Reading) -> Rows:
    """Give for each comparison the microseconds that one request takes more, asked one at a time, where that is what decides."""
    if reading.scenario.primary != time_alone or not seen.enough(reading):
        return []
    level = plan.level(reading.scenario, reading.profile)

    def more(subject: Sequence[float], over: Sequence[float]) -> str:
        found = statistics.difference(subject, over, level)
        return f"{wording.whole(found, wording.micro)}{NOTHING if found.low <= 0 <= found.high else ''}"

    def of(variant: str) -> tuple[list[float], list[float]]:
        alone = [found for block in reading.blocks if (found := block[variant].alone)]
        return [one.median_s for one in alone], [one.work_cpu_s for one in alone]

    return [
        (one.subject, one.over, *map(more, of(one.subject), of(one.over)))
        for one in reading.answer.contrasts
    ]


def onset(reading: Reading) -> list[tuple[Contrast, str]]:
    """Say for each comparison the lowest load at which it shows, by what it does most clearly there."""
    stages = list(_stages(reading))
    return [(one, _shows(reading, one, stages)) for one in reading.answer.contrasts]


def _stages(reading: Reading) -> Iterator[tuple[str, Sequence[Metric]]]:
    """Give what was read at each load, the lowest first."""
    scenario = reading.scenario
    if scenario.primary == time_alone:
        yield "with one request at a time", (time_alone,)
    if scenario.primary == until_failure:
        yield "at any load, once enough requests were made", (until_failure,)
    for load in seen.loads(reading):
        rate = wording.number(seen.rate(reading, load))
        of_primary = (scenario.primary,) if scenario.primary.at == load else ()
        yield (
            f"from {rate} requests/s on, {load:g}× the smallest ceiling",
            (*of_primary, goodput(load), bystander_p99(load), p50(load)),
        )
    if scenario.primary.name.startswith("CPU"):
        yield f"with {scenario.clients} clients", (scenario.primary,)
    for number in seen.clients(reading) if scenario.sweep else ():
        yield f"from {number} clients on", (seen.goodput_with(reading, number),)
    yield "at saturation only", (capacity,)


def _shows(
    reading: Reading, contrast: Contrast, stages: Sequence[tuple[str, Sequence[Metric]]]
) -> str:
    pair = contrast.subject, contrast.over
    for where, metrics in stages:
        made = [
            one
            for metric in metrics
            for one in seen.contrasts(reading, metric)
            if (one.subject, one.over) == pair
        ]
        if telling := [
            one for one in made if one.gain and one.verdict in {Verdict.BETTER, Verdict.WORSE}
        ]:
            clearest = max(telling, key=lambda one: distance(one.gain))
            by = f", by its {clearest.metric.name}" if len(metrics) > 1 else ""
            return f"shows {where}{by}: {sentence(clearest)}"
    return "shows at none of the loads measured here"


def distance(gain: Interval | None) -> float:
    """Give how far from 1 an interval stays, as a factor."""
    if gain is None:
        return 0.0
    return max(gain.low, 1 / gain.high if gain.high else math.inf)


def _linter(reading: Reading) -> str:
    flagged = [
        f"{', '.join(variant.flagged)} in {variant.source}.py"
        for variant in reading.scenario.variants
        if variant.flagged
    ]
    return (
        f"ruff's ASYNC rules find {'; '.join(flagged)}"
        if flagged
        else "no linter sees this: ruff's ASYNC rules find nothing in any of these files"
    )


def _cost(reading: Reading, contrast: Contrast) -> str:
    """Write the difference in CPU that one request makes, in microseconds."""
    one, other = (
        seen.values(reading, cpu_per_request, name) for name in (contrast.subject, contrast.over)
    )
    more = statistics.difference(one, other).estimate > 0
    found = statistics.difference(one, other) if more else statistics.difference(other, one)
    much = f"{wording.micro(found.estimate)} µs {'more' if more else 'less'} per request than {contrast.over}"
    return f"{much} [{wording.between(found, wording.micro)}]{NOTHING if found.low <= 0 else ''}"


def _fix(reading: Reading) -> str:
    """Name what mends it: the variants that were claimed to be better than the baseline, and are."""
    over = reading.scenario.baseline.name
    claimed = [
        (claim, contrast, found)
        for claim, contrast, found in seen.claims(reading)
        if claim.over == over and claim.at_least > 1
    ]
    if not claimed:
        return "none is claimed"
    mends = {
        claim.subject: contrast.gain
        for claim, contrast, found in claimed
        if found is Judgement.CONFIRMED and contrast.gain
    }
    if not mends:
        return f"none that is confirmed here: {', '.join(claim.says for claim, *_ in claimed)}"
    best = max(mends, key=lambda name: mends[name].estimate)
    return "; ".join(
        f"{name} ({reading.scenario.variant(name).does}): {wording.gain(gain)}{_beside(reading, name, best)}"
        for name, gain in mends.items()
    )


def _beside(reading: Reading, name: str, best: str) -> str:
    """Set one fix beside the best of them."""
    if name == best:
        return ""
    found = answer.gain(
        reading.scenario.primary,
        name,
        best,
        reading.blocks,
        plan.level(reading.scenario, reading.profile),
    )
    return f", which is {wording.gain(found)} of {best}" if found else ""


def _evidence(reading: Reading, variant: str) -> str:
    found, taken = (
        wording.evidence(reading.pilots[variant].evidence),
        seen.taken_on(reading, variant),
    )
    clients = reading.scenario.clients
    if taken is None:
        return found
    elsewhere = (
        " the others waited in its socket, where no metric of its own can see them"
        if taken < clients / 2
        else ""
    )
    return (
        f"{found}; of {clients} requests in flight the app had taken on {wording.number(taken)}"
        + (f":{elsewhere}" if elsewhere else "")
    )
