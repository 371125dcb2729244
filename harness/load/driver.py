"""The seam between the harness and whatever makes the load.

Three protocols, each a part of the next: every LoadDriver asks in a closed loop, an OpenDriver
also by a schedule that waits for nobody, and a ScriptedDriver does all that a trial takes, with
every request on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.model.trial import Phase
from harness.model.workload import Workload
from harness.system.ports import HOST
from harness.system.processes import ProcessSupervisor

# Outcomes of a request. Others are a wrong status, by its number, "error", and "other" bytes.
OK, UNFINISHED, SHED, LATE = "ok", "unfinished", "shed", "late"


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
class Rows:
    """Requests, a row each, in arrays of equal length.

    `stream` is 0 for the work and 1 for the idle route; `intended`, `sent` and `done` are ns from
    the opening of the window of their phase; `outcome` is a place in `outcomes`, or else the wrong
    status that was answered.
    """

    phase: NDArray[np.int64]
    stream: NDArray[np.int64]
    intended: NDArray[np.int64]
    sent: NDArray[np.int64]
    done: NDArray[np.int64]
    outcome: NDArray[np.int64]
    outcomes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.phase)

    def where(self, mask: NDArray[np.bool_]) -> Rows:
        """Return those rows for which the mask is true."""
        return Rows(
            phase=self.phase[mask],
            stream=self.stream[mask],
            intended=self.intended[mask],
            sent=self.sent[mask],
            done=self.done[mask],
            outcome=self.outcome[mask],
            outcomes=self.outcomes,
        )

    @classmethod
    def read(cls, file: Path, outcomes: Sequence[str]) -> Rows:
        """Read the rows that a load left in a numpy archive."""
        with np.load(file) as columns:
            return cls(
                phase=columns["phase"].astype(np.int64),
                stream=columns["stream"].astype(np.int64),
                intended=columns["intended"],
                sent=columns["sent"],
                done=columns["done"],
                outcome=columns["outcome"].astype(np.int64),
                outcomes=tuple(outcomes),
            )

    def are(self, outcome: str) -> NDArray[np.bool_]:
        """Return which rows have this outcome."""
        return np.asarray(self.outcome == self.outcomes.index(outcome))

    def counted(self) -> dict[str, int]:
        """Return how many rows have each outcome that occurs."""
        numbers, counts = np.unique(self.outcome, return_counts=True)
        return {
            self.outcomes[number] if number < len(self.outcomes) else str(number): int(count)
            for number, count in zip(numbers, counts, strict=True)
        }


@dataclass(frozen=True, slots=True)
class LoadResult:
    """All that a script brought back: its phases by name, their windows, and every request.

    `failures` says of each outcome but "ok" which request had it first, and how.
    """

    windows: Mapping[str, Window]  # in the order of the script
    rows: Rows
    deadline_s: float
    failures: Mapping[str, str] = field(default_factory=dict)

    def of(self, phase: str) -> Rows:
        """Return the requests of a phase."""
        number = list(self.windows).index(phase)
        return self.rows.where(self.rows.phase == number)

    def ended_within(self, phase: str) -> Rows:
        """Return the requests of a phase that ended while its window was open."""
        rows, end_ns = self.of(phase), self.windows[phase].seconds * 1e9
        within = (rows.done >= 0) & (rows.done < end_ns)
        return rows.where(within & ~rows.are(UNFINISHED))


@dataclass(frozen=True, slots=True)
class ClosedRate:
    """What a closed loop reached: right answers per second, and the driver's CPU s for each."""

    requests_per_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """Response times in seconds at an offered rate, as the driver saw them."""

    p50_s: float
    p99_s: float


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


@dataclass(frozen=True, slots=True)
class Site:
    """Where a driver's processes belong: who minds them, and the cores that they may use."""

    supervisor: ProcessSupervisor
    cores: Sequence[int] = ()


class LoadDriver(Protocol):
    """Something that makes load."""

    @property
    def name(self) -> str:
        """Its name for people."""
        ...

    def version(self) -> str:
        """Return its version; raises Unavailable, with the remedy, where it is not installed."""
        ...

    def closed_rate(
        self, workload: Workload, url: str, *, clients: int, seconds: float, site: Site
    ) -> ClosedRate:
        """Ask from so many connections, each again as soon as it is answered, for so long.

        Raises BenchError where the driver fails.
        """
        ...


@runtime_checkable
class OpenDriver(LoadDriver, Protocol):
    """A driver that can also send by a schedule that waits for nobody."""

    def open_times(
        self, workload: Workload, url: str, *, rate: float, seconds: float, site: Site
    ) -> OpenTimes:
        """Offer so many requests/s for so long; raises BenchError where the driver fails."""
        ...


class Load(Protocol):
    """A driver at work: it runs script after script against one server."""

    def run(
        self,
        phases: Sequence[Phase],
        url: str,
        *,
        seed: int,
        record: Path,
        gauges: Gauges = no_gauges,
    ) -> LoadResult:
        """Run the phases against a server, every request on record in the file `record`.

        Raises BenchError where the driver ends before that.
        """
        ...


class ScriptedDriver(OpenDriver, Protocol):
    """A driver that can do all that a trial takes."""

    def open(
        self,
        workload: Workload,
        url: str,
        *,
        log: Path,
        site: Site,
        topology: LoadTopology = SINGLE,
    ) -> AbstractContextManager[Load]:
        """Start the driver for this workload against this URL; it ends with the context."""
        ...
