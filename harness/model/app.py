"""An app as data: what is served, from where, by which interpreter and server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An ASGI app that can be served.

    `target` is its import string, such as `shop.main:app`, found from `folder` by the interpreter
    `python`; of a `factory` it is what makes the app. `environment` is what the app is told.
    `server` names one of harness/servers, which has so many `workers`. `command` takes its place:
    a command line in which {app}, {host} and {port} stand for what they say.
    """

    target: str
    folder: Path
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)
    server: str = "uvicorn"
    workers: int = 1
    command: str = ""
    factory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What every variant of a scenario may use, unless it has a budget of its own.

    `workers` are worker processes, `threads` tokens of the thread pool, `connections` those to
    its services.
    """

    workers: int = 1
    threads: int = 40
    connections: int = 10

    @property
    def environment(self) -> dict[str, str]:
        """How an app is told its budget."""
        return {
            "WORKERS": str(self.workers),
            "THREADS": str(self.threads),
            "CONNECTIONS": str(self.connections),
        }
