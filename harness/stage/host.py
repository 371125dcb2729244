"""The host as the place: services and servers as processes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.caveats import Caveat
from harness.plan import Trial
from harness.scenario import Scenario
from harness.stage import machine, wire
from harness.stage.cores import Cores
from harness.stage.place import Server
from harness.stage.ports import HOST
from harness.stage.processes import Crew
from harness.stage.serve import Tree, serve
from harness.stage.service import Service
from harness.stage.services import embedded, services


@dataclass(frozen=True, slots=True)
class Host:
    """Processes of ours, the server on cores of its own. A variant that `trees` names is served from there."""

    crew: Crew
    split: Cores
    port: int
    monitor_port: int
    conditions: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Caveat, ...] = ()
    address: str = HOST
    blind: bool = False
    trees: Mapping[str, Tree] = field(default_factory=dict)

    def services(self, scenario: Scenario, logs: Path) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        crew, on = self.crew, self.split.rest

        def through(service: Service, rtt_ms: float) -> Service:
            return wire.through(service, rtt_ms, crew, logs / f"{scenario.name}-wire.log", on)

        return services(scenario, embedded(scenario, crew, logs, on), through)

    def serve(self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path) -> AbstractContextManager[Server]:
        """Start a uvicorn process."""
        on, tree = self.split.server, self.trees.get(trial.variant)
        return serve(scenario, trial, self.crew, log, settings=settings, on=on, port=self.port, monitor_port=self.monitor_port, tree=tree)

    def ours_s(self) -> float:
        """Read what this process and its children have used."""
        return machine.family_s()
