"""Drive one server with Locust, a process of its own: it is told its phases, it announces its windows, and it leaves a file of requests.

Nothing here imports Locust, because that would replace this process's sockets by gevent's.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import histogram
from harness.errors import BenchError
from harness.measurement import SLICES, Alone, Closed, Generator, Open, Stream
from harness.scenario import ROOT
from harness.stage import processes
from harness.stage.ports import HOST, free_port
from harness.stage.processes import Crew

SENDING_NS = 200_000  # what it takes to send a request, with some to spare
WORK, IDLE = 0, 1  # streams, by their number in the records


@dataclass(frozen=True, slots=True)
class Window:
    """A measured stretch, as the generator announced it: its length, the CPU seconds used in it, the mean requests in flight as either side counted."""

    seconds: float
    generator_cpu_s: float
    server_cpu_s: float
    in_flight: float | None
    inside_in_flight: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a server has used and done by now: CPU seconds, and requests in flight summed over time, where it tells."""

    cpu_s: float = 0.0
    in_flight_s: float | None = None


Gauges = Callable[[int, bool], Gauge]  # asked as the window of a phase opens (true) and as it closes (false)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a script brought back: its windows, one a phase, and one row for each request, its times in ns from the opening of its window."""

    windows: tuple[Window, ...]
    rows: Mapping[str, NDArray[np.int64]]
    outcomes: tuple[str, ...]
    deadline_s: float


class Load:
    """A Locust process that runs script after script."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def run(self, phases: Sequence[Mapping[str, Any]], *, seed: int, record: Path, gauges: Gauges = lambda *_: Gauge()) -> Seen:
        """Run the phases to their end; raises BenchError where Locust ends before that."""
        self._next("ready")
        script = {"phases": phases, "seed": seed, "record": str(record)}
        assert self._process.stdin is not None  # noqa: S101  it was started with pipes
        self._process.stdin.write(json.dumps(script) + "\n")
        self._process.stdin.flush()
        windows = []
        for number in range(len(phases)):
            self._next("open")
            began_s, before = time.monotonic(), gauges(number, True)  # noqa: FBT003  that is what a gauge is asked
            closed = self._next("close")
            ended_s, after = time.monotonic(), gauges(number, False)  # noqa: FBT003  the same
            per_second = closed["seconds"] / (ended_s - began_s)  # the words arrive a little late
            counted = None not in (before.in_flight_s, after.in_flight_s)
            inside = ((after.in_flight_s or 0) - (before.in_flight_s or 0)) / (ended_s - began_s) if counted else None
            windows.append(Window(closed["seconds"], closed["cpu_s"], (after.cpu_s - before.cpu_s) * per_second, closed["in_flight"], inside))
        done = self._next("done")
        with np.load(record) as file:
            rows = {name: file[name].astype(np.int64) for name in file.files}
        return Seen(tuple(windows), rows, tuple(done["outcomes"]), done["deadline_s"])

    def _next(self, event: str) -> dict[str, Any]:
        """Wait for the next line of the given kind."""
        assert self._process.stdout is not None  # noqa: S101  it was started with pipes
        for line in self._process.stdout:
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                if said["event"] == event:
                    return said
                if said["event"] == "lost":
                    raise BenchError(f"the load lost a worker, so this measurement is void: {said['why']}", hint="run the same command again: it resumes")
        self._process.wait()
        raise BenchError(f"Locust ended before its script did: {processes.last_words(self._log)}", hint=f"its log is {self._log}")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who makes the load: one process, or Locust's master with `workers` here and `join` more that others start, which find it at `bind`:`port`."""

    workers: int = 1
    join: int = 0
    bind: str = HOST
    port: int = 5557

    @property
    def size(self) -> int:
        """How many share the load."""
        return self.workers + self.join

    def joining(self, workload: str) -> str:
        """Give the command by which a worker joins from elsewhere."""
        return f"locust -f locustfiles/{workload}.py --worker --master-host {self.bind} --master-port {self.port}"


ALONE = Crowd()


