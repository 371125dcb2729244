"""The load generator against a server that costs next to nothing and knows the truth.

How fast it is at best, how true its clock is, what it makes of a stall.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.experiment import reduce
from harness.load.driver import Gauge, Gauges, LoadResult, Site, no_gauges
from harness.load.locust import Locust
from harness.model.errors import BenchError
from harness.model.trial import Phase
from harness.model.workload import Workload
from harness.project import ROOT
from harness.system import processes
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import ProcessSupervisor

CONNECTIONS, WAIT_MS, RAMP_S, START_S = 32, 5.0, 0.5, 10
STALL_S, STALL_RATE, STALL_AFTER_S = 1.0, 100, 3.0
WORKLOAD = Workload("/", idle="/")  # the smallest request there is
MESSAGES = Workload("/", idle="/", protocol="websocket", body=b"{}")  # and the smallest message
PHASE = "calibration"


@dataclass(frozen=True, slots=True)
class Clock:
    """How true a generator's clock is, at some rate.

    `lag_*` is how late requests were sent, `error_*` how far its response times are from the
    server's own, in ms; `cpu` is a share of a core, `little` how far its counts disagree.
    """

    lag_p50: float
    lag_p99: float
    error_p50: float
    error_p99: float
    cpu: float
    little: float


@dataclass(frozen=True, slots=True)
class Bench:
    """Who minds the processes of a calibration, on which cores they run, and what is asked."""

    supervisor: ProcessSupervisor
    split: Cores
    workload: Workload = WORKLOAD

    @property
    def load(self) -> Site:
        """Where the load runs."""
        return Site(self.supervisor, self.split.rest)

    @contextmanager
    def echo(self, wait_ms: float) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """Serve from a core of its own; yield the address and the process.

        Raises BenchError where it does not answer.
        """
        port, log = free_port(), self.supervisor.folder / "echo.log"
        words = ["--port", str(port), "--wait-ms", str(wait_ms)]
        process = self.supervisor.start(
            [sys.executable, ROOT / "compose" / "echo.py", *words],
            log=log,
            cores=self.split.server,
            ends_on=signal.SIGKILL,  # a server that was stopped hears nothing else
        )
        try:
            if not processes.wait_until(lambda: listening(port), START_S):
                last = processes.last_words(log)
                raise BenchError(
                    f"the echo server did not answer within {START_S} s: {last}",
                    hint="try python compose/echo.py --port 9000",
                )
            yield f"http://{HOST}:{port}", process
        finally:
            self.supervisor.end(process)

    def clock(self, rate: float, window_s: float) -> Clock:
        """Send by schedule to a server that reports how long each request stayed with it."""
        phase = Phase(name=PHASE, model="open", rate=rate, ramp_s=RAMP_S, window_s=window_s)
        with self.echo(WAIT_MS) as (url, _):
            result = self._run(url, phase)
            sojourns = json.loads(ask(url, "/sojourns").body)[1:]  # the first is the drain's
        sojourns_ms = np.array(sojourns) / 1e6
        generator = reduce.open_loop(result, phase).generator
        response_ms = _response_ms(result)
        error_p50, error_p99 = (
            float(np.quantile(response_ms, q) - np.quantile(sojourns_ms, q)) for q in (0.5, 0.99)
        )
        return Clock(
            lag_p50=1000 * (generator.lag_p50_s or 0),
            lag_p99=1000 * (generator.lag_p99_s or 0),
            error_p50=error_p50,
            error_p99=error_p99,
            cpu=generator.cpu,
            little=generator.little or 0,
        )

    def stall(self, window_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Load a server that stands still for a second.

        Return the response times in ms as they were counted, and as they must have been.
        """
        phase = Phase(
            name=PHASE,
            model="open",
            rate=STALL_RATE,
            ramp_s=RAMP_S,
            window_s=window_s,
            arrivals="uniform",
        )
        with self.echo(WAIT_MS) as (url, process):
            freeze = Freeze(process, STALL_AFTER_S)

            def gauge(_: str, opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
                if opens:
                    freeze.start()
                return Gauge()

            counted_ms = _response_ms(self._run(url, phase, gauge))
            return counted_ms, truth_ms(freeze.seconds, window_s)

    def _run(self, url: str, phase: Phase, gauges: Gauges = no_gauges) -> LoadResult:
        """Run one phase, every request on record."""
        folder = self.supervisor.folder
        with Locust().open(self.workload, url, log=folder / "load.log", site=self.load) as load:
            return load.run([phase], url, seed=1, record=folder / "rows.npz", gauges=gauges)


class Freeze(threading.Thread):
    """Stops a process for a while, some time after its start.

    `seconds` is how long that was in the end.
    """

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


def truth_ms(stall_s: float, window_s: float) -> NDArray[np.float64]:
    """Return the response times in ms of evenly spaced requests, some of which wait for a stall."""
    since_s = np.arange(round(STALL_RATE * window_s)) / STALL_RATE
    return WAIT_MS + 1000 * np.maximum(0, stall_s - since_s)


def _response_ms(result: LoadResult) -> NDArray[np.float64]:
    """Count from the intended start, for what was due in the window."""
    rows = result.rows
    return np.asarray((rows.done - rows.intended)[rows.intended >= 0] / 1e6)
