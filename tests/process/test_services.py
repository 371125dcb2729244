"""Services as processes: each is what it says, and is left, or leaves, as it should."""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis

from harness.catalogue import catalogue
from harness.experiment.session import Order, start
from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.services import latency_proxy, provide
from harness.services.postgres import Postgres
from harness.services.provide import ProcessStarter, provided
from harness.services.redis import Redis as RedisKind
from harness.services.service import Service, Start, kind_of
from harness.system.ask import ask
from harness.system.processes import ProcessSupervisor, wait_until

SCENARIOS = catalogue()
PATIENCE_S = 60  # on a busy machine
NO_REDIS, NO_POSTGRES = provide.lacking("redis"), provide.lacking("postgres")
needs_redis = pytest.mark.skipif(NO_REDIS is not None, reason=str(NO_REDIS))
needs_postgres = pytest.mark.skipif(NO_POSTGRES is not None, reason=str(NO_POSTGRES))


@pytest.fixture
def supervisor() -> Iterator[ProcessSupervisor]:
    """Start processes that end with the test."""
    with ProcessSupervisor() as supervisor:
        yield supervisor


def starting(supervisor: ProcessSupervisor, scenario: Scenario | None = None) -> Start:
    """Return how services are started for a scenario."""
    return Start(scenario or SCENARIOS["cache_get"], supervisor, supervisor.folder)


def test_a_run_tells_what_it_skips_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its plan, so that the report says so as well."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.delenv("NGINX_URL", raising=False)
    order = Order(
        scenarios=[SCENARIOS["upstream_limit"]],
        profile="smoke",
        on="host",
        seed=0,
        results=tmp_path / "results",
    )
    with start(order) as begun:
        skipped = begun.run.asked.skipped
        assert [one.what for one in skipped] == ["upstream_limit/proxied"]
        assert "apt-get install" in skipped[0].remedy
        assert json.loads((begun.run.folder / "plan.json").read_text())["skipped"]


class Echo(socketserver.StreamRequestHandler):
    """Sends back what came."""

    def handle(self) -> None:
        """Line by line."""
        for line in self.rfile:
            self.wfile.write(line)


@contextmanager
def echo() -> Iterator[Service]:
    """Serve it, as if it were a Redis."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Service("redis", f"redis://127.0.0.1:{server.server_address[1]}/0", "an echo", "1")
        server.shutdown()


def quickest_s(service: Service, times: int = 10) -> float:
    """Return the shortest of so many round trips, in which nothing was lost or out of order."""
    host, _, port = latency_proxy.address(service).rpartition(":")
    took_s = []
    with closing(socket.create_connection((host, int(port)))) as near:
        file = near.makefile("rwb")
        for number in range(times):
            began_s = time.monotonic()
            file.write(b"%d\n" % number)
            file.flush()
            assert file.readline() == b"%d\n" % number
            took_s.append(time.monotonic() - began_s)
    return min(took_s)


def test_a_longer_way_takes_longer_by_what_it_is_longer(supervisor: ProcessSupervisor) -> None:
    """In order, and nothing is lost."""
    with echo() as there:
        for rtt_ms in (20, 60):
            with latency_proxy.delayed(there, rtt_ms, starting(supervisor)) as found:
                assert f"{rtt_ms} ms there and back" in found.provider
                assert 0.99 * rtt_ms / 1000 < quickest_s(found) < 2 * rtt_ms / 1000
            with pytest.raises(BenchError, match="the latency proxy of redis ended"):
                found.require()


@needs_redis
def test_a_redis_of_our_own_is_a_real_one_on_loopback(supervisor: ProcessSupervisor) -> None:
    """And is named by the program that it is."""
    with RedisKind().started(starting(supervisor)) as found:
        with closing(Redis.from_url(found.url)) as client:
            assert client.ping()
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert found.real
        assert "redis" in found.provider
    with pytest.raises(BenchError):
        kind_of("redis").given(found.url, 1)


def test_a_stand_in_for_mongo_says_that_it_is_one(
    supervisor: ProcessSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no mongod; and when it is given by URL as well."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with kind_of("mongo").started(starting(supervisor)) as found:
        assert not found.real
        assert "stand-in" in found.provider
        assert not kind_of("mongo").given(found.url).real


def test_a_service_that_does_not_answer_in_time_is_named(supervisor: ProcessSupervisor) -> None:
    """With its log, and the other way."""
    with (
        pytest.raises(BenchError, match="did not answer within 0 s") as refused,
        Slow(start_s=0).started(starting(supervisor)),
    ):
        pass
    assert "MONGO_URL" in refused.value.hint


class Slow(type(kind_of("mongo"))):  # type: ignore[misc]  # the class of whatever it is
    """A service that never answers."""

    def version(self, *_: object) -> str:
        """Answer nobody."""
        raise ConnectionError("not yet")


def test_an_upstream_counts_what_became_of_its_requests(supervisor: ProcessSupervisor) -> None:
    """Answered, abandoned, refused and failed, so that the price of a second request is seen."""
    knobs = {"wait_ms": 1000, "admits": 1}
    scenario = SCENARIOS["upstream_limit"].with_knobs(knobs)
    upstream = kind_of("upstream")
    with upstream.started(starting(supervisor, scenario)) as service:
        before = upstream.calls(service)

        def counted() -> dict[str, int]:
            return {name: n - before[name] for name, n in upstream.calls(service).items()}

        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(b"GET /users/2 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wait_until(lambda: ask(service.url, "/users/3").status == 429, PATIENCE_S)
        assert ask(service.url, "/down/1").status == 503
        assert wait_until(lambda: counted()["abandoned"] == 1, PATIENCE_S)
        assert ask(service.url, "/users/1").status == 200
        found = counted()
        assert found.pop("refused") >= 1
        assert found == {"answered": found["answered"], "abandoned": 1, "failed": 1}
        assert found["answered"] >= 1


@needs_postgres
def test_a_killed_postgres_leaves_no_shared_memory(supervisor: ProcessSupervisor) -> None:
    """Neither in /dev/shm nor as a System V segment; and that it ended is said."""
    with Postgres().started(starting(supervisor)) as found:
        port = urlsplit(found.url).port
        (server,) = [one for one in psutil.Process().children() if port in _listens_at(one)]
        mapped = Path(f"/proc/{server.pid}/maps").read_text()
        assert "PostgreSQL." not in mapped
        assert server.pid in makers()
        server.kill()
        assert wait_until(lambda: server.status() == psutil.STATUS_ZOMBIE, PATIENCE_S)
        with pytest.raises(BenchError, match="PostgreSQL ended with exit code -9"):
            found.require()
    assert wait_until(lambda: server.pid not in makers(), PATIENCE_S)


def _listens_at(process: psutil.Process) -> set[int]:
    sockets = process.net_connections("tcp")
    return {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}


def makers() -> set[int]:
    """Return the processes that made the System V segments of this machine."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {int(row.split()[4]) for row in rows}


def test_starting_again_in_one_session_is_no_trouble(supervisor: ProcessSupervisor) -> None:
    """One scenario after the other needs the same service."""
    begin = starting(supervisor, SCENARIOS["http_call"])
    for _ in range(2):
        with provided(begin, ProcessStarter(begin)) as found:
            provide.require(found)
            environment = provide.environment(found)
            assert ask(environment["UPSTREAM_URL"], "/users/1").right