@contextmanager
def load(workload: str, url: str, crew: Crew, log: Path, *, on: tuple[int, ...], crowd: Crowd = ALONE) -> Iterator[Load]:
    """Start Locust for this workload against this URL, alone or as master with workers; it ends with the context."""
    locust: list[str | Path] = [sys.executable, "-m", "locust", "-f", ROOT / "locustfiles" / f"{workload}.py", "--loglevel", "WARNING"]
    users = str(crowd.size)
    command = [*locust, "--host", url, "--headless", "--users", users, "--spawn-rate", users, "--script", "--only-summary", "--exit-code-on-error", "0"]
    port = ""
    if crowd.size > 1:
        port = str(free_port(crowd.port if crowd.join else 0, hint="end what listens there: workers on other machines expect Locust's master at that port"))
        command += ["--master", "--master-bind-host", crowd.bind, "--master-bind-port", port, "--expect-workers", users]
    with ExitStack() as stack:

        def start(words: list[str | Path], log: Path, on: tuple[int, ...], *, piped: bool) -> subprocess.Popen[str]:
            process = crew.start(words, log=log, on=on, piped=piped, ends_on=signal.SIGKILL)  # it has left its file by then
            stack.callback(crew.end, process)
            return process

        process = start(command, log, on, piped=True)
        for number in range(crowd.workers if crowd.size > 1 else 0):
            worker = [*locust, "--worker", "--master-host", crowd.bind, "--master-port", port]
            start(worker, log.with_suffix(f".worker{number}.log"), on[number % len(on) :][:1] if on else (), piped=False)
        yield Load(process, log)
        if crowd.size > 1 and process.stdin is not None:  # the master lets its workers go, who would look for it for a minute otherwise
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(processes.GRACE_S)


def alone(seen: Seen, *, idle: int, work: int) -> Alone:
    """Read the probe: one request at a time, of the idle route in one phase, of the work in another."""

    def shortest(phase: int) -> tuple[float, float]:
        """Response time, and CPU per request, in seconds."""
        rows = _ended_within(seen, phase)
        if len(rows["done"]) < 2:  # noqa: PLR2004  a cycle lies between two
            raise BenchError("no two requests of the probe were answered in time", hint="is the server stuck? its log is beside the results")
        cycle_s = float(np.mean(np.diff(rows["sent"]))) / 1e9  # from one request to the next: the window's edges cut through none of them
        busy = seen.windows[phase].server_cpu_s / seen.windows[phase].seconds
        return float(np.min(rows["done"] - rows["sent"])) / 1e9, busy * cycle_s

    idle_s, idle_cpu_s = shortest(idle)
    work_s, work_cpu_s = shortest(work)
    return Alone(work_s=work_s, work_cpu_s=work_cpu_s, idle_s=idle_s, idle_cpu_s=idle_cpu_s)


def closed(seen: Seen, phase: int, clients: int) -> Closed:
    """Read a capacity cell: what ended within the window, and who was still waiting when it closed."""
    window, rows = seen.windows[phase], _ended_within(seen, phase)
    outcomes = _count(rows["outcome"], seen.outcomes)
    return Closed(
        clients=clients,
        window_s=window.seconds,
        deadline_s=seen.deadline_s,
        sent=len(rows["done"]),
        good=outcomes.get("ok", 0),
        outcomes=outcomes | _count(_unfinished(seen, phase), seen.outcomes),
        cpu_s=window.server_cpu_s,
        generator=Generator(cpu=window.generator_cpu_s / window.seconds, in_flight=_in_flight(window, _of(seen, phase))),
        halves=_halves(window, rows["done"][rows["outcome"] == seen.outcomes.index("ok")]),
        inside_in_flight=window.inside_in_flight,
    )


def opened(seen: Seen, phase: int, *, of_ceiling: float, rate: float) -> Open:
    """Read an open-model cell: every arrival that was due in the window, however it ended."""
    window = seen.windows[phase]
    rows = _of(seen, phase)
    due = (rows["intended"] >= 0) & (rows["intended"] < window.seconds * 1e9)
    return Open(
        load=of_ceiling,
        rate=rate,
        window_s=window.seconds,
        deadline_s=seen.deadline_s,
        work=_stream(window, rows, due, WORK, seen.outcomes),
        bystander=_stream(window, rows, due, IDLE, seen.outcomes),
        cpu_s=window.server_cpu_s,
        generator=_generator(window, rows, due, seen.outcomes.index("shed")),
        inside_in_flight=window.inside_in_flight,
    )


