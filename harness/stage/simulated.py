"""A driver that measures nothing: it draws from the scenario's own theory. Everything it makes says so.

It stands in for servers and Locust in the tests and in `bench.py run --on simulated`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np

from harness import histogram
from harness.caveats import Caveat
from harness.conduct import Driver
from harness.measurement import Alone, Closed, Generator, Measurement, Open, Stream
from harness.plan import BYSTANDER_RATE, Offer, Trial
from harness.scenario import Scenario
from harness.theory import Demand

TYPICAL = Demand(cpu_s=0.0006, wait_s=0.010)
QUIET = Generator(cpu=0.1, lag_p50_s=0.0001, lag_p99_s=0.0003, shed=0, arrivals=0.01, little=0.0)


def simulator(scenarios: Iterable[Scenario], *, noise: float = 0.02) -> Driver:
    """Make a driver whose every draw is fixed by the trial; `noise` is the relative spread between trials."""
    variants = {(scenario.name, variant.name): (scenario, variant) for scenario in scenarios for variant in scenario.variants}

    def drive(trial: Trial) -> Measurement:
        scenario, variant = variants[trial.scenario, trial.variant]
        rng = random.Random(repr(trial))  # noqa: S311  a simulation, not a secret
        wait_s = scenario.knobs.get("wait_ms", 1000 * TYPICAL.wait_s) / 1000
        ceiling = variant.ceiling(Demand(TYPICAL.cpu_s, wait_s))
        reached = ceiling * 0.97 * rng.lognormvariate(0, noise)
        sent = round(reached * trial.closed_s)
        return Measurement(
            trial=trial,
            cores=1,
            alone=Alone(work_s=wait_s + 2 * TYPICAL.cpu_s, work_cpu_s=TYPICAL.cpu_s, idle_s=TYPICAL.cpu_s + 0.0001, idle_cpu_s=0.0001),
            closed=Closed(
                clients=scenario.clients,
                window_s=trial.closed_s,
                deadline_s=2,
                sent=sent,
                good=sent,
                outcomes={"ok": sent},
                cpu_s=sent * TYPICAL.cpu_s,
                generator=QUIET,
            ),
            open=tuple(_cell(offer, reached, variant.runs_on == "loop" and variant is scenario.baseline, rng) for offer in trial.offers),
            ceiling=ceiling,
            rss_bytes=80_000_000,
            foreign=0.0,
            caveats=(Caveat.SIMULATED.name,),
        )

    return drive


def _cell(offer: Offer, capacity: float, holds_the_loop: bool, rng: random.Random) -> Open:  # noqa: FBT001  private, and named where it is passed
    """Draw an M/M/1 queue at this load."""
    generator = np.random.default_rng(rng.randrange(2**32))
    busy = min(offer.rate / capacity, 0.99)
    slow_s = 1 / capacity / (1 - busy)

    def stream(rate: float, mean_s: float, share: float) -> Stream:
        due = generator.poisson(rate * offer.window_s)
        good = int(due * share)
        service = 0.001 + generator.exponential(mean_s, good)
        lag = generator.exponential(0.0001, good)
        packed = [histogram.encode(seconds) for seconds in (lag + service, service, lag)]
        return Stream(due=int(due), good=good, outcomes={"ok": good, "late": int(due) - good}, response=packed[0], service=packed[1], lag=packed[2])

    return Open(
        load=offer.load,
        rate=offer.rate,
        window_s=offer.window_s,
        deadline_s=2,
        work=stream(offer.rate, TYPICAL.wait_s + slow_s, min(1, capacity / offer.rate)),
        bystander=stream(BYSTANDER_RATE, slow_s if holds_the_loop else 0.0005, 1),
        cpu_s=offer.rate * offer.window_s * TYPICAL.cpu_s,
        generator=QUIET,
    )
