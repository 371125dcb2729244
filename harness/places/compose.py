"""The compose files as one project on a Docker engine: its containers and its images."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from harness.model.errors import BenchError
from harness.places.engine import Engine, docker
from harness.project import ROOT
from harness.services import SERVICES
from harness.system.processes import ProcessSupervisor

FILES = (*SERVICES, "app")
BUILD_S, UP_S = 900, 90
DOWN = ("down", "--volumes", "--remove-orphans", "--timeout", "5")
STAND_IN = "fastapi-bench.stand-in"  # the label of an image in place of the official one


class Project:
    """One compose project, with what belongs to it while it is open.

    It is named after the folder of results, which only one run at a time may use. It has an image
    of its own, because two checkouts would measure each other's apps. `environment` is the file
    with the environment of the app.
    """

    def __init__(self, engine: Engine, results: Path, supervisor: ProcessSupervisor) -> None:
        tag = f"{zlib.crc32(str(results.resolve()).encode()):08x}"
        self.engine = engine
        self.image = f"fastapi-bench:{tag}"
        self.environment = supervisor.folder / "app.env"
        self._name = f"fastapi-bench-{tag}"
        self._supervisor = supervisor
        self._own = {"APP_ENV": str(self.environment), "APP_TAG": tag}

    @contextmanager
    def opened(self) -> Iterator[Self]:
        """Build the image of the apps; nothing of the project is left after the context.

        Raises BenchError where it cannot be built.
        """
        self._down()  # what an engine that stopped has left
        words = "docker", "compose", "-p", self._name, *DOWN
        with self._supervisor.if_killed(words, ("docker", "image", "rm", self.image)):
            try:
                self._build()
                yield self
            finally:
                with suppress(BenchError):  # an engine that stopped keeps nothing running
                    self._down()

    def _build(self) -> None:
        try:
            self.compose("build", "--quiet", "app", seconds=BUILD_S)
        except BenchError as error:
            raise BenchError(
                f"the image of the apps cannot be built: {error}",
                hint="try docker compose -f compose/app.yaml build, or --on host",
            ) from error

    def compose(
        self, *words: str, variables: Mapping[str, str] | None = None, seconds: float = UP_S
    ) -> str:
        """Run docker compose on this project, with variables for its files.

        Raises BenchError with its last words where it fails.
        """
        environment = {**self._own, **(variables or {})}
        project = ("-p", self._name, *files())
        return docker("compose", *project, *words, seconds=seconds, environment=environment)

    def up(self, service: str, variables: Mapping[str, str], *, wait: bool) -> Container:
        """Start one service; with `wait`, it is healthy when this returns."""
        waiting = ["--wait", "--wait-timeout", str(UP_S - 10)] if wait else []
        starting = ("up", "--detach", "--no-deps", "--no-build", *waiting, service)
        self.compose(*starting, variables=variables)
        return Container(self.compose("ps", "--all", "--quiet", service))

    def remove(self, service: str) -> None:
        """End and remove one service at once."""
        with suppress(BenchError):
            self.compose("rm", "--stop", "--force", "--volumes", service)

    def logs(self, service: str) -> str:
        """Return what a service has written."""
        try:
            return self.compose("logs", "--no-color", "--no-log-prefix", service)
        except BenchError as error:
            return str(error)

    def _down(self) -> None:
        """End and remove every container, volume and network of this project, and its image.

        What that was built from stays in the engine's cache.
        """
        self.compose(*DOWN)
        with suppress(BenchError):  # there may be none
            docker("image", "rm", self.image)


@dataclass(frozen=True)
class Container:
    """A container that was started, whose processes are this machine's."""

    identity: str

    @cached_property
    def pid(self) -> int:
        """The process that it began with."""
        return int(docker("inspect", "--format", "{{.State.Pid}}", self.identity))

    @cached_property
    def image(self) -> str:
        """The name of its image."""
        return docker("inspect", "--format", "{{.Config.Image}}", self.identity)

    def require(self, what: str) -> None:
        """Raise BenchError where it has ended; the process table knows, not only the engine."""
        if self.pid <= 0 or not Path(f"/proc/{self.pid}").exists():
            raise BenchError(
                f"{what} ended: its container has stopped",
                hint="docker info shows whether the engine still runs; "
                "the log of the container is beside the results",
            )


def files() -> list[str]:
    """Return the words that name all compose files."""
    return [word for name in FILES for word in ("-f", str(ROOT / "compose" / f"{name}.yaml"))]


def pull(service: str) -> None:
    """Fetch the image of a service, unless it is here or built by us; raises BenchError."""
    how = ("pull", "--quiet", "--policy", "missing", "--ignore-buildable")
    docker("compose", *files(), *how, service, seconds=BUILD_S)


def image(name: str) -> dict[str, Any]:
    """Describe an image: its name, its identity, and whether it is in place of the official one."""
    what = "[{{json .Id}}, {{json .RepoDigests}}, {{json .Config.Labels}}]"
    found, digests, labels = json.loads(docker("image", "inspect", "--format", what, name))
    return {
        "name": name,
        "id": found,
        "digests": digests or [],
        "stand_in": STAND_IN in (labels or {}),
    }
