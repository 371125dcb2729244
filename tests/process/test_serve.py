"""An app is served from its own folder, by its own interpreter, and is told what it must know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.workload import Request
from harness.places import checkouts, serve
from harness.places.host import Host
from harness.places.serve import ServerProcess
from harness.project import ROOT
from harness.system import cores
from harness.system.ask import ask
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor, wait_until

APP = """
import importlib.util
import os
from pathlib import Path

from shop.name import NAME


def found(module):
    try:
        return bool(importlib.util.find_spec(module))
    except ModuleNotFoundError:
        return False


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])  # it has no lifespan
    said = {
        "name": NAME,
        "folder": str(Path.cwd()),
        "report": found("harness.report"),
        "scenarios": found("scenarios.hop"),
        "temporary": os.environ["TMPDIR"],
    }
    body = __import__("json").dumps(said).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


@pytest.fixture
def supervisor() -> Iterator[ProcessSupervisor]:
    """Start processes that end with the test."""
    with ProcessSupervisor() as supervisor:
        yield supervisor


def shop(folder: Path, name: str) -> App:
    """Write an app into a folder that says its name, and return it."""
    package = folder / "shop"
    package.mkdir(parents=True)
    (package / "name.py").write_text(f"NAME = {name!r}\n")
    (package / "main.py").write_text(APP)
    return App(target="shop.main:app", folder=folder)


@contextmanager
def serving(supervisor: ProcessSupervisor, app: App, agent: Path = ROOT) -> Iterator[ServerProcess]:
    """Serve an app on this machine."""
    place = Host(supervisor, cores.split(1), free_port(), free_port(), agent)
    log = supervisor.folder / "app.log"
    with place.serve(app, "shop (evidence)", log) as server:
        assert isinstance(server, ServerProcess)
        yield server


def said(server: ServerProcess) -> Mapping[str, object]:
    """Return what the app says, once it answers."""
    serve.wait_for(server, Request("GET", "/"))
    found: Mapping[str, object] = json.loads(ask(server.url, "/").body)
    return found


def test_two_apps_of_one_name_are_each_served_from_their_own_folder_with_one_agent(
    supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """Nothing else of this checkout can be imported, and the agent answers for both."""
    agent = checkouts.agent(tmp_path / "agent")
    for name in ("base", "head"):
        app = shop(tmp_path / name, name)
        with serving(supervisor, app, agent) as server:
            found = said(server)
            assert found["name"] == name
            assert found["folder"] == str(app.folder)
            assert not found["report"]
            assert not found["scenarios"]
            assert b"fastapi_requests_in_flight" in ask(server.monitor_url, "/metrics").body


def test_an_app_is_told_what_it_must_know_and_has_its_own_temporary_folder(
    supervisor: ProcessSupervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Development modes and settings of the caller do not reach it; the folder goes with it."""
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    app = shop(tmp_path, "shop")
    app = App(target=app.target, folder=app.folder, environment={"WORKERS": "2"})
    with serving(supervisor, app) as server:
        temporary = Path(str(said(server)["temporary"]))
        process = psutil.Process(server.process.pid)
        told = process.environ()
        assert not told.keys() & {"PYTHONASYNCIODEBUG", "WEB_CONCURRENCY"}
        assert (told["WORKERS"], told["APP"]) == ("2", "shop.main:app")
        assert not process.children()
        assert temporary.parent == supervisor.folder
        assert server.rss_bytes() > 10_000_000
        assert server.cpu_clock()() > 0
        server.hold()  # it starts on all cores
        assert not cores.CAN_PIN or set(process.cpu_affinity()) == set(cores.split(1).server)
    assert not temporary.exists()
    assert not process.is_running()


def test_an_app_that_cannot_be_imported_is_named_with_its_last_words(
    supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """And with its log."""
    shop(tmp_path, "shop")
    app = App(target="shop.nowhere:app", folder=tmp_path)
    with serving(supervisor, app) as server:
        assert wait_until(lambda: server.process.poll() is not None, 60)
        with pytest.raises(
            BenchError, match=r"shop \(evidence\) ended with exit code 1: .*nowhere"
        ):
            serve.wait_for(server, "/")


def test_a_port_that_is_taken_is_refused_before_anything_starts(
    supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """Of the app, and of its monitor."""
    app = shop(tmp_path, "shop")
    with serving(supervisor, app) as server:
        said(server)
        for ports in ((server.port, free_port()), (free_port(), server.monitor_port)):
            place = Host(supervisor, cores.split(1), *ports)
            with (
                pytest.raises(BenchError, match="cannot be used"),
                place.serve(app, "shop", supervisor.folder / "other.log"),
            ):
                pass
