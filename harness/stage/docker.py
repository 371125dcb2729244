"""Containers as the place: the compose files of this project, on the Docker engine that answers."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from harness.caveats import Caveat
from harness.errors import BenchError
from harness.plan import Trial
from harness.scenario import ROOT, Scenario
from harness.stage import cgroup, machine, postgres, processes
from harness.stage.cores import Cores
from harness.stage.engine import Engine, docker
from harness.stage.monitor import Monitor
from harness.stage.place import Server
from harness.stage.ports import free_port
from harness.stage.serve import named, told
from harness.stage.service import Service
from harness.stage.services import KNOBS_OF_UPSTREAM, services

FILES = ("postgres", "upstream", "app")
BUILD_S, UP_S = 900, 90
STAND_IN = "fastapi-bench.stand-in"  # the label of an image that was built in place of the official one


class Project:
    """One compose project, named after the folder of results that only one run at a time may use; nothing of it is left after the context."""

    def __init__(self, engine: Engine, results: Path, folder: Path) -> None:
        self._files = (*FILES, *(() if engine.here else ("published",)), *(("remote",) if engine.remote else ()))
        tag = f"{zlib.crc32(str(results.resolve()).encode()):08x}"
        self._here = engine.here
        self._name = f"fastapi-bench-{tag}"
        self.image = f"fastapi-bench:{tag}"  # of its own: two checkouts would measure each other's apps
        self.environment: dict[str, str] = {"APP_ENV": str(folder / "app.env"), "APP_TAG": tag}
        if not engine.here:
            self.environment |= {"LISTEN": "0.0.0.0", "PUBLISH": engine.address}  # noqa: S104  in a network of their own; published on this address alone

    def compose(self, *words: str, seconds: float = UP_S) -> str:
        """Run docker compose on this project; raises BenchError with its last words where it fails."""
        files = [word for name in self._files for word in ("-f", str(ROOT / "compose" / f"{name}.yaml"))]
        return docker("compose", "-p", self._name, *files, *words, seconds=seconds, environment=self.environment)

    def __enter__(self) -> Self:
        self.down()  # what a kill has left
        try:
            self.compose("build", "--quiet", "app", seconds=BUILD_S)
        except BenchError as error:
            raise BenchError(f"the image of the apps cannot be built: {error}", hint="try docker compose -f compose/app.yaml build, or --on host") from error
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BenchError):  # an engine that has stopped keeps nothing running, and the next start cleans up
            self.down()

    def down(self) -> None:
        """End and remove every container, volume and network of this project, and its image; what that was built from stays in the engine's cache."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        with suppress(BenchError):  # there may be none
            docker("image", "rm", self.image)

    def fetch(self, service: str) -> None:
        """Fetch the image of a service from its registry, unless it is here; raises BenchError where it is not to be had."""
        try:
            self.compose("pull", "--quiet", "--policy", "missing", "--ignore-buildable", service, seconds=BUILD_S)
        except BenchError as error:
            raise BenchError(
                f"the image of {service} is not to be had: {error}", hint="see whether the registry can be reached, or measure with --on host"
            ) from error

    def up(self, service: str, *, wait: bool) -> Container:
        """Start one service; with `wait`, it is healthy when this returns."""
        self.compose("up", "--detach", "--no-deps", "--no-build", *(["--wait", "--wait-timeout", str(UP_S - 10)] if wait else []), service)
        return Container(self.compose("ps", "--all", "--quiet", service), here=self._here)

    def remove(self, service: str) -> None:
        """End and remove one service at once."""
        with suppress(BenchError):
            self.compose("rm", "--stop", "--force", "--volumes", service)

    def logs(self, service: str) -> str:
        """Give what a service has said."""
        try:
            return self.compose("logs", "--no-color", "--no-log-prefix", service)
        except BenchError as error:
            return str(error)


class Container:
    """A container that was started; `here` where its processes are this machine's."""

    def __init__(self, identity: str, *, here: bool) -> None:
        self._identity = identity
        self.here = here

    @cached_property
    def pid(self) -> int:
        """The process that it began with."""
        return int(docker("inspect", "--format", "{{.State.Pid}}", self._identity))

    @cached_property
    def image(self) -> str:
        """The name of its image."""
        return docker("inspect", "--format", "{{.Config.Image}}", self._identity)

    @property
    def running(self) -> bool:
        """Say whether it still runs; here, the process table knows without asking the engine."""
        if self.here:
            return self.pid > 0 and Path(f"/proc/{self.pid}").exists()
        return docker("inspect", "--format", "{{.State.Running}}", self._identity) == "true"

    def require(self, what: str) -> None:
        """Raise BenchError where it has ended."""
        if not self.running:
            raise BenchError(f"{what} ended: its container has stopped", hint="docker info tells whether the engine still runs; its log is beside the results")


