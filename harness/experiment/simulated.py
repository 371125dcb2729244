"""A driver that measures nothing: it draws from the scenario's own theory, and says so.

It stands in for servers and Locust in the tests and in `bench.py run --on simulated`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np

from harness.design.script import BYSTANDER_RATE
from harness.model import histogram
from harness.model.facts import (
    BETWEEN,
    CLOSED,
    LANES,
    SLICES,
    TENTHS,
    WORK,
    AppSnapshot,
    ClosedLoop,
    Generator,
    Measurement,
    OpenLoop,
    Probe,
    Sample,
    Setting,
    Stream,
)
from harness.model.metric import until_failure
from harness.model.scenario import Scenario, Variant
from harness.model.theory import Demand
from harness.model.trial import Phase, Trial

TYPICAL = Demand(cpu_s=0.0006, wait_s=0.010)
DEADLINE_S = 2.0
EVERY_S = 0.25  # between two samples of the monitor
PAUSE_S = 0.3  # between two phases
RSS_BYTES = 80_000_000
REACHED = 0.97  # of the ceiling
NOT_SWEPT = {CLOSED, WORK, LANES}  # phases of several clients, or one
QUIET = Generator(cpu=0.1, lag_p50_s=0.0001, lag_p99_s=0.0003, shed=0, arrivals=0.01, little=0.0)


class Simulator:
    """A driver whose every draw is fixed by the trial.

    `noise` is the relative spread between trials.
    """

    def __init__(self, scenarios: Iterable[Scenario], *, noise: float = 0.02) -> None:
        self._asked = {scenario.name: scenario for scenario in scenarios}
        self._noise = noise

    def together(self, _: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare nothing."""
        return nullcontext()

    def __call__(self, trial: Trial) -> Measurement:
        """Draw what a trial would see."""
        scenario, noise = self._asked[trial.scenario], self._noise
        variant = scenario.variant(trial.variant)
        rng = random.Random(repr(trial))  # noqa: S311  a simulation, not a secret
        wait_s = scenario.knobs.get("wait_ms", 1000 * TYPICAL.wait_s) / 1000
        reached = _ceiling(scenario, variant, wait_s) * REACHED * rng.lognormvariate(0, noise)
        failing = scenario.primary.counts_failures and variant is scenario.baseline
        alone_s = (wait_s + 2 * TYPICAL.cpu_s) * rng.lognormvariate(0, noise)
        holds = _holds_the_loop(scenario, variant)
        phases = {phase.name: phase for phase in trial.phases}
        cells = [_open(one, reached, rng, holds=holds) for one in trial.phases if one.rate]
        closed = phases.get(CLOSED)
        swept = [one for one in trial.phases if one.clients > 1 and one.name not in NOT_SWEPT]
        fails_after = round(200 * rng.lognormvariate(0, noise)) if failing else None
        return Measurement(
            trial=trial,
            setting=Setting(place="simulated"),
            cores=1,
            probe=_probe(wait_s, alone_s) if WORK in phases else None,
            closed=_closed(closed, _bounded(closed, reached, wait_s), 1.0) if closed else None,
            open=tuple(cells),
            sweep=tuple(
                _closed(one, _bounded(one, reached, wait_s), 0.02 if failing else 1.0)
                for one in swept
            ),
            failed_after=fails_after if scenario.primary == until_failure else None,
            answered=round(reached),
            rss_bytes=RSS_BYTES,
            foreign=0.0,
            app=_app(scenario, variant, trial, cells, reached),
        )


def _ceiling(scenario: Scenario, variant: Variant, wait_s: float) -> float:
    demand = replace(TYPICAL, wait_s=wait_s)
    if variant.ceiling is None:
        return 1 / demand.cpu_s
    bound = variant.ceiling.requests_per_s(demand, scenario.knobs, variant.workers)
    return bound if math.isfinite(bound) else 1 / demand.cpu_s


def _bounded(phase: Phase, reached: float, wait_s: float) -> float:
    """Return what is reached with so many clients, none of whom is answered faster than alone."""
    return min(reached, REACHED * phase.clients / (wait_s + 2 * TYPICAL.cpu_s))


def _holds_the_loop(scenario: Scenario, variant: Variant) -> bool:
    return variant.runs_on == "loop" and variant is scenario.baseline


def _probe(wait_s: float, median_s: float) -> Probe:
    return Probe(
        work_s=wait_s + 2 * TYPICAL.cpu_s,
        work_cpu_s=TYPICAL.cpu_s,
        idle_s=TYPICAL.cpu_s + 0.0001,
        idle_cpu_s=0.0001,
        median_s=median_s,
        median_error=0.002,
        idle_median_s=TYPICAL.cpu_s + 0.00015,
        rest_cpu=0.01,
    )


