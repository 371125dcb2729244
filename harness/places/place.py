"""Where apps and services run: on this machine as processes, or in containers. The trial is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from harness.design.plan import Trial
from harness.experiment.monitor_client import Monitor
from harness.judge.caveats import Caveat
from harness.model.scenario import Scenario
from harness.services.service import Service


class Server(Protocol):
    """A variant that answers."""

    @property
    def what(self) -> str:
        """Its name for people."""
        ...

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    @property
    def monitor(self) -> Monitor:
        """Its monitor."""
        ...

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        ...

    def cpu_clock(self) -> Callable[[], float]:
        """Give a clock of the CPU seconds used by the server and the workers it has now."""
        ...

    def rss_bytes(self) -> int:
        """Read the memory of the server and its workers."""
        ...


class Place(Protocol):
    """Brings services and servers up, each for as long as its context lasts."""

    @property
    def address(self) -> str:
        """The address at which services and servers answer."""
        ...

    @property
    def port(self) -> int:
        """The port at which every variant is served."""
        ...

    @property
    def blind(self) -> bool:
        """Say whether other work cannot be told from ours there."""
        ...

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the place itself."""
        ...

    @property
    def doubts(self) -> tuple[Caveat, ...]:
        """What is doubtful about everything measured there."""
        ...

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Provide what the scenario needs, by name."""
        ...

    def serve(
        self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path
    ) -> AbstractContextManager[Server]:
        """Start a fresh server of the trial's variant, without waiting for it."""
        ...

    def ours_s(self) -> float:
        """Read the CPU seconds of everything that belongs to the measurement and runs now."""
        ...
