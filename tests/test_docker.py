"""Containers: the same measurements, and nothing left behind. Where no engine answers, this is skipped, which is not the same as shown."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time

import pytest

from harness.errors import BenchError
from harness.scenario import ROOT
from harness.stage import docker
from tests.conftest import Copy  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there
from tests.test_host import measured, nothing_left, wait_for_measurements  # type: ignore[import-not-found,unused-ignore]

ENGINE = docker.engine()
needs_engine = pytest.mark.skipif(ENGINE is None, reason="no Docker engine answers: .ci/containers up brings one up on Debian")
RUN = ("postgres_read", "--profile", "smoke", "--on", "docker")


@pytest.fixture
def copy(copy: Copy) -> Copy:
    """Let the engine answer, and copy what its build needs."""
    copy.environment["DOCKER_HOST"] = ENGINE.endpoint if ENGINE else copy.environment["DOCKER_HOST"]
    shutil.copy(ROOT / ".dockerignore", copy.root)
    return copy


def ask(*words: str) -> str:
    """Ask docker."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


def left() -> str:
    """List what belongs to any of our projects."""
    mine = ("--filter", "label=com.docker.compose.project", "--format", "{{.ID}}")
    return ask("ps", "--all", *mine) + ask("volume", "ls", "--filter", "label=com.docker.compose.project", "--quiet") + ask("network", "ls", *mine)


@pytest.mark.real
@needs_engine
def test_a_run_in_containers_measures_and_leaves_nothing(copy: Copy) -> None:
    """PostgreSQL, three apps; the images, and what they stand in for, are on record."""
    copy.bench(*RUN)
    assert len(measured(copy)) == 9
    assert not [line for line in measured(copy) if "RESTARTED" in line or "ERRORS" in line]
    (machine,) = (json.loads(path.read_text()) for path in copy.root.glob("results/*/machine.json"))
    assert set(machine["docker"]["images"]) == {"app", "postgres"}
    assert left() == ""
    assert nothing_left(copy)


@pytest.mark.real
@needs_engine
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_an_end_in_the_middle_is_cleaned_up_at_once_or_by_the_next_start(copy: Copy, number: signal.Signals) -> None:
    """Ctrl-C, and kill -9."""
    process = copy.start(*RUN)
    wait_for_measurements(copy, 1)
    time.sleep(2)
    process.send_signal(number)
    process.communicate(timeout=40)
    before = measured(copy)
    if number is signal.SIGINT:
        assert left() == ""
    assert "Going on with" in copy.bench(*RUN)
    assert measured(copy)[: len(before)] == before
    assert left() == ""


@pytest.mark.real
@needs_engine
def test_the_apps_container_may_do_next_to_nothing(copy: Copy) -> None:
    """No root, no capability, nothing to write to, nothing to be seen from outside."""
    process = copy.start(*RUN)
    wait_for_measurements(copy, 1)
    deadline = time.monotonic() + 20
    found = ""
    while not found and time.monotonic() < deadline:
        found = ask("ps", "--filter", "label=com.docker.compose.service=app", "--quiet")
    inspected = json.loads(ask("inspect", found))[0]
    listening = ask("exec", found, "python", "-c", "import psutil; print([c.laddr.ip for c in psutil.net_connections('inet') if c.status == 'LISTEN' and c.pid])")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert inspected["Config"]["User"] == "65532:65532"
    assert inspected["HostConfig"]["ReadonlyRootfs"] is True
    assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
    assert inspected["HostConfig"]["Privileged"] is False
    assert "0.0.0.0" not in listening  # noqa: S104  that is the point


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
def test_a_service_that_never_becomes_healthy_is_named(copy: Copy) -> None:
    """With its last words, and nothing left."""
    copy.edit("compose/postgres.yaml", "postgres, -c, listen_addresses=127.0.0.1", "postgres, -c, no_such_setting=1")
    said = copy.bench(*RUN, code=2)
    assert "the container of postgres never became healthy" in said
    assert left() == ""


@pytest.mark.parametrize(("versions", "what"), [(("20.10.24", "2.26.1"), "engine is version 20.10.24"), (("26.1.5", "2.17.0"), "compose is version 2.17.0")])
def test_what_is_too_old_for_the_compose_files_is_named(monkeypatch: pytest.MonkeyPatch, versions: tuple[str, str], what: str) -> None:
    """With the version it takes."""
    answers = {"version": versions[0], "compose": versions[1], "context": "unix:///var/run/docker.sock"}
    monkeypatch.setattr(docker, "_docker", lambda *words, **_: answers[words[0]])
    with pytest.raises(BenchError, match=what):
        docker.engine()


def test_no_engine_is_no_error_until_it_is_asked_for(copy: Copy) -> None:
    """`--on auto` takes the host, `--on docker` says what is missing."""
    copy.environment["PATH"] = "/nowhere"
    assert "no Docker engine answers" in copy.bench(*RUN, code=2)
