"""What the instrument is worth on this machine: it measures what is known beforehand, and must find it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.design.plan import LEVEL, PROFILES, Trial
from harness.experiment import calibration
from harness.experiment.calibration import Clock
from harness.experiment.measure import measuring
from harness.experiment.run import conduct
from harness.experiment.session import alone
from harness.judge import answer, statistics
from harness.judge.caveats import Void
from harness.judge.guards import BUSY, LATE_S
from harness.judge.statistics import Interval, Verdict
from harness.load.locust import ALONE
from harness.catalogue import catalogue
from harness.model.facts import Measurement
from harness.model.histogram import ENOUGH
from harness.model.scenario import (
    LATENCY_LOAD,
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    p50,
)
from harness.places.host import Host
from harness.store.records import Asked, Run
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import Crew

TWINS = (
    "http_call",
    "awaiting",
)  # needs no PostgreSQL, and is bound by CPU, as what is judged mostly is
METRICS = (capacity, cpu_per_request, p50(LATENCY_LOAD), bystander_p99(LATENCY_LOAD))
PROFILE = replace(
    PROFILES["quick"], looks=(8,)
)  # the fewest blocks in which four metrics can reach 5 % together
LOOKS = PROFILES["standard"].looks

APP = 10_000  # requests/s: what an empty FastAPI route serves on one fast core
FASTEST = APP / BUSY  # the generator may use so much of a core, and must not be the limit
CEILING_WINDOW_S = 3.0
RATES = (200, 1000)
ERROR_P50_MS = 1.5  # where there is no timerfd, gevent's timer is late by a millisecond, and the trip takes half of one; more is the machine's
ERROR_P99_MS = 1000 * LATE_S  # what voids a measurement as lag must not come in as error
STALL_WINDOW_S, STALL_OFF = (
    20.0,
    0.02,
)  # arrivals 10 ms apart place a stall of 1 s within 1 %; the other is for waking up
COARSE = 0.5  # the smallest claim of a fix over its trap is 1.5×, but for CPU: who cannot see that in the blocks of `standard` cannot judge it


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, in words, and whether it is as it must be."""

    topic: str
    says: str
    sound: bool


def selfcheck(results: Path) -> Iterator[Finding | str]:
    """Check everything; gives what it does before it does it, and each finding as soon as it is made."""
    with alone(results), Crew() as crew:
        yield from _generator(crew)
        yield from _twins(crew)


def overall(found: Sequence[Finding]) -> str:
    """Say it all in one sentence."""
    wrong = list(dict.fromkeys(one.topic for one in found if not one.sound))
    if not wrong:
        return "The instrument is sound here: fast enough, true to time, blind to names."
    return f"The instrument is not sound here, as for {', '.join(wrong)}: see what bench.py doctor would mend, and check again."


def _generator(crew: Crew) -> Iterator[Finding | str]:
    """Hold the load generator against a server that knows the truth."""
    with ExitStack() as stack:
        stack.callback(cores.pin, 0, cores.AVAILABLE)
        cores.pin(0, calibration.CORES.rest)
        yield "the generator's ceiling, 5 s"
        with calibration.echo(crew, 0) as (url, _):
            yield told_ceiling(*calibration.ceiling(crew, url, CEILING_WINDOW_S))
        for rate in RATES:
            window_s = ENOUGH[0.99] / RATES[0]
            yield f"the clock at {rate}/s, {window_s + 3:.0f} s"
            yield told_clock(rate, calibration.clock(crew, rate, window_s))
        yield f"a stall of a second, {STALL_WINDOW_S + 3:.0f} s"
        counted, truth = calibration.stall(crew, STALL_WINDOW_S)
        yield told_stall(float(np.quantile(counted, 0.99)), float(np.quantile(truth, 0.99)))


def _twins(crew: Crew) -> Iterator[Finding | str]:
    """Measure a variant against itself, and see how small a difference would show."""
    scenario = catalogue()[TWINS[0]].twinned(TWINS[1])
    run = Run(crew.folder / "run")
    run.create(
        Asked(
            profile="quick",
            on="host",
            seed=0,
            commit=machine.commit(),
            fingerprint=machine.fingerprint(),
            scenarios=(scenario,),
            code={},
        )
    )
    began_s = time.monotonic()
    split = cores.split(scenario.budget.workers)
    with measuring(
        Host(crew, split, free_port(), free_port()), split, scenario, run, crew, ALONE
    ) as drive:
        for event in conduct(scenario, PROFILE, 0, drive, run):
            if isinstance(event, Trial):
                where = f"block {event.block} of {PROFILE.looks[-1]}" if event.block else "pilot"
                yield f"{'/'.join(TWINS)} against itself, {where}, the {event.variant}" + (
                    ", again" if event.attempt else ""
                )
            elif event.void:
                yield f"void: {', '.join(Void[name].says for name in event.void)}"
    measurements = run.read()
    blocks = answer.whole_blocks(scenario, measurements)
    if why := answer.answer(scenario, PROFILE, measurements).invalid or (
        "" if blocks else "no block is whole"
    ):
        yield Finding("A/A", f"A/A: nothing can be said: {why}", sound=False)
        return
    found = {
        metric: answer.gain(metric, "other", "one", blocks, LEVEL / len(METRICS))
        for metric in METRICS
    }
    yield from (told_twins(metric, interval) for metric, interval in found.items())
    minutes = (time.monotonic() - began_s) / 60 / len(blocks)
    yield told_effects(
        {metric: effects(metric, blocks) for metric, interval in found.items() if interval}, minutes
    )


