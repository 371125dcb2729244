"""How docker is asked: with what it needs of our environment, and with no stray variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.errors import BenchError
from harness.places import engine

STRAY = {"ADMITS": "1", "WAIT_MS": "99", "APP_CPUS": "0", "COMPOSE_FILE": "other.yaml"}
OWN = {"DOCKER_CONTEXT": "here", "REDIS_IMAGE": "redis:7", "BASE_IMAGE": "python:3.12"}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a docker command on PATH that prints its environment."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\n[ $1 = fail ] && echo 'no luck' >&2 && exit 1\nexec env\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return command


def test_a_stray_variable_does_not_reach_the_compose_files(
    docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They put variables of the environment into what is measured."""
    assert docker.exists()
    for name, value in (STRAY | OWN).items():
        monkeypatch.setenv(name, value)
    said = engine.docker("env", environment={"APP_TAG": "abc"})
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    assert not found.keys() & STRAY.keys()
    assert found.items() >= (OWN | {"APP_TAG": "abc"}).items()


def test_a_docker_command_that_fails_is_named_with_its_last_words(
    docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is not there as well."""
    with pytest.raises(BenchError, match="docker fail failed: no luck") as refused:
        engine.docker("fail")
    assert "docker info" in refused.value.hint
    monkeypatch.setenv("PATH", str(docker.parent / "nowhere"))
    with pytest.raises(BenchError, match="there is no docker command"):
        engine.docker("version")
