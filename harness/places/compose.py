"""The compose files as one project of ours on a Docker engine, its containers and its images."""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from harness.model.errors import BenchError, Unavailable
from harness.places.engine import Engine, docker
from harness.project import ROOT

FILES = ("postgres", "upstream", "redis", "mongo", "nginx", "app")
BUILD_S, UP_S = 900, 90
STAND_IN = (
    "fastapi-bench.stand-in"  # the label of an image that was built in place of the official one
)


class Project:
    """One compose project, named after the folder of results that only one run at a time may use; nothing of it is left after the context."""

    def __init__(self, engine: Engine, results: Path, folder: Path) -> None:
        self._files = (
            *FILES,
            *(() if engine.here else ("published", "published_more")),
            *(("remote",) if engine.remote else ()),
        )
        tag = f"{zlib.crc32(str(results.resolve()).encode()):08x}"
        self._here = engine.here
        self._name = f"fastapi-bench-{tag}"
        self.image = (
            f"fastapi-bench:{tag}"  # of its own: two checkouts would measure each other's apps
        )
        self.environment: dict[str, str] = {"APP_ENV": str(folder / "app.env"), "APP_TAG": tag}
        if not engine.here:
            names = {
                "REDIS_HOST": "redis",
                "MONGO_HOST": "mongo",
            }  # by which they are known in a network of their own
            self.environment |= {"LISTEN": "0.0.0.0", "PUBLISH": engine.address, **names}  # noqa: S104  published on this address alone

    def compose(self, *words: str, seconds: float = UP_S) -> str:
        """Run docker compose on this project; raises BenchError with its last words where it fails."""
        files = [
            word for name in self._files for word in ("-f", str(ROOT / "compose" / f"{name}.yaml"))
        ]
        return docker(
            "compose",
            "-p",
            self._name,
            *files,
            *words,
            seconds=seconds,
            environment=self.environment,
        )

    def __enter__(self) -> Self:
        self.down()  # what a kill has left
        try:
            self.compose("build", "--quiet", "app", seconds=BUILD_S)
        except BenchError as error:
            raise BenchError(
                f"the image of the apps cannot be built: {error}",
                hint="try docker compose -f compose/app.yaml build, or --on host",
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(
            BenchError
        ):  # an engine that has stopped keeps nothing running, and the next start cleans up
            self.down()

    def down(self) -> None:
        """End and remove every container, volume and network of this project, and its image; what that was built from stays in the engine's cache."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        with suppress(BenchError):  # there may be none
            docker("image", "rm", self.image)

    def up(self, service: str, *, wait: bool) -> Container:
        """Start one service; with `wait`, it is healthy when this returns."""
        self.compose(
            "up",
            "--detach",
            "--no-deps",
            "--no-build",
            *(["--wait", "--wait-timeout", str(UP_S - 10)] if wait else []),
            service,
        )
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


def lacking(engine: Engine, need: str) -> Unavailable | None:
    """Fetch the image of a service from its registry, unless it is here or built by us, or the service is given by URL; say why where it is not to be had."""
    if os.environ.get(f"{need.upper()}_URL"):
        return None
    if need == "nginx" and engine.remote:
        return Unavailable(
            "an engine on another machine has no compose/nginx.conf to mount",
            hint="set NGINX_URL, or measure with --on host",
        )
    try:
        file = str(ROOT / "compose" / f"{need}.yaml")
        docker(
            "compose",
            "-f",
            file,
            "pull",
            "--quiet",
            "--policy",
            "missing",
            "--ignore-buildable",
            need,
            seconds=BUILD_S,
        )
    except BenchError as error:
        hint = f"see whether the registry can be reached, set {need.upper()}_URL, or measure with --on host"
        return Unavailable(f"the image of {need} is not to be had: {error}", hint=hint)
    return None


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
            raise BenchError(
                f"{what} ended: its container has stopped",
                hint="docker info tells whether the engine still runs; its log is beside the results",
            )


def image(name: str) -> dict[str, Any]:
    """Describe an image: its name, its identity, and whether it was built in place of the official one."""
    found, digests, labels = json.loads(
        docker(
            "image",
            "inspect",
            "--format",
            "[{{json .Id}}, {{json .RepoDigests}}, {{json .Config.Labels}}]",
            name,
        )
    )
    return {
        "name": name,
        "id": found,
        "digests": digests or [],
        "stand_in": STAND_IN in (labels or {}),
    }
