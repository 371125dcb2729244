"""What an app stands on, and who provides it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.system import processes
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Account, ProcessSupervisor

GIVEN = "given by URL"  # the provider of a service that is somebody else's
PATIENCE_S = 5  # with a service that was given by URL


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `url`.

    `real` is false for a stand-in, which is labelled wherever its numbers appear. `require` raises
    BenchError where the service was ours and has ended; `end` ends it, or leaves somebody else's
    as it was.
    """

    name: str
    url: str
    provider: str
    version: str
    real: bool = True
    require: Callable[[], None] = lambda: None
    end: Callable[[], None] = lambda: None

    @property
    def described(self) -> dict[str, object]:
        """What the records keep of it; the URL may hold a password and stays out."""
        return {"provider": self.provider, "version": self.version, "real": self.real}


@dataclass(frozen=True, slots=True)
class Start:
    """What it takes to start a service for a scenario: `found` are those started before it."""

    scenario: Scenario
    supervisor: ProcessSupervisor
    logs: Path
    cores: Sequence[int]
    found: Mapping[str, Service] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """The words that start a service; the port is put in where they say `{port}`.

    `url` is where it will answer, likewise. `account` is whom it runs as, where that is not us.
    """

    words: Sequence[str | Path]
    url: str
    account: Account | None = None
    ends_on: int = 15


class ServiceKind(ABC):
    """A kind of service: how one is found, started, known to be ready, ended."""

    name: str  # as scenarios need it, and of its fragment compose/<name>.yaml
    title: str  # as people write it
    start_s = 10.0  # until it must answer
    needs_latency = False  # answers at once, so that the knob wait_ms is the way there and back