def _generator(window: Window, rows: Mapping[str, NDArray[np.int64]], due: NDArray[np.bool_], shed: int) -> Generator:
    """Let the generator be measured by its own records."""
    lag_s = (rows["sent"] - rows["intended"])[due] / 1e9
    unsent = rows["outcome"] == shed
    end_ns = window.seconds * 1e9
    sent = np.sort(rows["sent"][due & ~unsent])
    on_time = (rows["sent"] >= 0) & (rows["sent"] < end_ns) & ~unsent
    in_window = np.clip(rows["done"], 0, end_ns) - np.clip(rows["sent"], 0, end_ns)
    recorded = float(np.sum(in_window[~unsent])) / end_ns
    return Generator(
        cpu=window.generator_cpu_s / window.seconds,
        sent=int(np.sum(on_time)) / window.seconds,
        lag_p50_s=float(np.quantile(lag_s, 0.5)),
        lag_p99_s=float(np.quantile(lag_s, 0.99)),
        shed=int(np.sum(unsent & due)),
        arrivals=_distance_from_exponential(np.diff(sent)),
        little=abs(recorded / window.in_flight - 1) if window.in_flight else None,
        in_flight=_in_flight(window, {name: column[~unsent] for name, column in rows.items()}),
    )


def _in_flight(window: Window, rows: Mapping[str, NDArray[np.int64]]) -> tuple[float, ...]:
    """Average the requests in flight over equal slices of the window."""
    edges = np.linspace(0, window.seconds * 1e9, SLICES + 1)
    until = np.array([np.sum(np.minimum(rows["done"], edge) - np.minimum(rows["sent"], edge)) for edge in edges])  # request-nanoseconds, up to each edge
    return tuple(round(float(mean), 2) for mean in np.diff(until) / np.diff(edges))


def _distance_from_exponential(gaps: NDArray[np.int64]) -> float:
    """Measure Kolmogorov's distance between these gaps and exponential ones of the same mean, as far as they can be told apart.

    One request is sent after the other, so among gaps as short as a sending takes every generator lacks the shortest.
    """
    gaps = np.sort(gaps)
    theory = 1 - np.exp(-gaps / gaps.mean())
    steps = np.arange(len(gaps) + 1) / len(gaps)
    told = gaps >= SENDING_NS
    return float(max(np.max(steps[1:] - theory, where=told, initial=0.0), np.max(theory - steps[:-1], where=told, initial=0.0)))


def _stream(window: Window, rows: Mapping[str, NDArray[np.int64]], due: NDArray[np.bool_], stream: int, names: tuple[str, ...]) -> Stream:
    mine = {name: column[due & (rows["stream"] == stream)] for name, column in rows.items()}
    outcomes = _count(mine["outcome"], names)
    good = mine["outcome"] == names.index("ok")
    intended, sent, done = (mine[name][good] for name in ("intended", "sent", "done"))
    response, service, lag = (histogram.encode(ns / 1e9) for ns in (done - intended, done - sent, sent - intended))
    return Stream(
        due=len(good),
        good=outcomes.get("ok", 0),
        outcomes=outcomes,
        response=response,
        service=service,
        lag=lag,
        unanswered=int(np.sum((mine["done"] >= window.seconds * 1e9) | (mine["outcome"] == names.index("late")))),
        halves_s=_medians(window, intended, done - intended),
    )


def _halves(window: Window, done: NDArray[np.int64]) -> tuple[int, int]:
    """Count what ended in each half of the window."""
    first = int(np.sum(done < window.seconds * 5e8))
    return first, len(done) - first


def _medians(window: Window, intended: NDArray[np.int64], response: NDArray[np.int64]) -> tuple[float, float] | None:
    """Take the median response, in seconds, of what was due in each half of the window."""
    first = intended < window.seconds * 5e8
    if not 0 < np.sum(first) < len(first):
        return None
    return float(np.median(response[first])) / 1e9, float(np.median(response[~first])) / 1e9


def _of(seen: Seen, phase: int) -> dict[str, NDArray[np.int64]]:
    """Pick the requests of one phase."""
    return {name: column[seen.rows["phase"] == phase] for name, column in seen.rows.items()}


def _ended_within(seen: Seen, phase: int) -> dict[str, NDArray[np.int64]]:
    """Pick the requests of a closed phase that ended while its window was open."""
    window, rows = seen.windows[phase], seen.rows
    inside = (rows["phase"] == phase) & (rows["done"] >= 0) & (rows["done"] < window.seconds * 1e9)
    inside &= rows["outcome"] != seen.outcomes.index("unfinished")
    return {name: column[inside] for name, column in rows.items()}


def _unfinished(seen: Seen, phase: int) -> NDArray[np.int64]:
    """Pick the outcomes of the requests that still waited when a closed phase ended."""
    rows = seen.rows
    waiting = (rows["phase"] == phase) & (rows["outcome"] == seen.outcomes.index("unfinished"))
    return np.asarray(rows["outcome"][waiting])


def _count(outcomes: NDArray[np.int64], names: tuple[str, ...]) -> dict[str, int]:
    return {names[number]: int(count) for number, count in zip(*np.unique(outcomes, return_counts=True), strict=True)}