def told_ceiling(rate: float, cpu_s: float) -> Finding:
    """Say how fast the generator is at best."""
    sound = rate >= FASTEST
    verdict = (
        "faster than any app on one core"
        if sound
        else f"too slow: it must do {FASTEST:,.0f}/s to measure an app of {APP:,.0f}/s"
    )
    return Finding(
        "the generator's ceiling",
        f"the generator's ceiling: {rate:,.0f} requests/s, {cpu_s * 1e6:.1f} µs of CPU each: {verdict}",
        sound,
    )


def told_clock(rate: float, clock: Clock) -> Finding:
    """Say how true the clock is."""
    late, wrong = (
        clock.lag_p99 > 1000 * LATE_S,
        abs(clock.error_p50) > ERROR_P50_MS or abs(clock.error_p99) > ERROR_P99_MS,
    )
    verdict = (
        " and ".join(
            [
                *(["sends too late"] if late else []),
                *(["adds too much of its own"] if wrong else []),
            ]
        )
        or "true"
    )
    figures = f"lag {clock.lag_p50:.2f} ms, p99 {clock.lag_p99:.2f} ms; error of p50 {clock.error_p50:+.2f} ms, of p99 {clock.error_p99:+.2f} ms"
    return Finding(
        "the clock", f"the clock at {rate:g}/s: {figures}: {verdict}", not late and not wrong
    )


def told_stall(counted_ms: float, truth_ms: float) -> Finding:
    """Say whether a stall is seen in full."""
    off = counted_ms / truth_ms - 1
    sound = abs(off) <= STALL_OFF
    verdict = "seen in full" if sound else f"more than {STALL_OFF:.0%} off"
    return Finding(
        "the stall",
        f"the stall of a second: p99 {counted_ms:.0f} ms, where it must be {truth_ms:.0f} ms ({off:+.1%}): {verdict}",
        sound,
    )


def told_twins(metric: Metric, found: Interval | None) -> Finding:
    """Say whether a variant was said to differ from itself."""
    if found is None:
        return Finding("A/A", f"A/A, {metric.name}: could not be read in every block", sound=False)
    verdict = statistics.judge(found, metric.same_within)
    words = {
        Verdict.SAME: f"the same within ±{metric.same_within:.0%}, as it must be",
        Verdict.UNCLEAR: f"not said to differ, as it must be, and not shown to be within ±{metric.same_within:.0%}",
    }.get(verdict, "said to differ from itself, which is wrong")
    interval = f"{found.estimate:.3f}× ({1 - LEVEL / len(METRICS):.2%} CI {found.low:.3f}× to {found.high:.3f}×, {found.n} blocks)"
    return Finding(
        "A/A",
        f"A/A, {metric.name}: {interval}: {words}",
        verdict in {Verdict.SAME, Verdict.UNCLEAR},
    )


def effects(metric: Metric, blocks: Sequence[dict[str, Measurement]]) -> list[float]:
    """Estimate the smallest effect, as a share, that each look of the standard profile would find in a single comparison."""
    differences = statistics.log_ratios(
        *(answer.values(metric, name, blocks) for name in ("other", "one"))
    )
    return [statistics.detectable(differences, look, LEVEL / len(LOOKS)) - 1 for look in LOOKS]


def told_effects(found: Mapping[Metric, Sequence[float]], minutes: float) -> Finding:
    """Lay out which effects would be found four times in five, and how many minutes that takes at these windows."""
    lines = ["the smallest effect that is found four times in five, give or take a third of it:"]
    lines.append(
        f"{'  blocks (minutes)':18}"
        + "".join(f"{f'{look} ({look * minutes:.1f})':>12}" for look in LOOKS)
    )
    for metric, shares in found.items():
        lines.append(
            f"  {metric.name:16}"
            + "".join(f"{share:12.1%}" for share in shares)
            + f"   {_reach(metric, shares)}"
        )
    return Finding(
        "the smallest effect",
        "\n".join(lines),
        all(shares[-1] <= COARSE for shares in found.values()),
    )


def _reach(metric: Metric, shares: Sequence[float]) -> str:
    """Say what these effects are good for."""
    margin = metric.same_within
    if enough := [look for look, share in zip(LOOKS, shares, strict=True) if share <= margin]:
        return f"finds its margin of {margin:.0%} in {enough[0]} blocks"
    return f"misses its margin of {margin:.0%}, " + (
        "finds all that is claimed"
        if shares[-1] <= COARSE
        else f"and the smallest claim of {1 + COARSE:g}×"
    )
