"""What scenarios stand on: who provides it, what is left out where nobody does, and never a silent stand-in."""

from __future__ import annotations

import shutil
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from redis import Redis

from harness.experiment import session
from harness.catalogue import catalogue
from harness.model.errors import BenchError, Unavailable
from harness.project import ROOT
from harness.services import latency_proxy, mongo, nginx, provide, redis
from harness.services.service import Service
from harness.system import processes
from harness.system.ports import free_port, listening
from harness.system.processes import Crew

SCENARIOS = catalogue()
NO_NGINX = Unavailable("there is no NGINX", hint="install it")


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Start processes that end with the test."""
    with Crew() as crew:
        yield crew


def test_what_needs_a_missing_service_is_left_out_with_its_remedy() -> None:
    """A variant where it alone needs it, the whole scenario where all do; the others stay."""
    missing = {"nginx": NO_NGINX, "redis": Unavailable("there is no Redis", hint="start one")}
    left, skipped = session.fitting(
        [SCENARIOS[name] for name in ("cache_get", "upstream_limit", "hop")], missing.get
    )
    assert [one.name for one in left] == ["upstream_limit", "hop"]
    assert [variant.name for variant in left[0].variants] == ["unbounded", "bounded", "checked"]
    assert not [claim for claim in left[0].claims if "proxied" in {claim.subject, claim.over}]
    assert [(one.what, one.remedy) for one in skipped] == [
        ("cache_get", "start one"),
        ("upstream_limit/proxied", "install it"),
    ]


def test_where_nothing_is_left_it_is_an_error() -> None:
    """The reason and the remedy, as of any other mistake."""
    with pytest.raises(Unavailable, match="there is no NGINX"):
        session.fitting([SCENARIOS["cache_get"]], lambda _: NO_NGINX)


def test_a_run_tells_what_it_skips_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its plan, so that the report says so as well."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.delenv("NGINX_URL", raising=False)
    with session.start(
        [SCENARIOS["upstream_limit"]],
        profile="smoke",
        on="host",
        seed=0,
        results=tmp_path / "results",
    ) as begun:
        assert [one.what for one in begun.skipped] == ["upstream_limit/proxied"]
        assert "apt-get install" in begun.skipped[0].remedy
    assert begun.run.asked.skipped == begun.skipped


@pytest.mark.parametrize("name", ["redis", "nginx"])
def test_a_service_that_was_given_is_not_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever else could provide it."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv(f"{name.upper()}_URL", "somewhere")
    assert provide.lacking(name) is None


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (redis.given, "redis://:secret@127.0.0.1:1/0"),
        (mongo.given, "mongodb://me:secret@127.0.0.1:1/"),
        (nginx.given, "http://127.0.0.1:1"),
    ],
)
def test_a_service_that_was_given_and_does_not_answer_is_named(given: object, url: str) -> None:
    """With the variable to correct, and without its password."""
    assert callable(given)
    with pytest.raises(BenchError, match="does not answer") as refused:
        given(url, 1)
    assert "_URL" in refused.value.hint
    assert "secret" not in str(refused.value)


def test_a_proxy_that_is_none_is_refused() -> None:
    """A web server of another make, that knows no users."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever).start()
        with pytest.raises(
            BenchError, match=r"BaseHTTP.* answered 501, where NGINX should lead to the upstream"
        ):
            nginx.given(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_nginx_gets_a_whole_configuration(tmp_path: Path) -> None:
    """No placeholder is left, it listens on loopback, and its pace is the knob's."""
    written = nginx.configuration(tmp_path, 1234, "http://127.0.0.1:9000", {"nginx_rate": 77})
    assert "${" not in "".join(line for line in written.splitlines() if not line.startswith("#"))
    assert "listen 127.0.0.1:1234 " in written
    assert "rate=77r/s" in written


def test_a_wire_leads_to_the_same_service_by_another_way() -> None:
    """And is refused where it cannot."""
    url = latency_proxy.leading("mongodb://me:secret@db:27018/?authSource=admin", "127.0.0.1", 5)
    assert url == "mongodb://me:secret@127.0.0.1:5/?authSource=admin&directConnection=true"
    assert latency_proxy.leading("redis://127.0.0.1:1/0", "127.0.0.1", 5) == "redis://127.0.0.1:5/0"
    with pytest.raises(BenchError, match="no way to put a wait before") as refused:
        latency_proxy.address(
            Service("mongo", "mongodb://a,b/", provider="", version="", real=True)
        )
    assert "wait_ms=0" in refused.value.hint


class Echo(socketserver.StreamRequestHandler):
    """Sends back what came."""

    def handle(self) -> None:
        """Line by line."""
        for line in self.rfile:
            self.wfile.write(line)


@pytest.mark.real
def test_a_longer_wire_takes_longer_by_what_it_is_longer(crew: Crew, tmp_path: Path) -> None:
    """In order, and nothing is lost."""
    took = {}
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as echo:
        echo.daemon_threads = True
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        there = Service(
            "redis",
            f"redis://127.0.0.1:{echo.server_address[1]}/0",
            provider="an echo",
            version="",
            real=True,
        )
        assert latency_proxy.through(there, 0, crew, tmp_path / "log", ()) is there
        for rtt_ms in (20, 60):
            found = latency_proxy.through(there, rtt_ms, crew, tmp_path / "log", ())
            assert f"{rtt_ms} ms there and back" in found.provider
            with closing(
                socket.create_connection(
                    ("127.0.0.1", int(found.url.rpartition(":")[2].partition("/")[0]))
                )
            ) as near:
                file = near.makefile("rwb")
                began_s = time.monotonic()
                for number in range(5):
                    file.write(b"%d\n" % number)
                    file.flush()
                    assert file.readline() == b"%d\n" % number
                took[rtt_ms] = time.monotonic() - began_s
            found.end()
        echo.shutdown()
    assert 2 < took[60] / took[20] < 4


@pytest.mark.real
@pytest.mark.skipif(provide.lacking("redis") is not None, reason=str(provide.lacking("redis")))
def test_a_redis_of_our_own_is_a_real_one_on_loopback(crew: Crew, tmp_path: Path) -> None:
    """And is named by the program that it is."""
    found = redis.embedded(crew, tmp_path / "log", ())
    with closing(Redis.from_url(found.url)) as client:
        assert client.ping()
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
    assert found.real
    assert "redis" in found.provider
    found.end()
    with pytest.raises(BenchError):
        redis.given(found.url, 1)


@pytest.mark.real
def test_a_stand_in_for_mongo_says_that_it_is_one(
    crew: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no mongod; and when it is given by URL as well."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    found = mongo.embedded(crew, tmp_path / "log", ())
    assert not found.real
    assert "stand-in" in found.provider
    assert not mongo.given(found.url).real


@pytest.mark.real
def test_an_upstream_counts_what_became_of_its_requests(crew: Crew, tmp_path: Path) -> None:
    """Answered, abandoned, refused and failed, so that the price of a second request can be seen."""
    port = free_port()
    crew.start(
        [
            sys.executable,
            ROOT / "compose" / "upstream.py",
            "--port",
            str(port),
            "--wait-ms",
            "50",
            "--admits",
            "1",
        ],
        log=tmp_path / "log",
    )
    assert processes.wait_until(lambda: listening(port), 10)

    def ask(path: str) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return one

    for path, status in (("/users/1", b"200"), ("/down/1", b"503")):
        with ask(path) as one:
            assert status in one.recv(1000)
    ask("/users/2").close()
    with ask("/users/3") as one:
        assert b"429" in one.recv(1000)
    time.sleep(0.2)
    with ask("/served") as one:
        assert b'{"answered": 1, "abandoned": 1, "refused": 1, "failed": 1}' in one.recv(1000)
