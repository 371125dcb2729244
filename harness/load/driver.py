"""The seam between the harness and whatever makes the load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Flag, auto
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.design.script import Phase
from harness.model.workload import Workload
from harness.system.processes import ProcessSupervisor

HOST = "127.0.0.1"


class Capability(Flag):
    """What a load driver can do."""

    CLOSED = auto()  # connections that ask again as soon as they are answered
    OPEN = auto()  # arrivals by a schedule that waits for nobody
    RECORDS = auto()  # every request on record, from its intended start


@dataclass(frozen=True, slots=True)
class Window:
    """A measured stretch, as the driver announced it.

    `seconds` long; CPU seconds used in it by the generator and by the server; the mean requests
    in flight as the generator and as the app counted them.
    """

    seconds: float
    generator_cpu_s: float
    server_cpu_s: float
    in_flight: float | None
    app_in_flight: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a server has used by now: CPU seconds, and requests in flight summed over time."""

    cpu_s: float = 0.0
    in_flight_s: float | None = None


Gauges = Callable[[str, bool], Gauge]  # asked as a phase's window opens (true) and closes (false)


def no_gauges(_phase: str, _opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
    """Know nothing of the server."""
    return Gauge()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """All that a script brought back.

    `windows` by the phase's name. `rows` are arrays of equal length, one row for each request:
    `phase` (its number), `stream` (0 the work, 1 idle), `intended`, `sent` and `done` in ns from
    the opening of its window, `outcome` (a place in `outcomes`).
    """

    phases: tuple[str, ...]
    windows: Mapping[str, Window]
    rows: Mapping[str, NDArray[np.int64]]
    outcomes: tuple[str, ...]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class ClosedRate:
    """What a closed loop reached: requests/s, and the generator's own CPU seconds per request."""

    requests_per_s: float
    cpu_s: float | None


@dataclass(frozen=True, slots=True)
class LoadTopology:
    """Who makes the load: one process, or a master with `workers` here and `join` elsewhere.

    Those elsewhere find the master at `bind`:`port`.
    """

    workers: int = 1
    join: int = 0
    bind: str = HOST
    port: int = 5557

    @property
    def size(self) -> int:
        """How many share the load."""
        return self.workers + self.join


SINGLE = LoadTopology()


class Load(Protocol):
    """A driver at work: it runs script after script against one server."""

    def run(
        self, phases: Sequence[Phase], *, seed: int, record: Path, gauges: Gauges = no_gauges
    ) -> LoadResult:
        """Run the phases to their end, every request on record in the file `record`.

        Raises BenchError where the driver ends before that.
        """
        ...


class LoadDriver(Protocol):
    """Something that makes load."""

    @property
    def name(self) -> str:
        """Its name for people."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What it can do."""
        ...

    def version(self) -> str:
        """Return its version; raises Unavailable, with the remedy, where it is not installed."""
        ...

    def closed_rate(
        self,
        workload: Workload,
        url: str,
        *,
        clients: int,
        seconds: float,
        supervisor: ProcessSupervisor,
        cores: Sequence[int],
    ) -> ClosedRate:
        """Ask in a closed loop for so long; every driver can."""
        ...


class ScriptedDriver(LoadDriver, Protocol):
    """A driver that can do all that a trial takes: Locust."""

    def open(
        self,
        workload: Workload,
        url: str,
        *,
        supervisor: ProcessSupervisor,
        log: Path,
        cores: Sequence[int],
        topology: LoadTopology = SINGLE,
    ) -> AbstractContextManager[Load]:
        """Start the driver for this workload against this URL; it ends with the context."""
        ...