def image(name: str) -> dict[str, Any]:
    """Describe an image: its name, its identity, and whether it was built in place of the official one."""
    found, digests, labels = json.loads(docker("image", "inspect", "--format", "[{{json .Id}}, {{json .RepoDigests}}, {{json .Config.Labels}}]", name))
    return {"name": name, "id": found, "digests": digests or [], "stand_in": STAND_IN in (labels or {})}


class Docker:
    """Services and servers in containers of a project."""

    def __init__(self, project: Project, engine: Engine, split: Cores, port: int, monitor_port: int) -> None:
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
        return {"docker": {"engine": self._engine.version, "compose": self._engine.compose, "here": self._engine.here}, "images": self._images}

    @property
    def doubts(self) -> tuple[Caveat, ...]:
        """Say whether the images are the official ones, and whether the engine is out of sight."""
        stand_in = any(one["stand_in"] for one in self._images.values())
        return (*((Caveat.STAND_IN_IMAGE,) if stand_in else ()), *((Caveat.ENGINE_APART,) if self.blind else ()))

    def services(self, scenario: Scenario, logs: Path) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        return services(scenario, {"postgres": lambda: self._postgres(logs), "upstream": lambda: self._upstream(scenario, logs)})

    @contextmanager
    def serve(self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path) -> Iterator[Server]:
        """Start a fresh container of the image that all variants share."""
        free_port(self.port)
        free_port(self._monitor_port)
        told_app = told(scenario, trial)
        self._project.environment |= {**self._inside(settings), "APP": told_app.pop("APP")}
        Path(self._project.environment["APP_ENV"]).write_text("".join(f"{name}={value}\n" for name, value in told_app.items()))
        container = self._containers["app"] = self._project.up("app", wait=False)
        try:
            monitor = Monitor(self._monitor_port, self.address)
            yield Contained(named(scenario, trial), f"http://{self.address}:{self.port}", monitor, container)
        finally:
            log.write_text(self._project.logs("app"))
            self._project.remove("app")
            del self._containers["app"]

    def ours_s(self) -> float:
        """Read what this process, its children and the containers here have used."""
        return machine.family_s() + sum(cgroup.cpu_s(container.pid) for container in self._containers.values() if container.here)

    def _inside(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Give the services' addresses as containers see them: in a network of their own, they are known by name."""
        if self._engine.here:
            return dict(settings)
        names = {f"{name.upper()}_URL": name for name in self._containers}
        return {key: url.replace(f"{self.address}:", f"{names[key]}:") if key in names else url for key, url in settings.items()}

    def _postgres(self, logs: Path) -> Service:
        port = free_port()
        self._project.environment["POSTGRES_PORT"] = str(port)
        container, require = self._up("postgres", logs)
        url = f"postgresql://bench:{self._project.environment['POSTGRES_PASSWORD']}@{self.address}:{port}/bench"
        self._images["postgres"] = image(container.image)
        return Service("postgres", url, provider=f"the image {container.image}", version=postgres.given(url).version, real=True, require=require)

    def _upstream(self, scenario: Scenario, logs: Path) -> Service:
        port = free_port()
        knobs = {name.upper(): f"{scenario.knobs[name]:g}" for name in KNOBS_OF_UPSTREAM if name in scenario.knobs}
        self._project.environment |= {"UPSTREAM_PORT": str(port), **knobs}
        _, require = self._up("upstream", logs)
        url = f"http://{self.address}:{port}"
        return Service("upstream", url, provider="compose/upstream.py in a container", version="this checkout", real=True, require=require)

    def _up(self, name: str, logs: Path) -> tuple[Container, Callable[[], None]]:
        """Start a service, wait until it is healthy, and give what raises BenchError when it has ended; it raises that too where it never becomes healthy."""
        self._project.remove(name)
        self._project.fetch(name)
        log = logs / f"{name}.log"
        try:
            container = self._containers[name] = self._project.up(name, wait=True)
        except BenchError as error:
            log.write_text(self._project.logs(name))
            raise BenchError(f"the container of {name} never became healthy: {processes.last_words(log)}", hint=f"its log is {log}") from error
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
        return (lambda: cgroup.cpu_s(self.container.pid)) if self.container.here else (lambda: self.monitor.usage("cpu_s"))

    def rss_bytes(self) -> int:
        """Read the memory of the container, without the page cache."""
        return cgroup.memory_bytes(self.container.pid) if self.container.here else int(self.monitor.usage("rss_bytes"))
