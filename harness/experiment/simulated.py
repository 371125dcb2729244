"""A driver that measures nothing: it draws from the scenario's own theory. Everything it makes says so.

It stands in for servers and Locust in the tests and in `bench.py run --on simulated`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.design.plan import BYSTANDER_RATE, RAMP_S, Offer, Trial
from harness.experiment.monitor_client import EVERY_S
from harness.experiment.run import Driver
from harness.experiment.script import IDLE_ALONE_S, WORK_ALONE_S, phase_of
from harness.judge.caveats import Caveat
from harness.model import histogram
from harness.model.facts import (
    BETWEEN,
    SLICES,
    Alone,
    Closed,
    Generator,
    Inside,
    Measurement,
    Moment,
    Open,
    Stream,
)
from harness.model.scenario import Scenario, Variant
from harness.model.theory import Demand

TYPICAL = Demand(cpu_s=0.0006, wait_s=0.010)
DEADLINE_S = 2.0
QUIET = Generator(cpu=0.1, lag_p50_s=0.0001, lag_p99_s=0.0003, shed=0, arrivals=0.01, little=0.0)


def simulator(scenarios: Iterable[Scenario], *, noise: float = 0.02) -> Driver:
    """Make a driver whose every draw is fixed by the trial; `noise` is the relative spread between trials."""
    variants = {
        (scenario.name, variant.name): (scenario, variant)
        for scenario in scenarios
        for variant in scenario.variants
    }

    def drive(trial: Trial) -> Measurement:
        scenario, variant = variants[trial.scenario, trial.variant]
        rng = random.Random(repr(trial))  # noqa: S311  a simulation, not a secret
        wait_s = scenario.knobs.get("wait_ms", 1000 * TYPICAL.wait_s) / 1000
        ceiling = scenario.ceiling_of(variant, Demand(TYPICAL.cpu_s, wait_s))
        reached = ceiling * 0.97 * rng.lognormvariate(0, noise)
        sent = round(reached * trial.closed_s)
        failing = _failing(scenario, variant)
        alone_s = (wait_s + 2 * TYPICAL.cpu_s) * rng.lognormvariate(0, noise)
        cells = tuple(
            _cell(offer, reached, _holds_the_loop(scenario, variant), rng) for offer in trial.offers
        )
        return Measurement(
            trial=trial,
            cores=1,
            alone=None
            if not trial.probed
            else Alone(
                work_s=wait_s + 2 * TYPICAL.cpu_s,
                work_cpu_s=TYPICAL.cpu_s,
                idle_s=TYPICAL.cpu_s + 0.0001,
                idle_cpu_s=0.0001,
                median_s=alone_s,
            ),
            closed=_closed(trial, scenario.clients, sent, sent),
            open=cells,
            sweep=tuple(
                _closed(trial, clients, sent, sent // (50 if failing else 1))
                for clients in trial.sweep
            ),
            failed_after=round(200 * rng.lognormvariate(0, noise))
            if failing and scenario.primary.name == "requests until failure"
            else None,
            ceiling=ceiling if trial.probed else math.inf,
            rss_bytes=80_000_000,
            foreign=0.0,
            caveats=(Caveat.SIMULATED.name,),
            inside=None
            if variant.runs_on == "elsewhere"
            else _inside(scenario, variant, trial, cells, reached),
        )

    return drive


def _closed(trial: Trial, clients: int, sent: int, good: int) -> Closed:
    return Closed(
        clients=clients,
        window_s=trial.closed_s,
        deadline_s=DEADLINE_S,
        sent=sent,
        good=good,
        outcomes={"ok": good} | ({"status": sent - good} if sent > good else {}),
        cpu_s=sent * TYPICAL.cpu_s,
        generator=replace(QUIET, in_flight=(float(clients),) * SLICES),
    )


def _failing(scenario: Scenario, variant: Variant) -> bool:
    """Let the baseline be the one that fails, where failing is the question."""
    return scenario.primary.counts_failures and variant is scenario.baseline


def _holds_the_loop(scenario: Scenario, variant: Variant) -> bool:
    return variant.runs_on == "loop" and variant is scenario.baseline


def _cell(offer: Offer, capacity: float, holds_the_loop: bool, rng: random.Random) -> Open:  # noqa: FBT001  private, and named where it is passed
    """Draw an M/M/1 queue at this load."""
    generator = np.random.default_rng(rng.randrange(2**32))
    busy = min(offer.rate / capacity, 0.99)
    slow_s = 1 / capacity / (1 - busy)

    def stream(rate: float, mean_s: float, share: float) -> Stream:
        due = round(rate * offer.window_s)  # as the real schedule brings
        good = int(due * share)
        service = 0.001 + generator.exponential(mean_s, good)
        lag = generator.exponential(0.0001, good)
        packed = [histogram.encode(seconds) for seconds in (lag + service, service, lag)]
        return Stream(
            due=due,
            good=good,
            outcomes={"ok": good, "late": due - good},
            response=packed[0],
            service=packed[1],
            lag=packed[2],
        )

    growing = max(0.0, offer.rate - capacity)  # requests/s that are too many
    waiting = np.minimum(
        np.linspace(0, growing * offer.window_s, 2 * SLICES + 1)[1::2], offer.rate * DEADLINE_S
    )
    in_flight = (
        offer.rate * TYPICAL.wait_s + min(busy, 0.9) / (1 - min(busy, 0.9)) + waiting
    ) * generator.lognormal(0, 0.1, SLICES)
    return Open(
        load=offer.load,
        rate=offer.rate,
        window_s=offer.window_s,
        deadline_s=DEADLINE_S,
        work=stream(offer.rate, TYPICAL.wait_s + slow_s, min(1, capacity / offer.rate)),
        bystander=stream(BYSTANDER_RATE, slow_s if holds_the_loop else 0.0005, 1),
        cpu_s=offer.rate * offer.window_s * TYPICAL.cpu_s,
        generator=replace(QUIET, in_flight=tuple(round(float(mean), 2) for mean in in_flight)),
    )


def _inside(
    scenario: Scenario, variant: Variant, trial: Trial, cells: Sequence[Open], capacity: float
) -> Inside:
    """Say what a monitor would have said; a variant that holds the loop takes on one request at a time."""
    budget, holds = scenario.budget_of(variant), _holds_the_loop(scenario, variant)
    rng = random.Random(f"inside {trial!r}")  # noqa: S311  a simulation, not a secret
    moments = []
    at_s = stood_still_s = cpu_s = 0.0
    for phase, in_flight, busy in _quarters(scenario, trial, cells, capacity):
        taken = min(1.0, in_flight) if holds else in_flight
        used = min(taken, budget.threads) if variant.runs_on == "thread" else 0.0
        at_s += EVERY_S
        stood_still_s += EVERY_S * min(
            1.0, busy * (0.97 if holds else 0.003) * rng.lognormvariate(0, 0.02)
        )
        cpu_s += EVERY_S * busy * min(1.0, capacity * TYPICAL.cpu_s)
        moments.append(
            Moment(
                at_s=at_s,
                phase=phase,
                stood_still_s=round(stood_still_s, 4),
                in_flight=round(taken),
                threads_used=round(used),
                threads_waiting=round(taken - used) if variant.runs_on == "thread" else 0,
                pool_waiting=max(0, round(used or taken) - budget.connections),
                cpu_s=round(cpu_s, 3),
                rss_bytes=80_000_000,
                files=30 + round(in_flight),
            )
        )
    return Inside(
        threads=budget.threads,
        pools={"simulated.Pool 1": budget.connections},
        workers=budget.workers if variant.runs_on == "process" else 0,
        connections=1 if holds else budget.connections,
        slowest_s=0.02,
        moments=tuple(moments),
    )


def _quarters(
    scenario: Scenario, trial: Trial, cells: Sequence[Open], capacity: float
) -> Iterator[tuple[str, float, float]]:
    """Give for each quarter of a second the phase, the requests in flight and how busy the app is, in the order of a real trial."""
    open_model = {
        cell.load: (
            f"{cell.load:g}×",
            cell.window_s,
            cell.generator.in_flight,
            min(1.0, cell.rate / capacity),
        )
        for cell in cells
    }
    closed = {"closed": scenario.clients} | {phase_of(clients): clients for clients in trial.sweep}
    script: list[tuple[str, float, Sequence[float], float]] = [
        *(
            [("idle", IDLE_ALONE_S, (0.0,), 0.0), ("work", WORK_ALONE_S, (1.0,), 0.9)]
            if trial.probed
            else []
        ),
        *(phase for load, phase in open_model.items() if load <= 1),
        *((phase, trial.closed_s, (float(clients),), 1.0) for phase, clients in closed.items()),
        *(phase for load, phase in open_model.items() if load > 1),
    ]
    for name, lasts_s, in_flight, busy in script:
        for number in range(count := round(lasts_s / EVERY_S)):
            yield name, in_flight[number * len(in_flight) // count], busy
        for _ in range(round(RAMP_S / EVERY_S)):
            yield BETWEEN, in_flight[-1], busy
