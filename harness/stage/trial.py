"""What is done to a server in one trial, and how the measurement is read from it; the same wherever the server runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.caveats import Caveat
from harness.errors import BenchError
from harness.measurement import Measurement
from harness.plan import BYSTANDER_RATE, RAMP_S, Offer, Trial
from harness.scenario import Scenario
from harness.stage.load import IDLE, WORK, Load, Seen, alone, closed, opened

ANSWER_S = 20
IDLE_ALONE_S, WORK_ALONE_S, PROBE_RAMP_S = 0.3, 0.4, 0.05
THINK_S = 0.005  # between idle requests, so that the trip is as cold as the work's, where both ends sleep in between
BUSY_GENERATOR, LATE_S, FOREIGN = 0.7, 0.005, 0.15  # beyond these a measurement is in doubt


def ask(url: str, path: str) -> tuple[int, bytes]:
    """Ask once; raises OSError or HTTPException where nobody answers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=ANSWER_S)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}{path}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def check_answers(scenario: Scenario, url: str, known: dict[str, str], what: str, hint: str) -> None:
    """Refuse a variant that does not give the very bytes that the others gave; `known` is what they gave."""
    for path in scenario.samples:
        status, body = ask(url, path)
        if status != 200:  # noqa: PLR2004  the one status that is an answer
            raise BenchError(f"{what} answered {status} to {path}", hint=hint)
        digest = sha256(body).hexdigest()
        if known.setdefault(path, digest) != digest:
            raise BenchError(f"{what} answers {path} with other bytes than the variants before it", hint="variants differ in how, never in what: mend it")


def drive(load: Load, scenario: Scenario, trial: Trial, samples: Path, server_cpu: Callable[[], float]) -> Seen:
    """Run the trial's script, every request on record in `samples`."""
    return load.run(list(_script(scenario, trial).values()), seed=trial.seed, record=samples / f"{name(trial)}.npz", server_cpu=server_cpu)


def name(trial: Trial) -> str:
    """Name the trial's files."""
    return f"{trial.scenario}-{trial.block:02d}-{trial.variant}"


def read(seen: Seen, scenario: Scenario, trial: Trial, *, cores: int, rss_bytes: int, foreign: float) -> Measurement:
    """Read the measurement off what a script brought back, without its ceiling."""
    at = {phase: number for number, phase in enumerate(_script(scenario, trial))}
    return Measurement(
        trial=trial,
        cores=cores,
        alone=alone(seen, idle=at["idle"], work=at["work"]),
        closed=closed(seen, at["closed"], scenario.clients),
        open=tuple(opened(seen, at[offer], of_ceiling=offer.load, rate=offer.rate) for offer in trial.offers),
        ceiling=0.0,
        rss_bytes=rss_bytes,
        foreign=round(foreign, 4),
    )


def doubts(scenario: Scenario, measurement: Measurement) -> Iterator[Caveat]:
    """Look for what would make this measurement doubtful; blind to the variant and to the value."""
    generators = [*(cell.generator for cell in measurement.open), measurement.closed.generator]
    if scenario.budget.workers > measurement.cores:
        yield Caveat.ONE_SERVER_CORE
    if any(generator.cpu > BUSY_GENERATOR for generator in generators):
        yield Caveat.GENERATOR_BUSY
    if any((generator.lag_p99_s or 0) > LATE_S for generator in generators):
        yield Caveat.GENERATOR_LATE
    if any(generator.shed for generator in generators):
        yield Caveat.SHED
    if measurement.foreign > FOREIGN:
        yield Caveat.NOISY


def _script(scenario: Scenario, trial: Trial) -> dict[Offer | str, dict[str, Any]]:
    """Lay out one trial: the probe, which warms the server up as well, the loads it can bear, the closed loop, and last the loads it cannot."""
    probe = {"model": "closed", "clients": 1, "ramp_s": PROBE_RAMP_S}
    open_model = {
        offer: {"model": "open", "rate": offer.rate, "idle_rate": BYSTANDER_RATE, "ramp_s": RAMP_S, "window_s": offer.window_s} for offer in trial.offers
    }
    return {
        "idle": {**probe, "stream": IDLE, "window_s": IDLE_ALONE_S, "think_s": THINK_S},
        "work": {**probe, "stream": WORK, "window_s": WORK_ALONE_S},
        **{offer: phase for offer, phase in open_model.items() if offer.load <= 1},
        "closed": {"model": "closed", "clients": scenario.clients, "stream": WORK, "ramp_s": RAMP_S, "window_s": trial.closed_s},
        **{offer: phase for offer, phase in open_model.items() if offer.load > 1},
    }
