"""The host as the place: services and servers as processes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.design.plan import Trial
from harness.judge.caveats import Caveat
from harness.model.scenario import Scenario
from harness.places.place import Server
from harness.places.serve import Tree, serve
from harness.services import latency_proxy
from harness.services.provide import embedded, services
from harness.services.service import Service
from harness.system import machine
from harness.system.cores import Cores
from harness.system.ports import HOST
from harness.system.processes import Crew


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

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        crew, on = self.crew, self.split.rest

        def through(service: Service, rtt_ms: float) -> Service:
            return latency_proxy.through(
                service, rtt_ms, crew, logs / f"{scenario.name}-latency_proxy.log", on
            )

        return services(scenario, embedded(scenario, crew, logs, on), through)

    def serve(
        self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path
    ) -> AbstractContextManager[Server]:
        """Start a uvicorn process."""
        on, tree = self.split.server, self.trees.get(trial.variant)
        return serve(
            scenario,
            trial,
            self.crew,
            log,
            settings=settings,
            on=on,
            port=self.port,
            monitor_port=self.monitor_port,
            tree=tree,
        )

    def ours_s(self) -> float:
        """Read what this process and its children have used."""
        return machine.family_s()
