"""Containers as the place: the compose files of this project, on this machine's Docker engine."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness import servers
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.places.compose import Container, Project, image
from harness.places.place import Server
from harness.places.serve import AGENT
from harness.services import latency_proxy
from harness.services.provide import provided
from harness.services.service import Service, ServiceKind, Start
from harness.system import machine, processes
from harness.system.cgroup import ControlGroup
from harness.system.cores import Cores
from harness.system.ports import HOST, free_port
from harness.system.processes import ProcessSupervisor


class Docker:
    """Services and servers in containers of a project, for one scenario."""

    name: Literal["docker"] = "docker"

    def __init__(
        self,
        project: Project,
        supervisor: ProcessSupervisor,
        split: Cores,
        port: int,
        monitor_port: int,
    ) -> None:
        port, monitor_port = port or free_port(), monitor_port or free_port()
        self._project = project
        self._supervisor = supervisor
        self._port = port
        self._monitor_port = monitor_port
        self._images = {"app": image(project.image)}
        self._containers: dict[str, Container] = {}
        self._variables = {
            "APP_PORT": str(port),
            "MONITOR_PORT": str(monitor_port),
            "APP_CPUS": ",".join(map(str, split.server)),
            "SERVICE_CPUS": ",".join(map(str, split.rest)),
        }

    @property
    def several(self) -> bool:
        """Whether servers can be held until their turn: the one service of the app cannot."""
        return False

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the engine and its images."""
        engine = self._project.engine
        return {
            "docker": {"engine": engine.version, "compose": engine.compose},
            "images": self._images,
        }

    @property
    def stand_in_images(self) -> tuple[str, ...]:
        """The images that were built in place of the official ones."""
        return tuple(name for name, one in self._images.items() if one["stand_in"])

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        start = Start(scenario, self._supervisor, logs)
        return provided(start, _ContainerStarter(self, start))

    @contextmanager
    def serve(self, app: App, label: str, log: Path, slot: int = 0) -> Iterator[Server]:
        """Start a fresh container of the image that all variants share."""
        assert not slot, "containers run one after the other"  # noqa: S101  see `several`
        free_port(self._port)
        free_port(self._monitor_port)
        lines = (f"{name}='{value}'\n" for name, value in app.environment.items())
        self._project.environment.write_text("".join(lines))
        command = ["python", *servers.command(app.server, AGENT, HOST, self._port, app.workers)]
        variables = {**app.environment, "APP": app.target, "APP_COMMAND": shlex.join(command)}
        container = self._project.up("app", {**self._variables, **variables}, wait=False)
        self._containers["app"] = container
        try:
            yield _ContainedServer(label, self._port, self._monitor_port, log, container)
        finally:
            log.write_text(self._project.logs("app"))
            self.remove("app")

    def own_cpu_s(self) -> float:
        """Return the CPU seconds of this process, its children and the containers."""
        groups = [ControlGroup(one.pid) for one in self._containers.values()]
        return machine.family_s() + sum(group.cpu_s() for group in groups)

    def up(self, name: str, variables: Mapping[str, str], log: Path) -> Container:
        """Start a service, and return its container when it is healthy.

        Raises BenchError with its last words where it never becomes healthy.
        """
        try:
            container = self._project.up(name, {**self._variables, **variables}, wait=True)
        except BenchError as error:
            log.write_text(self._project.logs(name) or str(error))
            self._project.remove(name)
            raise BenchError(
                f"the container of {name} never became healthy: {processes.last_words(log)}",
                hint=f"its log is {log}",
            ) from error
        self._containers[name] = container
        return container

    def remove(self, name: str) -> None:
        """End and remove a container."""
        self._project.remove(name)
        del self._containers[name]

    def provider(self, kind: ServiceKind, container: Container) -> str:
        """Return in words whose service runs in a container, and keep its image on record."""
        if container.image == self._project.image:
            return f"{kind.find().provider} in a container"
        self._images[kind.name] = image(container.image)
        return f"the image {container.image}"


@dataclass(frozen=True, slots=True)
class _ContainerStarter:
    """Starts services as containers."""

    place: Docker
    start: Start

    @contextmanager
    def started(self, kind: ServiceKind, found: Mapping[str, Service]) -> Iterator[Service]:
        """Start its container."""
        name, port = kind.name, free_port()
        contained = kind.contained(port, replace(self.start, found=found))
        variables = {f"{name.upper()}_PORT": str(port), **contained.variables}
        with self._running(name, variables) as container:
            service = replace(
                kind.given(contained.url),
                provider=self.place.provider(kind, container),
                advertised=contained.advertised,
                require=lambda: container.require(f"the container of {name}"),
            )
            yield service

    @contextmanager
    def delayed(self, service: Service, rtt_ms: float) -> Iterator[Service]:
        """Start the container of its latency proxy."""
        name, port = f"{service.name}-latency", latency_proxy.port_of(service)
        variables = {
            f"{service.name.upper()}_LATENCY_PORT": str(port),
            f"{service.name.upper()}_ADDRESS": latency_proxy.address(service),
            "WAIT_MS": f"{rtt_ms:g}",
        }
        with self._running(name, variables) as container:

            def require() -> None:
                container.require(f"the container of {name}")
                service.require()

            yield replace(latency_proxy.through(service, rtt_ms, port), require=require)

    @contextmanager
    def _running(self, name: str, variables: Mapping[str, str]) -> Iterator[Container]:
        container = self.place.up(name, variables, self.start.log(name))
        try:
            yield container
        finally:
            self.place.remove(name)


@dataclass(frozen=True, slots=True)
class _ContainedServer:
    """An app that answers on loopback, in a container."""

    label: str
    port: int
    monitor_port: int
    log: Path
    container: Container

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Where its monitor answers."""
        return f"http://{HOST}:{self.monitor_port}"

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        self.container.require(self.label)

    def cpu_clock(self) -> Callable[[], float]:
        """Return a clock of the CPU seconds of all that runs in the container."""
        return ControlGroup(self.container.pid).cpu_s

    def rss_bytes(self) -> int:
        """Return the memory of the container, without the page cache."""
        return ControlGroup(self.container.pid).memory_bytes()

    def hold(self) -> None:
        """Do nothing: it is started at its turn."""

    def go_on(self) -> None:
        """Do nothing: it runs."""
