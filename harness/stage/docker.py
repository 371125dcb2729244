"""Containers as the place: the compose files of this project, on the Docker engine that answers."""

from __future__ import annotations

import json
import os
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.caveats import Caveat
from harness.errors import BenchError
from harness.plan import Trial
from harness.scenario import ROOT, Scenario
from harness.stage import cgroup, machine, postgres, processes
from harness.stage.cores import Cores
from harness.stage.monitor import Monitor
from harness.stage.place import Server
from harness.stage.ports import HOST, free_port
from harness.stage.serve import named, told
from harness.stage.service import Service
from harness.stage.services import KNOBS_OF_UPSTREAM, services

OLDEST_ENGINE, OLDEST_COMPOSE = 25, (2, 24)  # what the compose files ask for: start_interval, and env files that may be missing
APP_IMAGE = "fastapi-bench"
FILES = ("postgres", "upstream", "app")
ASK_S, BUILD_S, UP_S = 10, 900, 90
STAND_IN = "fastapi-bench.stand-in"  # the label of an image that was built in place of the official one


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine that answers: where, and its version."""

    endpoint: str
    version: str
    compose: str

    @property
    def here(self) -> bool:
        """Say whether its containers are processes of this machine, with this machine's loopback."""
        return self.endpoint.startswith("unix://") and Path("/proc/self/cgroup").exists() and "desktop" not in self.endpoint


def engine() -> Engine | None:
    """Find the engine that DOCKER_HOST or the docker context names; None where none answers. Raises BenchError where it is too old."""
    try:
        version = _docker("version", "--format", "{{.Server.Version}}", seconds=ASK_S)
        compose = _docker("compose", "version", "--short", seconds=ASK_S).removeprefix("v")
        endpoint = os.environ.get("DOCKER_HOST") or _docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", seconds=ASK_S)
    except BenchError:
        return None
    if int(version.partition(".")[0]) < OLDEST_ENGINE:
        raise BenchError(f"the Docker engine is version {version}, and the compose files need {OLDEST_ENGINE}", hint="update it, or measure with --on host")
    if tuple(int(part) for part in compose.split(".")[:2]) < OLDEST_COMPOSE:
        raise BenchError(f"docker compose is version {compose}, and the compose files need 2.24", hint="update it, or measure with --on host")
    return Engine(endpoint, version, compose)