def _closed(phase: Phase, reached: float, share: float) -> ClosedLoop:
    """Answer at an even pace, and the given share of it rightly."""
    sent = round(reached * phase.window_s)
    good = round(sent * share)
    tenths = [good * (n + 1) // TENTHS - good * n // TENTHS for n in range(TENTHS)]
    return ClosedLoop(
        clients=phase.clients,
        window_s=phase.window_s,
        deadline_s=DEADLINE_S,
        sent=sent,
        good=good,
        outcomes={"ok": good} | ({"status": sent - good} if sent > good else {}),
        cpu_s=sent * TYPICAL.cpu_s,
        slope=reached * share,
        ended_slope=reached,
        tenths=tuple(tenths),
        generator=replace(QUIET, in_flight=(float(phase.clients),) * SLICES),
    )


def _open(offer: Phase, capacity: float, rng: random.Random, *, holds: bool) -> OpenLoop:
    """Draw an M/M/1 queue at this load."""
    generator = np.random.default_rng(rng.randrange(2**32))
    busy = min(offer.rate / capacity, 0.99)
    slow_s = 1 / capacity / (1 - busy)

    def stream(rate: float, mean_s: float, share: float) -> Stream:
        due = round(rate * offer.window_s)  # as the real schedule brings
        good = int(due * share)
        service = 0.001 + generator.exponential(mean_s, good)
        lag = generator.exponential(0.0001, good)
        return Stream(
            due=due,
            good=good,
            outcomes={"ok": good, "late": due - good},
            response=histogram.encode(lag + service),
            service=histogram.encode(service),
            lag=histogram.encode(lag),
        )

    too_many = max(0.0, offer.rate - capacity)  # requests/s
    middles = np.linspace(0, too_many * offer.window_s, 2 * SLICES + 1)[1::2]
    waiting = np.minimum(middles, offer.rate * DEADLINE_S)
    queued = min(busy, 0.9) / (1 - min(busy, 0.9))
    spread = generator.lognormal(0, 0.1, SLICES)
    in_flight = (offer.rate * TYPICAL.wait_s + queued + waiting) * spread
    return OpenLoop(
        load=offer.load,
        rate=offer.rate,
        window_s=offer.window_s,
        deadline_s=DEADLINE_S,
        work=stream(offer.rate, TYPICAL.wait_s + slow_s, min(1, capacity / offer.rate)),
        bystander=stream(BYSTANDER_RATE, slow_s if holds else 0.0005, 1),
        cpu_s=offer.rate * offer.window_s * TYPICAL.cpu_s,
        generator=replace(QUIET, in_flight=tuple(round(float(one), 2) for one in in_flight)),
    )


def _app(
    scenario: Scenario,
    variant: Variant,
    trial: Trial,
    cells: Sequence[OpenLoop],
    capacity: float,
) -> AppSnapshot | None:
    """Say what a monitor would have said; a variant that holds the loop takes on one request."""
    if variant.runs_on == "elsewhere":
        return None
    budget, holds = scenario.budget_of(variant), _holds_the_loop(scenario, variant)
    rng = random.Random(f"inside {trial!r}")  # noqa: S311  a simulation, not a secret
    samples = []
    at_s = stood_still_s = cpu_s = 0.0
    for phase, in_flight, busy in _moments(trial, cells, capacity):
        taken = min(1.0, in_flight) if holds else in_flight
        used = min(taken, budget.threads) if variant.runs_on == "thread" else 0.0
        still = busy * (0.97 if holds else 0.003) * rng.lognormvariate(0, 0.02)
        at_s += EVERY_S
        stood_still_s += EVERY_S * min(1.0, still)
        cpu_s += EVERY_S * busy * min(1.0, capacity * TYPICAL.cpu_s)
        samples.append(
            Sample(
                at_s=at_s,
                phase=phase,
                stood_still_s=round(stood_still_s, 4),
                in_flight=round(taken),
                threads_used=round(used),
                threads_waiting=round(taken - used) if variant.runs_on == "thread" else 0,
                pool_waiting=max(0, round(used or taken) - budget.connections),
                cpu_s=round(cpu_s, 3),
                rss_bytes=RSS_BYTES,
                files=30 + round(in_flight),
            )
        )
    return AppSnapshot(
        threads=budget.threads,
        pools={"simulated.Pool 1": budget.connections},
        workers=budget.workers if variant.runs_on == "process" else 0,
        connections=1 if holds else budget.connections,
        slowest_s=0.02,
        samples=tuple(samples),
    )


def _moments(
    trial: Trial, cells: Sequence[OpenLoop], capacity: float
) -> Iterator[tuple[str, float, float]]:
    """Yield for each sample its phase, the requests in flight, and how busy the app is."""
    offered = {cell.rate: cell for cell in cells}
    for phase in trial.phases:
        cell = offered.get(phase.rate)
        in_flight = cell.generator.in_flight if cell else (float(phase.clients),)
        busy = min(1.0, phase.rate / capacity) if cell else 1.0
        if phase.stream == "idle" or not (phase.clients or cell):
            in_flight, busy = (0.0,), 0.0
        elif phase.clients == 1:
            busy = 0.9
        count = max(1, round(phase.window_s / EVERY_S))
        for number in range(count):
            yield phase.name, in_flight[number * len(in_flight) // count], busy
        for _ in range(round(PAUSE_S / EVERY_S)):
            yield BETWEEN, in_flight[-1], busy
