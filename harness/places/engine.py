"""The Docker engine that answers: where it is, how old, and how it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.model.errors import BenchError, Unavailable
from harness.services import SERVICES
from harness.system.environment import inherited

# What the compose files ask for: start_interval, and env files that may be missing.
OLDEST_ENGINE, OLDEST_COMPOSE = (25,), (2, 24)
ASK_S = 10
# What docker gets of our environment besides what every process gets: by their beginnings, and by
# their names. Other variables, such as ADMITS, would be put into the compose files.
OWN = ("DOCKER_", "BUILDKIT_", "BUILDX_", "XDG_")
NAMED = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("BASE_IMAGE", *(f"{name.upper()}_IMAGE" for name in SERVICES)),
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine whose containers are processes of this machine, on its loopback."""

    endpoint: str
    version: str
    compose: str


def docker(
    *words: str, seconds: float = ASK_S, environment: Mapping[str, str] | None = None
) -> str:
    """Run the docker command and return what it prints.

    Raises BenchError with its last words where it fails or takes too long.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith(OWN)}
    named = {name: os.environ[name] for name in NAMED if name in os.environ}
    try:
        done = subprocess.run(
            ["docker", *words],  # noqa: S607  docker is where PATH says
            env={**inherited(), **own, **named, **(environment or {})},
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
            hint="is the engine stuck? docker info shows it; or measure with --on host",
        ) from error
    except subprocess.CalledProcessError as error:
        said = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        raise BenchError(
            f"docker {words[0]} failed: {said[-1] if said else 'it wrote nothing'}",
            hint="docker info shows how the engine is; or measure with --on host",
        ) from error
    return done.stdout.strip()


def engine(ask: Callable[..., str] = docker) -> Engine:
    """Return the engine that DOCKER_HOST or the docker context names.

    Raises Unavailable where none answers, where it is too old, and where its containers are not
    on this machine's network: then nothing could be pinned, and other work would not be seen.
    """
    try:
        endpoint = os.environ.get("DOCKER_HOST") or ask(
            "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"
        )
        if not endpoint.startswith("unix://"):
            raise _elsewhere(f"the Docker engine at {endpoint} is on another machine")
        version = ask("version", "--format", "{{.Server.Version}}")
        compose = ask("compose", "version", "--short").removeprefix("v")
        system = ask("info", "--format", "{{.OperatingSystem}} {{.SecurityOptions}}")
    except Unavailable:
        raise
    except BenchError as error:
        raise Unavailable(
            "no Docker engine answers",
            hint="start it, or set DOCKER_HOST; docker info shows what is wrong; "
            "or measure with --on host",
        ) from error
    if "Docker Desktop" in system or sys.platform != "linux":
        raise _elsewhere("the containers of Docker Desktop are in a virtual machine")
    if "rootless" in system:
        raise _elsewhere("the containers of a rootless Docker engine have a network of their own")
    for what, found, oldest in (
        ("the Docker engine", version, OLDEST_ENGINE),
        ("docker compose", compose, OLDEST_COMPOSE),
    ):
        if tuple(int(part) for part in found.split(".")[:2]) < oldest:
            needed = ".".join(map(str, oldest))
            raise Unavailable(
                f"{what} is version {found}, and the compose files need {needed}",
                hint="update it, or measure with --on host",
            )
    return Engine(endpoint, version, compose)


def _elsewhere(why: str) -> Unavailable:
    return Unavailable(why, hint="measure with --on host, or with a Docker engine of this machine")
