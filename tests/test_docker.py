"""Containers: the same measurements, and nothing left behind. Where no engine answers, this is skipped, which is not the same as shown."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import pytest

from harness.model.errors import BenchError
from harness.places import engine
from harness.places.compose import FILES
from harness.project import ROOT
from tests.conftest import Copy, nothing_left  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there
from tests.test_host import measured, wait_for_measurements  # type: ignore[import-not-found,unused-ignore]

OURS = "fastapi-bench-containers"
ENGINE = engine.engine()
needs_engine = pytest.mark.skipif(
    ENGINE is None, reason="no Docker engine answers: .ci/containers up brings one up on Debian"
)
needs_ours = pytest.mark.skipif(
    ENGINE is None or OURS not in ENGINE.endpoint,
    reason="only an engine that .ci/containers brought up may be stopped",
)
LISTENING = "import psutil; print(*{one.laddr.ip for one in psutil.net_connections('inet') if one.status == 'LISTEN' and one.pid}, sep='\\n')"
needs_compose = pytest.mark.skipif(
    shutil.which("docker") is None, reason="there is no docker command"
)
RUN = ("one_driver", "--profile", "smoke", "--on", "docker")


@pytest.fixture
def copy(copy: Copy) -> Copy:
    """Let the engine answer, and copy what its build needs."""
    copy.environment["DOCKER_HOST"] = ENGINE.endpoint if ENGINE else copy.environment["DOCKER_HOST"]
    shutil.copy(ROOT / ".dockerignore", copy.root)
    return copy


def ask(*words: str) -> str:
    """Ask docker."""
    return engine.docker(*words)


def containers(word: str) -> None:
    """Start or stop our own engine."""
    subprocess.run([ROOT / ".ci" / "containers", word], capture_output=True, check=True)


def left() -> str:
    """List what belongs to any of our projects: containers, volumes, networks, images."""
    mine = ("--filter", "label=com.docker.compose.project", "--format", "{{.ID}}")
    images = ask("images", "--filter", "reference=fastapi-bench:????????", "--quiet")
    return (
        images
        + ask("ps", "--all", *mine)
        + ask("volume", "ls", "--filter", "label=com.docker.compose.project", "--quiet")
        + ask("network", "ls", *mine)
    )


@pytest.mark.real
@needs_engine
def test_a_run_that_was_killed_is_cleaned_up_and_ended_by_the_next_start(copy: Copy) -> None:
    """PostgreSQL and three apps; the images, and what they stand in for, are on record."""
    process = copy.start(*RUN)
    wait_for_measurements(copy, 1)
    time.sleep(2)
    process.kill()
    process.communicate()
    before = measured(copy)
    assert left() != ""
    assert "Going on with" in copy.bench(*RUN)
    assert measured(copy)[: len(before)] == before
    assert len(measured(copy)) == 6
    assert not [line for line in measured(copy) if "RESTARTED" in line or "ERRORS" in line]
    (machine,) = (json.loads(path.read_text()) for path in copy.root.glob("results/*/machine.json"))
    assert set(machine["images"]) == {"app", "postgres"}
    assert left() == ""
    assert nothing_left(copy)


@pytest.mark.real
@needs_engine
def test_the_apps_container_may_do_next_to_nothing_and_ctrl_c_leaves_nothing(copy: Copy) -> None:
    """No root, no capability, nothing to write to, nothing to be seen from outside."""
    process = copy.start(*RUN)
    wait_for_measurements(copy, 1)
    addresses, inspected, deadline = set[str](), dict[str, Any](), time.monotonic() + 30
    while not addresses and time.monotonic() < deadline:
        with suppress(BenchError):  # between two trials there is none
            found = ask(
                "ps", "--filter", "label=com.docker.compose.service=app", "--quiet"
            ).split()[-1:]
            addresses = set(ask("exec", *found, "python", "-c", LISTENING).splitlines())
            inspected = json.loads(ask("inspect", *found))[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert process.returncode == 130
    assert left() == ""
    assert inspected["Config"]["User"] == "65532:65532"
    assert inspected["HostConfig"]["ReadonlyRootfs"] is True
    assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
    assert inspected["HostConfig"]["Privileged"] is False
    assert addresses == {"127.0.0.1"}


@pytest.mark.real
@needs_ours
def test_an_engine_that_stops_in_the_middle_is_named_and_what_was_measured_is_kept(
    copy: Copy,
) -> None:
    """The next start cleans up what it left."""
    process = copy.start(*RUN)
    wait_for_measurements(copy, 1)
    before = measured(copy)
    containers("down")
    said = "".join(process.communicate(timeout=60))
    containers("up")
    assert process.returncode == 2
    assert "Traceback" not in said
    assert "docker info tells" in said
    assert measured(copy)[: len(before)] == before
    again = copy.start(*RUN)
    wait_for_measurements(copy, len(before) + 1)
    again.send_signal(signal.SIGINT)
    assert "Going on with" in "".join(again.communicate(timeout=40))
    assert left() == ""


@pytest.mark.real
@needs_engine
def test_an_image_that_cannot_be_built_is_named(copy: Copy) -> None:
    """With the way out."""
    copy.edit("compose/Dockerfile", "--require-hashes", "--require-hashes --no-such-option")
    said = copy.bench(*RUN, code=2)
    assert "the image of the apps cannot be built" in said
    assert "--on host" in said


@pytest.mark.real
@needs_engine
def test_an_image_that_is_not_to_be_had_is_named(copy: Copy) -> None:
    """With the way out, and nothing left."""
    copy.environment["POSTGRES_IMAGE"] = "localhost:1/no/such/image:1"
    said = copy.bench(*RUN, code=2)
    assert "the image of postgres is not to be had" in said
    assert left() == ""


@pytest.mark.real
@needs_engine
def test_a_service_that_never_becomes_healthy_is_named(copy: Copy) -> None:
    """With its last words, and nothing left."""
    copy.edit("compose/postgres.yaml", "max_connections=300", "no_such_setting=300")
    said = copy.bench(*RUN, code=2)
    assert "the container of postgres never became healthy" in said
    assert left() == ""


@pytest.mark.parametrize(
    ("versions", "what"),
    [
        (("20.10.24", "2.26.1"), "engine is version 20.10.24"),
        (("26.1.5", "2.17.0"), "compose is version 2.17.0"),
    ],
)
def test_what_is_too_old_for_the_compose_files_is_named(
    monkeypatch: pytest.MonkeyPatch, versions: tuple[str, str], what: str
) -> None:
    """With the version it takes."""
    answers = {
        "version": versions[0],
        "compose": versions[1],
        "context": "unix:///var/run/docker.sock",
        "info": "Debian []",
    }
    monkeypatch.setattr(engine, "docker", lambda *words, **_: answers[words[0]])
    with pytest.raises(BenchError, match=what):
        engine.engine()


def test_no_engine_is_no_error_until_it_is_asked_for(copy: Copy) -> None:
    """`--on auto` takes the host, `--on docker` says what is missing."""
    copy.environment["PATH"] = "/nowhere"
    assert "no Docker engine answers" in copy.bench(*RUN, code=2)


@pytest.mark.parametrize(
    ("endpoint", "system", "here", "address"),
    [
        (
            "unix:///var/run/docker.sock",
            "Debian GNU/Linux 12 [name=seccomp]",
            sys.platform == "linux",
            "127.0.0.1",
        ),
        (
            "unix:///home/someone/.docker/desktop/docker.sock",
            "Docker Desktop []",
            False,
            "127.0.0.1",
        ),
        (
            "unix:///run/user/1000/docker.sock",
            "Debian GNU/Linux 12 [name=seccomp name=rootless]",
            False,
            "127.0.0.1",
        ),
        ("tcp://127.0.0.2:2376", "Debian GNU/Linux 12 [name=seccomp]", False, "127.0.0.2"),
        ("ssh://somebody@127.0.0.3", "Debian GNU/Linux 12 [name=seccomp]", False, "127.0.0.3"),
    ],
)
def test_containers_are_asked_where_the_engine_is(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, system: str, here: bool, address: str
) -> None:  # noqa: FBT001
    """On loopback, or at the host that DOCKER_HOST or the context names; read by control group only where they are processes of this machine."""
    answers = {"version": "26.1.5", "compose": "2.26.1", "context": endpoint, "info": system}
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(engine, "docker", lambda *words, **_: answers[words[0]])
    found = engine.engine()
    assert found is not None
    assert (found.here, found.address) == (here, address)


@needs_compose
def test_where_containers_have_a_network_of_their_own_ports_are_published_on_loopback_alone() -> (
    None
):
    """With compose/published.yaml; compose/remote.yaml mounts nothing."""
    services = resolved("postgres", "upstream", "app", "published", "remote")
    assert set(services) == {"postgres", "upstream", "app"}
    for service in services.values():
        assert "network_mode" not in service
        assert not service.get("volumes")
        assert {port["host_ip"] for port in service["ports"]} == {"127.0.0.1"}
    assert "@postgres:55432" in services["app"]["environment"]["POSTGRES_URL"]


def resolved(*names: str) -> dict[str, Any]:
    """Let compose put these files together, and give the services."""
    files = [word for name in names for word in ("-f", str(ROOT / "compose" / f"{name}.yaml"))]
    found: dict[str, Any] = json.loads(
        engine.docker("compose", *files, "config", "--format", "json")
    )["services"]
    return found


@needs_compose
def test_no_service_is_more_than_it_must_be() -> None:
    """No root and nothing to write to, but for the database, whose image sees to that itself; on loopback alone, or in a network of the project's own."""
    here = resolved(*FILES)
    assert {
        name
        for name, service in here.items()
        if service.get("user") != "65532:65532" or not service["read_only"]
    } == {"postgres"}
    assert {service["network_mode"] for service in here.values()} == {"host"}
    apart = resolved(*FILES, "published", "published_more")
    assert not [name for name, service in apart.items() if "network_mode" in service]
    assert {name for name, service in apart.items() if not service.get("ports")} == {
        "redis",
        "redis-wire",
        "mongo",
        "mongo-wire",
    }
    assert apart["app"]["environment"]["REDIS_URL"] == "redis://redis-wire:56380/0"
