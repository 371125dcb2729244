"""Containers as the place: the compose files of this project, on the Docker engine that answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.design.plan import Trial
from harness.experiment.monitor_client import Monitor
from harness.judge.caveats import Caveat
from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.places.compose import Container, Project, image
from harness.places.engine import Engine
from harness.places.place import Server
from harness.places.serve import named, told
from harness.services import latency_proxy, nginx, postgres
from harness.services.provide import KNOBS_OF_UPSTREAM, services
from harness.services.service import GIVEN, Service
from harness.system import cgroup, machine, processes
from harness.system.cores import Cores
from harness.system.ports import free_port


class Docker:
    """Services and servers in containers of a project."""

    def __init__(
        self, project: Project, engine: Engine, split: Cores, port: int, monitor_port: int
    ) -> None:
        self.address = engine.address
        self.port = port
        self.blind = not engine.here
        self._images = {"app": image(project.image)}
        self._monitor_port = monitor_port
        self._project = project
        self._engine = engine
        self._containers: dict[str, Container] = {}
        project.environment |= {
            "APP_PORT": str(port),
            "MONITOR_PORT": str(monitor_port),
            "POSTGRES_PASSWORD": secrets.token_urlsafe(12),
            "APP_CPUS": ",".join(map(str, split.server)) if engine.here else "",
            "SERVICE_CPUS": ",".join(map(str, split.rest)) if engine.here else "",
        }

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the engine and its images."""
        return {
            "docker": {
                "engine": self._engine.version,
                "compose": self._engine.compose,
                "here": self._engine.here,
            },
            "images": self._images,
        }

    @property
    def doubts(self) -> tuple[Caveat, ...]:
        """Say whether the images are the official ones, and whether the engine is out of sight."""
        stand_in = any(one["stand_in"] for one in self._images.values())
        return (
            *((Caveat.STAND_IN_IMAGE,) if stand_in else ()),
            *((Caveat.ENGINE_APART,) if self.blind else ()),
        )

    def services(
        self, scenario: Scenario, logs: Path
    ) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        bring = {
            "postgres": lambda _: self._postgres(logs),
            "upstream": lambda _: self._upstream(scenario, logs),
            "redis": lambda _: self._plain("redis", "redis", "redis-server", logs),
            "mongo": lambda _: self._plain("mongo", "mongodb", "mongod", logs),
            "nginx": lambda found: self._nginx(scenario, found["upstream"], logs),
        }
        return services(scenario, bring, lambda service, rtt_ms: self._wire(service, rtt_ms, logs))

    @contextmanager
    def serve(
        self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path
    ) -> Iterator[Server]:
        """Start a fresh container of the image that all variants share."""
        free_port(self.port)
        free_port(self._monitor_port)
        told_app = told(scenario, trial)
        self._project.environment |= {**self._inside(settings), "APP": told_app.pop("APP")}
        Path(self._project.environment["APP_ENV"]).write_text(
            "".join(f"{name}={value}\n" for name, value in told_app.items())
        )
        container = self._containers["app"] = self._project.up("app", wait=False)
        try:
            monitor = Monitor(self._monitor_port, self.address)
            yield Contained(
                named(scenario, trial), f"http://{self.address}:{self.port}", monitor, container
            )
        finally:
            log.write_text(self._project.logs("app"))
            self._project.remove("app")
            del self._containers["app"]

    def ours_s(self) -> float:
        """Read what this process, its children and the containers here have used."""
        return machine.family_s() + sum(
            cgroup.cpu_s(container.pid) for container in self._containers.values() if container.here
        )

    def _inside(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Give the services' addresses as containers see them: in a network of their own, they are known by name."""
        if self._engine.here:
            return dict(settings)
        names = {
            f"{name.removesuffix('-wire').upper()}_URL": name for name in self._containers
        }  # the wire, which came later, stands for what is behind it
        return {
            key: url.replace(f"{self.address}:", f"{names[key]}:") if key in names else url
            for key, url in settings.items()
        }

    def _postgres(self, logs: Path) -> Service:
        port = free_port()
        self._project.environment["POSTGRES_PORT"] = str(port)
        container, require = self._up("postgres", logs)
        url = f"postgresql://bench:{self._project.environment['POSTGRES_PASSWORD']}@{self.address}:{port}/bench"
        self._images["postgres"] = image(container.image)
        return Service(
            "postgres",
            url,
            provider=f"the image {container.image}",
            version=postgres.given(url).version,
            real=True,
            require=require,
        )

    def _upstream(self, scenario: Scenario, logs: Path) -> Service:
        port = free_port()
        knobs = {
            name.upper(): f"{scenario.knobs[name]:g}" if name in scenario.knobs else ""
            for name in KNOBS_OF_UPSTREAM
        }  # nothing: the file's own
        self._project.environment |= {"UPSTREAM_PORT": str(port), **knobs}
        _, require = self._up("upstream", logs)
        url = f"http://{self.address}:{port}"
        return Service(
            "upstream",
            url,
            provider="compose/upstream.py in a container",
            version="this checkout",
            real=True,
            require=require,
        )

    def _plain(self, name: str, scheme: str, program: str, logs: Path) -> Service:
        """Start a service whose URL is no more than its port; outside of this machine only the apps can reach it, for it has no password."""
        port = free_port()
        self._project.environment[f"{name.upper()}_PORT"] = str(port)
        container, require = self._up(name, logs)
        self._images[name] = image(container.image)
        version = self._project.compose("exec", "-T", name, program, "--version").partition("\n")[0]
        return Service(
            name,
            f"{scheme}://{self.address}:{port}/",
            provider=f"the image {container.image}",
            version=version,
            real=True,
            require=require,
        )

    def _nginx(self, scenario: Scenario, upstream: Service, logs: Path) -> Service:
        port = free_port()
        inside = urlsplit(self._inside({"UPSTREAM_URL": upstream.url})["UPSTREAM_URL"])
        told_nginx = {
            "NGINX_PORT": port,
            "NGINX_RATE": round(scenario.knobs["nginx_rate"]),
            "UPSTREAM_HOST": inside.hostname,
            "UPSTREAM_PORT": inside.port or 80,
        }
        self._project.environment |= {name: str(value) for name, value in told_nginx.items()}
        container, require = self._up("nginx", logs)
        self._images["nginx"] = image(container.image)
        url = f"http://{self.address}:{port}"
        return Service(
            "nginx",
            url,
            provider=f"the image {container.image}",
            version=nginx.given(url).version,
            real=True,
            require=require,
        )

    def _wire(self, service: Service, rtt_ms: float, logs: Path) -> Service:
        """Put compose/wire.py before a service, in a container of its own."""
        if not rtt_ms:
            return service
        port, name = free_port(), f"{service.name}-wire"
        self._project.environment |= {
            f"{service.name.upper()}_WIRE_PORT": str(port),
            "WAIT_MS": f"{rtt_ms:g}",
        }
        if service.provider == GIVEN:
            host, _, given_port = latency_proxy.address(service).rpartition(":")
            self._project.environment |= {
                f"{service.name.upper()}_HOST": host,
                f"{service.name.upper()}_PORT": given_port,
            }
        _, require = self._up(name, logs)

        def both() -> None:
            require()
            service.require()

        return replace(
            service,
            url=latency_proxy.leading(service.url, self.address, port),
            provider=latency_proxy.labelled(service.provider, rtt_ms),
            require=both,
        )

    def _up(self, name: str, logs: Path) -> tuple[Container, Callable[[], None]]:
        """Start a service, wait until it is healthy, and give what raises BenchError when it has ended; it raises that too where it never becomes healthy."""
        self._project.remove(name)
        log = logs / f"{name}.log"
        try:
            container = self._containers[name] = self._project.up(name, wait=True)
        except BenchError as error:
            log.write_text(self._project.logs(name))
            raise BenchError(
                f"the container of {name} never became healthy: {processes.last_words(log)}",
                hint=f"its log is {log}",
            ) from error
        return container, lambda: container.require(f"the container of {name}")


@dataclass(frozen=True, slots=True)
class Contained:
    """A variant that answers, in a container."""

    what: str
    url: str
    monitor: Monitor
    container: Container

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        self.container.require(self.what)

    def cpu_clock(self) -> Callable[[], float]:
        """Give a clock of the CPU seconds of all that runs in the container."""
        return (
            (lambda: cgroup.cpu_s(self.container.pid))
            if self.container.here
            else (lambda: self.monitor.usage("cpu_s"))
        )

    def rss_bytes(self) -> int:
        """Read the memory of the container, without the page cache."""
        return (
            cgroup.memory_bytes(self.container.pid)
            if self.container.here
            else int(self.monitor.usage("rss_bytes"))
        )
