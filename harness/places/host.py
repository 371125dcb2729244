"""The host as the place: services and servers as processes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.agent.listening import WORKERS
from harness.model.app import App
from harness.model.scenario import Scenario
from harness.places.place import Server
from harness.places.serve import serve
from harness.project import ROOT
from harness.services.provide import ProcessStarter, provided
from harness.services.service import Service, Start
from harness.system import machine
from harness.system.cores import Cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor


@dataclass(frozen=True, slots=True)
class Host:
    """Processes of this machine, the server on cores of its own.

    `port` and `monitor_port` are those of the first of several servers, which those of the others
    follow, the monitors with room for those of workers; 0 takes any that are free. `agent` is the
    folder in which harness/agent lies, for apps of other checkouts.
    """

    supervisor: ProcessSupervisor
    split: Cores
    port: int
    monitor_port: int
    agent: Path = ROOT

    @property
    def name(self) -> Literal["host"]:
        """Its name on record."""
        return "host"

    @property
    def several(self) -> bool:
        """Whether servers can be held until their turn: processes can."""
        return True

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the place itself: nothing."""
        return {}

    @property
    def stand_in_images(self) -> tuple[str, ...]:
        """The images that were built in place of the official ones: none."""
        return ()

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        start = Start(scenario, self.supervisor, logs, self.split.rest)
        return provided(start, ProcessStarter(start))

    def serve(
        self, app: App, label: str, log: Path, slot: int = 0
    ) -> AbstractContextManager[Server]:
        """Start a process of the app's server, on all cores; it is held before it is measured."""
        port = free_port(self.port + slot if self.port else 0)
        monitor_port = free_port(self.monitor_port + slot * WORKERS if self.monitor_port else 0)
        return serve(
            app,
            label,
            supervisor=self.supervisor,
            log=log,
            cores=self.split.server,
            starts_on=(*self.split.server, *self.split.rest),
            port=port,
            monitor_port=monitor_port,
            agent=self.agent,
        )

    def own_cpu_s(self) -> float:
        """Return the CPU seconds of this process and its children."""
        return machine.family_s()
