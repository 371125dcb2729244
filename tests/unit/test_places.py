"""Where is measured, and why: containers where an engine of this machine answers."""

from __future__ import annotations

import sys

import pytest

from harness import servers
from harness.model.errors import BenchError, Unavailable
from harness.places import engine
from harness.places.choice import choose
from harness.places.engine import Engine

HERE = "unix:///var/run/docker.sock"
DEBIAN = "Debian GNU/Linux 12 [name=seccomp]"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, containers are in a VM")


def answering(
    endpoint: str = HERE, system: str = DEBIAN, version: str = "26.1.5", compose: str = "2.26.1"
) -> Engine:
    """Return the engine that such answers of the docker command lead to."""
    answers = {"version": version, "compose": compose, "context": endpoint, "info": system}
    return engine.engine(lambda *words: answers[words[0]])


@pytest.fixture(autouse=True)
def no_docker_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the context say where the engine is."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)


@ON_LINUX
@pytest.mark.parametrize(
    ("versions", "what"),
    [
        (("20.10.24", "2.26.1"), "engine is version 20.10.24, and the compose files need 25"),
        (("26.1.5", "2.17.0"), "compose is version 2.17.0, and the compose files need 2.24"),
    ],
)
def test_what_is_too_old_for_the_compose_files_is_named(
    versions: tuple[str, str], what: str
) -> None:
    """With the version it takes."""
    with pytest.raises(BenchError, match=what):
        answering(version=versions[0], compose=versions[1])


@pytest.mark.parametrize(
    ("endpoint", "system"),
    [
        ("unix:///home/someone/.docker/desktop/docker.sock", "Docker Desktop []"),
        ("unix:///run/user/1000/docker.sock", "Debian GNU/Linux 12 [name=rootless]"),
        ("tcp://127.0.0.2:2376", DEBIAN),
        ("ssh://somebody@127.0.0.3", DEBIAN),
    ],
)
def test_containers_elsewhere_are_refused_and_auto_takes_processes_instead(
    endpoint: str, system: str
) -> None:
    """Nothing could be pinned there, and other work would not be seen."""
    with pytest.raises(Unavailable) as refused:
        choose("docker", lambda: answering(endpoint, system))
    assert "--on host" in refused.value.hint
    chosen = choose("auto", lambda: answering(endpoint, system))
    assert (chosen.name, chosen.where) == ("host", f"as processes, because {refused.value}")


@ON_LINUX
def test_containers_here_are_taken_and_the_reason_is_said() -> None:
    """Asked for, or found."""
    assert choose("auto", answering).where == "in containers, because a Docker engine answers"
    assert choose("docker", answering).where == "in containers of Docker 26.1.5"
    assert choose("host", answering).where == "as processes"


def test_no_engine_is_no_error_until_it_is_asked_for() -> None:
    """`--on auto` takes the host, `--on docker` says what is missing."""

    def silent(*_: str) -> str:
        raise BenchError("docker version failed", hint="")

    chosen = choose("auto", lambda: engine.engine(silent))
    assert chosen.where == "as processes, because no Docker engine answers"
    with pytest.raises(Unavailable, match="no Docker engine answers") as refused:
        choose("docker", lambda: engine.engine(silent))
    assert "docker info" in refused.value.hint


def test_an_unknown_server_is_named_with_the_nearest_one() -> None:
    """As any other name that does not exist."""
    with pytest.raises(BenchError, match="no server named 'uvicon'") as refused:
        servers.command("uvicon", "app:app", "127.0.0.1", 8000)
    assert "did you mean 'uvicorn'" in refused.value.hint


def test_a_server_is_given_the_app_and_its_address() -> None:
    """In the words after the interpreter."""
    words = servers.command("uvicorn", "shop.main:app", "127.0.0.1", 8123)
    assert words[:3] == ["-m", "uvicorn", "shop.main:app"]
    assert words[3:7] == ["--host", "127.0.0.1", "--port", "8123"]
