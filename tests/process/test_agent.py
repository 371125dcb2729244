"""The agent inside apps that are served by real processes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from harness.agent import process
from harness.agent.evidence import HELD_S, Heartbeat
from harness.agent.monitor import Monitor
from harness.experiment.monitor_client import MonitorClient
from harness.model.app import App
from harness.model.workload import Request
from harness.places.serve import ServerProcess, serve, wait_for
from harness.project import ROOT
from harness.system.ask import ask
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support.project_copy import wait_until

PLAIN = "tests.support.plain_asgi:app"
# Imports the agent and its app without site-packages, and drives it through a lifespan.
ALONE = """
import asyncio, json, sys
from harness.agent.app import app

async def main():
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    async def receive():
        return events.pop(0)
    async def send(_):
        pass
    await app({"type": "lifespan"}, receive, send)
    metrics = "".join(map(str, app._monitor.metrics()))
    budget = app._monitor._questions["/budget"]()
    print(json.dumps([budget, "fastapi_started_nanoseconds" in metrics]))

asyncio.run(main())
"""


def serving(supervisor: ProcessSupervisor, **more: Any) -> AbstractContextManager[ServerProcess]:
    """Serve the plain app, with more said of it."""
    return serve(
        App(target=PLAIN, folder=ROOT, **more),
        "plain",
        supervisor=supervisor,
        log=supervisor.folder / "log",
        cores=(),
        port=free_port(),
        monitor_port=free_port(),
    )


@pytest.fixture
def server(supervisor: ProcessSupervisor) -> Iterator[ServerProcess]:
    """Serve the plain app."""
    with serving(supervisor) as server:
        wait_for(server, "/")
        yield server


def test_the_agent_needs_the_standard_library_alone() -> None:
    """In an interpreter that finds no site-packages."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", ALONE],
        cwd=ROOT,
        env={"APP": PLAIN, "MONITOR_PORT": str(free_port()), "EXPLAIN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"threads": null' in done.stdout
    assert done.stdout.strip().endswith("true]")


def test_a_websocket_works_beside_http_under_the_agent(server: ServerProcess) -> None:
    """Each one, and the monitor goes on: its life is one and the same."""
    monitor = MonitorClient(server.monitor_url)
    life = monitor.life
    before = monitor.metrics()["fastapi_requests_total"]
    for _ in range(2):
        answered = ask(server.url, Request("GET", "/ws", body=b"hi", protocol="websocket"))
        assert (answered.status, answered.body) == (101, b"hi")
        assert ask(server.url, "/").status == 200
    assert monitor.metrics()["fastapi_requests_total"] - before == 4
    assert monitor.life == life
    assert life is not None


def test_prometheus_can_read_it_while_the_loop_is_blocked() -> None:
    """The loop waits for the scraper, and the standstill is there while it lasts."""
    port = free_port()
    late_s: list[float] = []

    def scrape() -> None:
        client = MonitorClient(f"http://127.0.0.1:{port}")

        def late() -> bool:
            late_s.append(client.metrics()["fastapi_event_loop_late_seconds"])
            return late_s[-1] > HELD_S

        wait_until(late)

    async def main() -> None:
        Monitor("127.0.0.1", port, Heartbeat()).start(asyncio.get_running_loop())
        scraper = threading.Thread(target=scrape)
        scraper.start()
        scraper.join()

    asyncio.run(main())
    assert late_s[-1] > HELD_S


def test_the_children_of_an_app_and_where_their_connections_lead_are_seen() -> None:
    """A child that computes, and one of ours that is connected."""
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert child.pid in process.family()
        assert wait_until(lambda: process.children_cpu_s() > 0)
    finally:
        child.kill()
        child.wait()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert port in process.connected_ports()
        assert wait_until(lambda: port not in process.connected_ports())


def test_an_app_that_has_run_out_of_files_still_answers_by_its_monitor(tmp_path: Path) -> None:
    """The limit is raised for as long as an answer takes, and no longer."""
    code = f"""
import asyncio, os, resource, time
from harness.agent.evidence import Heartbeat
from harness.agent.monitor import Monitor

async def main():
    Monitor("127.0.0.1", {(port := free_port())}, Heartbeat()).start(asyncio.get_running_loop())
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 4096))
    kept = []
    try:
        while True:
            kept.append(open(os.devnull))
    except OSError:
        print("full", flush=True)
    input()
    for _ in range(200):  # the limit falls when the monitor has closed what it answered
        try:
            open(os.devnull).close()
        except OSError:
            print("still full", flush=True)
            break
        time.sleep(0.02)

asyncio.run(main())
"""
    (tmp_path / "full.py").write_text(code)
    app = subprocess.Popen(
        [sys.executable, str(tmp_path / "full.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert app.stdout is not None
        assert app.stdout.readline() == "full\n"
        client = MonitorClient(f"http://127.0.0.1:{port}")
        for _ in range(3):
            assert client.metrics()["process_open_fds"] >= 64
        said, _ = app.communicate("\n", timeout=20)
        assert said == "still full\n"
    finally:
        app.kill()
        app.wait()


SERVER = "python -m uvicorn {app} --host {host} --port {port} --workers 3 --log-level warning"


def test_several_workers_are_counted_and_none_of_them_fails(supervisor: ProcessSupervisor) -> None:
    """Each has a monitor; one of them is asked, and answers."""
    with serving(supervisor, command=SERVER, environment={"IDLE": "/-/idle"}) as server:
        wait_for(server, "/-/idle")
        monitor = MonitorClient(server.monitor_url)
        assert wait_until(lambda: monitor.life is not None)
        assert wait_until(lambda: monitor.ask("/budget")["workers"] == 3)
        server.require()
    assert "Traceback" not in (supervisor.folder / "log").read_text()


def test_an_app_that_cannot_be_treated_says_so_at_its_start() -> None:
    """In the last line of what the server writes."""
    told = {"APP": PLAIN, "REQUEST": "GET /", "TREATMENT": "handler on the loop"}
    done = subprocess.run(
        [sys.executable, "-c", "import harness.agent.app"],
        cwd=ROOT,
        env={**told, "MONITOR_PORT": str(free_port())},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert last == "RuntimeError: handler on the loop cannot be tried: no route answers the request"
