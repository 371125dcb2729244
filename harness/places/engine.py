"""The Docker engine that answers: where it is, how old, and how it is asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.model.errors import BenchError
from harness.system.ports import HOST

OLDEST_ENGINE, OLDEST_COMPOSE = (
    25,
    (2, 24),
)  # what the compose files ask for: start_interval, and env files that may be missing
ASK_S = 10


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine: where it answers, its version, compose's version, and whether its containers live in a network of their own."""

    endpoint: str
    version: str
    compose: str
    apart: bool = False  # in Docker Desktop's virtual machine, or without root

    @property
    def here(self) -> bool:
        """Say whether its containers are processes of this machine, on this machine's loopback."""
        return sys.platform == "linux" and self.endpoint.startswith("unix://") and not self.apart

    @property
    def remote(self) -> bool:
        """Say whether it is reached over a network."""
        return urlsplit(self.endpoint).hostname is not None

    @property
    def address(self) -> str:
        """The address at which its containers answer us; raises BenchError where its name is unknown."""
        name = urlsplit(self.endpoint).hostname
        try:
            return socket.gethostbyname(name) if name else HOST
        except OSError as error:
            said = f"the Docker engine's host {name!r} cannot be found: {error.strerror}"
            raise BenchError(said, hint="correct DOCKER_HOST, or the docker context") from error


def engine() -> Engine | None:
    """Find the engine that DOCKER_HOST or the docker context names; None where none answers. Raises BenchError where it is too old."""
    try:
        version = docker("version", "--format", "{{.Server.Version}}")
        compose = docker("compose", "version", "--short").removeprefix("v")
        endpoint = os.environ.get("DOCKER_HOST") or docker(
            "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"
        )
        system = docker("info", "--format", "{{.OperatingSystem}} {{.SecurityOptions}}")
    except BenchError:
        return None
    if int(version.partition(".")[0]) < OLDEST_ENGINE:
        raise BenchError(
            f"the Docker engine is version {version}, and the compose files need {OLDEST_ENGINE}",
            hint="update it, or measure with --on host",
        )
    if tuple(int(part) for part in compose.split(".")[:2]) < OLDEST_COMPOSE:
        raise BenchError(
            f"docker compose is version {compose}, and the compose files need 2.24",
            hint="update it, or measure with --on host",
        )
    return Engine(
        endpoint, version, compose, apart="Docker Desktop" in system or "rootless" in system
    )


def docker(
    *words: str, seconds: float = ASK_S, environment: Mapping[str, str] | None = None
) -> str:
    """Run the docker command and give what it says; raises BenchError with its last words where it fails or takes too long."""
    try:
        done = subprocess.run(
            ["docker", *words],  # noqa: S607  docker is where PATH says
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
    except FileNotFoundError as error:
        raise BenchError(
            "there is no docker command", hint="install Docker, or measure with --on host"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(
            f"docker {words[0]} took more than {seconds:g} s",
            hint="is the engine stuck? docker info tells; or measure with --on host",
        ) from error
    except subprocess.CalledProcessError as error:
        said = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        raise BenchError(
            f"docker {words[0]} failed: {said[-1] if said else 'it said nothing'}",
            hint="docker info tells how the engine is; or measure with --on host",
        ) from error
    return done.stdout.strip()
