"""Where apps and services run: on this machine as processes, or in containers.

The trial is the same at either place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol

from harness.model.app import App
from harness.model.scenario import Scenario
from harness.services.service import Service


class Server(Protocol):
    """An app that answers, or will."""

    @property
    def label(self) -> str:
        """Its name for people."""
        ...

    @property
    def url(self) -> str:
        """Where it answers, such as http://127.0.0.1:8000."""
        ...

    @property
    def monitor_url(self) -> str:
        """Where the monitor inside it answers."""
        ...

    @property
    def log(self) -> Path:
        """What it wrote, complete when it has ended."""
        ...

    def require(self) -> None:
        """Raise BenchError where it has ended, with its last words."""
        ...

    def cpu_clock(self) -> Callable[[], float]:
        """Return a clock of the CPU seconds used by the server and the workers it has now."""
        ...

    def rss_bytes(self) -> int:
        """Return the memory of the server and its workers."""
        ...

    def hold(self) -> None:
        """Stop it and its workers, on the server's cores, until it is to go on."""
        ...

    def go_on(self) -> None:
        """Let it run again."""
        ...


class Place(Protocol):
    """Brings services and servers up, each for as long as its context lasts."""

    @property
    def name(self) -> Literal["host", "docker"]:
        """Its name on record."""
        ...

    @property
    def several(self) -> bool:
        """Whether several servers can be started together, and held until their turn."""
        ...

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the place itself."""
        ...

    @property
    def stand_in_images(self) -> tuple[str, ...]:
        """The images that were built in place of the official ones."""
        ...

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Provide what the scenario needs, by name: take what was given by URL, start the rest."""
        ...

    def serve(
        self, app: App, label: str, log: Path, slot: int = 0
    ) -> AbstractContextManager[Server]:
        """Start a fresh server of the app, without waiting for it; it ends with the context.

        Its environment holds all that the app needs to know, the URLs of its services included.
        Servers that run together have a `slot` each, counted from 0.
        """
        ...

    def own_cpu_s(self) -> float:
        """Return the CPU seconds of everything that belongs to the measurement and runs now."""
        ...