class Project:
    """One compose project, named after the folder of results that only one run at a time may use; nothing of it is left after the context."""

    def __init__(self, results: Path, folder: Path) -> None:
        self._name = f"fastapi-bench-{zlib.crc32(str(results.resolve()).encode()):08x}"
        self._folder = folder
        self.environment: dict[str, str] = {"APP_ENV": str(folder / "app.env")}

    def compose(self, *words: str, seconds: float = UP_S) -> str:
        """Run docker compose on this project; raises BenchError with its last words where it fails."""
        files = [word for name in FILES for word in ("-f", str(ROOT / "compose" / f"{name}.yaml"))]
        return _docker("compose", "-p", self._name, *files, *words, seconds=seconds, environment=self.environment)

    def __enter__(self) -> Project:
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
        """End and remove every container, volume and network of this project."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")

    def up(self, service: str, *, wait: bool) -> Container:
        """Start one service; with `wait`, it is healthy when this returns."""
        self.compose("up", "--detach", "--no-deps", "--no-build", *(["--wait", "--wait-timeout", str(UP_S - 10)] if wait else []), service)
        return Container(self.compose("ps", "--all", "--quiet", service), service)

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
    """A container that was started."""

    def __init__(self, identity: str, service: str) -> None:
        self._identity = identity
        self.service = service

    @cached_property
    def pid(self) -> int:
        """The process that it began with."""
        return int(_docker("inspect", "--format", "{{.State.Pid}}", self._identity, seconds=ASK_S))

    @cached_property
    def image(self) -> str:
        """The name of its image."""
        return _docker("inspect", "--format", "{{.Config.Image}}", self._identity, seconds=ASK_S)

    @property
    def running(self) -> bool:
        """Say whether it still runs; the process table knows, without asking the engine."""
        return self.pid > 0 and Path(f"/proc/{self.pid}").exists()


def image(name: str) -> dict[str, Any]:
    """Describe an image: its name, its identity, and whether it was built in place of the official one."""
    found = json.loads(_docker("image", "inspect", "--format", "[{{json .Id}}, {{json .Config.Labels}}]", name, seconds=ASK_S))
    return {"name": name, "id": found[0], "stand_in": STAND_IN in (found[1] or {})}


class Docker:
    """Services and servers in containers of a project."""

    def __init__(self, project: Project, engine: Engine, split: Cores, port: int, monitor_port: int) -> None:
        self.port = port
        self._images = {"app": image(APP_IMAGE)}
        self._monitor_port = monitor_port
        self._project = project
        self._engine = engine
        self._split = split
        self._containers: dict[str, Container] = {}
        project.environment |= {
            "APP_PORT": str(port),
            "MONITOR_PORT": str(monitor_port),
            "APP_CPUS": ",".join(map(str, split.server)),
            "SERVICE_CPUS": ",".join(map(str, split.rest)),
        }

    @property
    def conditions(self) -> Mapping[str, Any]:
        """What the records keep of the engine and its images."""
        return {"docker": {"engine": self._engine.version, "compose": self._engine.compose, "images": self._images}}

    @property
    def doubts(self) -> tuple[Caveat, ...]:
        """Say whether the images are the official ones."""
        return (Caveat.STAND_IN_IMAGE,) if any(one["stand_in"] for one in self._images.values()) else ()

    def services(self, scenario: Scenario, logs: Path) -> AbstractContextManager[Mapping[str, Service]]:
        """Take what was given by URL, and start the rest."""
        return services(scenario, {"postgres": lambda: self._postgres(logs), "upstream": lambda: self._upstream(scenario, logs)}, lambda process: None)

    @contextmanager
    def serve(self, scenario: Scenario, trial: Trial, settings: Mapping[str, str], log: Path) -> Iterator[Server]:
        """Start a fresh container of the image that all variants share."""
        free_port(self.port)
        free_port(self._monitor_port)
        told_app = told(scenario, trial)
        self._project.environment |= {**settings, "APP": told_app.pop("APP")}
        Path(self._project.environment["APP_ENV"]).write_text("".join(f"{name}={value}\n" for name, value in told_app.items()))
        container = self._project.up("app", wait=False)
        self._containers["app"] = container
        try:
            yield Contained(named(scenario, trial), f"http://{HOST}:{self.port}", Monitor(self._monitor_port), container)
        finally:
            log.write_text(self._project.logs("app"))
            self._project.remove("app")
            del self._containers["app"]

    def ours_s(self) -> float:
        """Read what this process, its children and the containers have used."""
        return machine.family_s() + sum(cgroup.cpu_s(container.pid) for container in self._containers.values() if container.running)

    def _postgres(self, logs: Path) -> Service:
        port = free_port()
        self._project.environment["POSTGRES_PORT"] = str(port)
        container = self._up("postgres", logs)
        url = f"postgresql://bench:bench@{HOST}:{port}/bench"
        self._images["postgres"] = image(container.image)
        return Service("postgres", url, provider=f"the image {container.image}", version=postgres.given(url).version, real=True)

    def _upstream(self, scenario: Scenario, logs: Path) -> Service:
        port = free_port()
        knobs = {name.upper(): f"{scenario.knobs[name]:g}" for name in KNOBS_OF_UPSTREAM if name in scenario.knobs}
        self._project.environment |= {"UPSTREAM_PORT": str(port), **knobs}
        self._up("upstream", logs)
        return Service("upstream", f"http://{HOST}:{port}", provider="compose/upstream.py in a container", version="this checkout", real=True)

    def _up(self, name: str, logs: Path) -> Container:
        """Start a service and wait until it is healthy; raises BenchError where it never becomes so."""
        self._project.remove(name)
        try:
            container = self._containers[name] = self._project.up(name, wait=True)
        except BenchError as error:
            log = logs / f"{name}.log"
            log.write_text(self._project.logs(name))
            raise BenchError(f"the container of {name} never became healthy: {processes.last_words(log)}", hint=f"its log is {log}") from error
        return container


@dataclass(frozen=True, slots=True)
class Contained:
    """A variant that answers, in a container."""

    what: str
    url: str
    monitor: Monitor
    container: Container

    def require(self) -> None:
        """Raise BenchError where it has ended."""
        if not self.container.running:
            raise BenchError(f"{self.what} ended: its container has stopped", hint="its log is beside the results")

    def cpu_clock(self) -> Callable[[], float]:
        """Give a clock of the CPU seconds of all that runs in the container."""
        return lambda: cgroup.cpu_s(self.container.pid)

    def rss_bytes(self) -> int:
        """Read the memory of the container, without the page cache."""
        return cgroup.memory_bytes(self.container.pid)


def _docker(*words: str, seconds: float, environment: Mapping[str, str] | None = None) -> str:
    """Run the docker command; raises BenchError with its last words where it fails or takes too long."""
    try:
        done = subprocess.run(
            ["docker", *words],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,  # noqa: S607  docker is where PATH says
        )
    except FileNotFoundError as error:
        raise BenchError("there is no docker command", hint="install Docker, or measure with --on host") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"docker {words[0]} took more than {seconds:g} s", hint="is the engine stuck? docker info tells; or measure with --on host") from error
    except subprocess.CalledProcessError as error:
        said = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        raise BenchError(
            f"docker {words[0]} failed: {said[-1] if said else 'it said nothing'}", hint="docker info tells how the engine is; or measure with --on host"
        ) from error
    return done.stdout.strip()
