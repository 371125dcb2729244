"""Each service starts in its container, answers its own client, and is gone after that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.places.compose import Project
from harness.places.docker import Docker
from harness.places.engine import Engine, docker
from harness.services.service import kind_of
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor
from tests.support.round_trips import ROUND_TRIPS

WAIT_MS = 2.0  # so that those that answer at once get their latency proxies


def through_nginx(url: str) -> None:
    """Ask the upstream for a user."""
    assert ask(url, "/users/1").right


@pytest.fixture(scope="module")
def place(here: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    """Return containers as the place, with the image of the apps."""
    results = tmp_path_factory.mktemp("results")
    with ProcessSupervisor() as supervisor, Project(here, results, supervisor).opened() as project:
        yield Docker(project, supervisor, Cores((), ()), 0, 0)


@pytest.mark.parametrize("name", [*ROUND_TRIPS, "nginx"])
def test_a_service_in_its_container_answers_its_client(
    place: Docker, tmp_path: Path, name: str
) -> None:
    """Through its latency proxy where it has one; who provides it is said."""
    needs = ("upstream", name) if name == "nginx" else (name,)
    knobs = {"wait_ms": WAIT_MS, "nginx_rate": 200.0}
    scenario = replace(catalogue()["cache_get"], needs=needs, knobs=knobs)
    with place.services(scenario, tmp_path) as found:
        service = found[name]
        assert "container" in service.provider or "image" in service.provider
        assert ("there and back" in service.provider) == kind_of(name).needs_latency
        {**ROUND_TRIPS, "nginx": through_nginx}[name](service.url)
        running = docker("ps", "--format", "{{.Names}}")
        assert f"-{name}-1" in running
    assert f"-{name}-1" not in docker("ps", "--all", "--format", "{{.Names}}")
