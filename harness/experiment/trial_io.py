"""What is done to a server in one trial, and how the measurement is read from it; the same wherever the server runs."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from harness.design.plan import BYSTANDER_RATE, RAMP_S, SWEEP_RAMP_S, WARM_UP_S, Offer, Trial
from harness.experiment.reduce import IDLE, WORK, alone, closed, failed_after, opened
from harness.load.locust import Gauge, Load, Seen
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.system.ask import ask

IDLE_ALONE_S, WORK_ALONE_S, PROBE_RAMP_S = 0.3, 0.4, 0.05
THINK_S = 0.005  # between idle requests, so that the trip is as cold as the work's, where both ends sleep in between


def check_answers(
    scenario: Scenario, url: str, known: dict[str, str], what: str, hint: str
) -> None:
    """Refuse a variant that does not give the very bytes that the others gave; `known` is what they gave."""
    for path in scenario.samples:
        status, body = ask(url, path)
        if status != 200:  # noqa: PLR2004  the one status that is an answer
            raise BenchError(f"{what} answered {status} to {path}", hint=hint)
        digest = sha256(body).hexdigest()
        if known.setdefault(path, digest) != digest:
            raise BenchError(
                f"{what} answers {path} with other bytes than the variants before it",
                hint="variants differ in how, never in what: mend it",
            )


def drive(
    load: Load,
    scenario: Scenario,
    trial: Trial,
    samples: Path,
    gauges: Callable[[str, bool], Gauge] = lambda *_: Gauge(),
) -> Seen:
    """Run the trial's script, every request on record in `samples`; `gauges` are asked as each phase, by its name, opens (true) and closes (false)."""
    script = _script(scenario, trial)
    names = [phase_of(key) for key in script]
    record = samples / f"{name(trial)}.npz"
    return load.run(
        list(script.values()),
        seed=trial.seed,
        record=record,
        gauges=lambda number, opens: gauges(names[number], opens),
    )


def phase_of(key: Offer | str | int) -> str:
    """Name a phase of the script: an open load by its share of the smallest ceiling, one of the sweep by its clients."""
    return (
        f"{key.load:g}×"
        if isinstance(key, Offer)
        else f"{key} clients"
        if isinstance(key, int)
        else key
    )


def name(trial: Trial) -> str:
    """Name the trial's files."""
    return f"{trial.scenario}-{trial.block:02d}-{trial.variant}" + (
        f"-again{trial.attempt}" if trial.attempt else ""
    )


def requests(seen: Seen) -> int:
    """Count the requests of the work, over the whole trial."""
    return int(np.sum(seen.rows["stream"] == WORK))


def read(
    seen: Seen, scenario: Scenario, trial: Trial, *, cores: int, rss_bytes: int, foreign: float
) -> Measurement:
    """Read the measurement off what a script brought back, without its ceiling."""
    at = {phase: number for number, phase in enumerate(_script(scenario, trial))}
    return Measurement(
        trial=trial,
        cores=cores,
        alone=alone(seen, idle=at["idle"], work=at["work"]) if trial.probed else None,
        closed=closed(seen, at["closed"], scenario.clients),
        open=tuple(
            opened(seen, at[offer], of_ceiling=offer.load, rate=offer.rate)
            for offer in trial.offers
        ),
        sweep=tuple(closed(seen, at[clients], clients) for clients in trial.sweep),
        failed_after=failed_after(seen),
        ceiling=0.0,
        rss_bytes=rss_bytes,
        foreign=round(foreign, 4),
    )


def _script(scenario: Scenario, trial: Trial) -> dict[Offer | str | int, dict[str, Any]]:
    """Lay out one trial: the probe, which warms the server up as well, the loads it can bear, the closed loops, and last the loads it cannot."""
    asked = {"model": "closed", "clients": 1, "ramp_s": PROBE_RAMP_S}
    probe: dict[Offer | str | int, dict[str, Any]] = {
        "idle": {**asked, "stream": IDLE, "window_s": IDLE_ALONE_S, "think_s": THINK_S},
        "work": {**asked, "stream": WORK, "window_s": WORK_ALONE_S},
    }
    open_model = {
        offer: {
            "model": "open",
            "rate": offer.rate,
            "idle_rate": BYSTANDER_RATE,
            "ramp_s": RAMP_S,
            "window_s": offer.window_s,
        }
        for offer in trial.offers
    }
    saturated = {
        "model": "closed",
        "stream": WORK,
        "ramp_s": RAMP_S if trial.probed else WARM_UP_S,
        "window_s": trial.closed_s,
    }
    return {
        **(probe if trial.probed else {}),
        **{offer: phase for offer, phase in open_model.items() if offer.load <= 1},
        "closed": {**saturated, "clients": scenario.clients},
        **{
            clients: {**saturated, "clients": clients, "ramp_s": SWEEP_RAMP_S}
            for clients in trial.sweep
        },
        **{offer: phase for offer, phase in open_model.items() if offer.load > 1},
    }
