"""The load generator held against a server that costs next to nothing and knows the truth.

How fast it is at best, how true its clock is, what it makes of a stall.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.experiment.reduce import closed, opened
from harness.load.locust import Gauge, Seen, load
from harness.model.errors import BenchError
from harness.project import ROOT
from harness.system import cores, processes
from harness.system.ask import ask
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Crew

CONNECTIONS, WAIT_MS, RAMP_S, START_S = 32, 5.0, 0.5, 10
STALL_S, STALL_RATE, STALL_AFTER_S = 1.0, 100, 3.0
CORES = cores.split(1)


@contextmanager
def echo(crew: Crew, wait_ms: float) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve on a core of its own, from a process that ends with the context."""
    port, log = free_port(), crew.folder / "echo.log"
    process = crew.start(
        [
            sys.executable,
            ROOT / "compose" / "echo.py",
            "--port",
            str(port),
            "--wait-ms",
            str(wait_ms),
        ],
        log=log,
        on=CORES.server,
        ends_on=signal.SIGKILL,
    )
    try:
        if not processes.wait_until(lambda: listening(port), START_S):
            raise BenchError(
                f"the echo server did not answer within {START_S} s: {processes.last_words(log)}",
                hint="try python compose/echo.py --port 9000",
            )
        yield f"http://{HOST}:{port}", process
    finally:
        crew.end(process)


def ceiling(crew: Crew, url: str, window_s: float) -> tuple[float, float]:
    """Ask in a closed loop as fast as can be: requests/s, and the generator's own CPU seconds per request."""
    cell = closed(
        _drive(
            crew,
            url,
            {"model": "closed", "clients": CONNECTIONS, "stream": 0, "window_s": window_s},
        ),
        0,
        CONNECTIONS,
    )
    return cell.goodput, cell.generator.cpu * cell.window_s / cell.sent


@dataclass(frozen=True, slots=True)
class Clock:
    """How late requests were sent and how far response times are from the server's, in ms; CPU as a share of a core; how far off the books are."""

    lag_p50: float
    lag_p99: float
    error_p50: float
    error_p99: float
    cpu: float
    little: float


def clock(crew: Crew, rate: float, window_s: float) -> Clock:
    """Send by schedule to a server that reports how long each request stayed with it."""
    with echo(crew, WAIT_MS) as (url, _):
        seen = _drive(
            crew, url, {"model": "open", "rate": rate, "idle_rate": 0, "window_s": window_s}
        )
        sojourns_ms = (
            np.array(json.loads(ask(url, "/sojourns")[1]))[1:] / 1e6
        )  # the first is the drain's
    generator, response_ms = opened(seen, 0, of_ceiling=0, rate=rate).generator, _response_ms(seen)
    error_p50, error_p99 = (
        float(np.quantile(response_ms, q) - np.quantile(sojourns_ms, q)) for q in (0.5, 0.99)
    )
    return Clock(
        1000 * (generator.lag_p50_s or 0),
        1000 * (generator.lag_p99_s or 0),
        error_p50,
        error_p99,
        generator.cpu,
        generator.little or 0,
    )


class Freeze(threading.Thread):
    """Stops a process for a while, some time after its start; `seconds` is how long that was in the end."""

    def __init__(self, process: subprocess.Popen[str], after_s: float) -> None:
        super().__init__(daemon=True)
        self.seconds = 0.0
        self._process, self._after_s = process, after_s

    def run(self) -> None:
        """Stop it, and let it go on."""
        time.sleep(self._after_s)
        self._process.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        time.sleep(STALL_S)
        self._process.send_signal(signal.SIGCONT)
        self.seconds = time.monotonic() - began_s


def stall(crew: Crew, window_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Meet a server that stands still for a second: response times in ms as they were counted, and as they must have been."""
    with echo(crew, WAIT_MS) as (url, process):
        freeze = Freeze(process, STALL_AFTER_S)

        def gauge(_: int, opens: bool) -> Gauge:  # noqa: FBT001  load.Gauges has it so
            if opens:
                freeze.start()
            return Gauge()

        phase = {
            "model": "open",
            "rate": STALL_RATE,
            "idle_rate": 0,
            "window_s": window_s,
            "arrivals": "uniform",
        }
        return _response_ms(_drive(crew, url, phase, gauge)), truth_ms(freeze.seconds, window_s)


def truth_ms(stall_s: float, window_s: float) -> NDArray[np.float64]:
    """Give the response times in ms of evenly spaced requests, some of which wait for the rest of a stall."""
    since_s = np.arange(round(STALL_RATE * window_s)) / STALL_RATE
    return WAIT_MS + 1000 * np.maximum(0, stall_s - since_s)


def _drive(
    crew: Crew,
    url: str,
    phase: Mapping[str, Any],
    gauges: Callable[[int, bool], Gauge] = lambda *_: Gauge(),
) -> Seen:
    """Run one phase with the smallest request there is, every one on record."""
    with load("get_root", url, crew, crew.folder / "load.log", on=CORES.rest) as generator:
        return generator.run(
            [{"ramp_s": RAMP_S, **phase}], seed=1, record=crew.folder / "rows.npz", gauges=gauges
        )


def _response_ms(seen: Seen) -> NDArray[np.float64]:
    """Count from the intended start, for what was due in the window."""
    rows = seen.rows
    return np.asarray((rows["done"] - rows["intended"])[rows["intended"] >= 0] / 1e6)
