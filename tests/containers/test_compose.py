"""What the compose files resolve to; this takes docker compose, and no engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import servers
from harness.model.errors import BenchError
from harness.places.compose import FILES, files
from harness.places.engine import docker
from harness.project import ROOT
from harness.services import SERVICES
from harness.services.service import kind_of


@pytest.fixture(scope="module")
def resolved() -> dict[str, Any]:
    """Return all services, as compose puts the files together."""
    try:
        docker("compose", "version")
    except BenchError as error:
        pytest.skip(f"there is no docker compose: {error}")
    found: dict[str, Any] = json.loads(docker("compose", *files(), "config", "--format", "json"))
    services: dict[str, Any] = found["services"]
    return services


def test_every_service_has_a_file_that_is_read(resolved: dict[str, Any]) -> None:
    """Its latency proxy stands there as well, and how an app finds it."""
    assert (*SERVICES, "app") == FILES
    proxies = {f"{name}-latency" for name in SERVICES if kind_of(name).needs_latency}
    assert resolved.keys() == {*SERVICES, *proxies, "app"}
    told = resolved["app"]["environment"]
    assert {f"{name.upper()}_URL" for name in SERVICES} <= told.keys()


def test_no_service_may_do_more_than_it_must(resolved: dict[str, Any]) -> None:
    """No root and nothing to write to, but for the database, whose image sees to that itself."""
    unhardened = {
        name
        for name, service in resolved.items()
        if service.get("user") != "65532:65532"
        or not service["read_only"]
        or service["cap_drop"] != ["ALL"]
    }
    assert unhardened == {"postgres"}
    assert {service["network_mode"] for service in resolved.values()} == {"host"}
    assert {service["restart"] for service in resolved.values()} == {"no"}
    assert all(service["init"] for service in resolved.values())


def test_no_service_listens_on_all_addresses(resolved: dict[str, Any]) -> None:
    """Containers use the network of the host."""
    words = [word for service in resolved.values() for word in map(str, service["command"])]
    assert not [word for word in words if "0.0.0.0" in word]  # noqa: S104  what is looked for
    assert not [name for name, service in resolved.items() if service.get("ports")]


def test_a_check_of_health_hardly_ever_runs_while_something_is_measured(
    resolved: dict[str, Any],
) -> None:
    """It is a process on the processors that serve."""
    for service in resolved.values():
        assert service["healthcheck"]["interval"] == "1h0m0s"
        assert service["healthcheck"]["start_interval"] == "250ms"
        assert service["healthcheck"]["test"]


def test_by_hand_an_app_is_served_as_the_harness_serves_it(resolved: dict[str, Any]) -> None:
    """By the same server, with the same options."""
    words = servers.command("uvicorn", "harness.agent.app:app", "127.0.0.1", 8000)
    assert resolved["app"]["command"] == ["python", *words]


def test_the_files_for_use_by_hand_go_together(resolved: dict[str, Any]) -> None:
    """As the README starts them, where the app waits for its services."""
    assert resolved
    names = [str(ROOT / "compose" / f"{name}.yaml") for name in ("postgres", "upstream", "app")]
    words = [word for name in names for word in ("-f", name)]
    app = json.loads(docker("compose", *words, "config", "--format", "json"))["services"]["app"]
    assert app["depends_on"].keys() == {"postgres", "upstream"}
    assert app["environment"]["POSTGRES_URL"].endswith("@127.0.0.1:55432/bench")
