"""Kafka, MySQL, RabbitMQ, MongoDB and Redis start, are asked, and leave nothing when killed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import psutil
import pytest
from aiokafka import AIOKafkaProducer

from harness.catalogue import catalogue
from harness.model.errors import BenchError
from harness.services import mysql, provide
from harness.services.mysql import MySQL
from harness.services.provide import ProcessStarter, provided
from harness.services.service import Start, kind_of
from harness.system.processes import ProcessSupervisor, wait_until
from tests.support.round_trips import ROUND_TRIPS, TOPIC

SERVING = Path(__file__).parents[1] / "support" / "serving.py"
PATIENCE_S = 60  # on a busy machine
ANY = replace(catalogue()["postgres_read"], knobs={})  # with no network before its services
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


def require(name: str) -> None:
    """Skip the test, by name, where nobody provides a service."""
    if why := provide.lacking(name):
        pytest.skip(f"{why}: {why.hint}")


def of_folder(folder: str) -> Iterator[psutil.Process]:
    """Yield the processes that run and that have to do with a folder, whoever started them."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*process.cmdline(), process.cwd(), process.environ().get("HOME", "")]
            if any(folder in word for word in words):
                yield process


def listening(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Return the addresses at which these processes listen."""
    found = set()
    for process in processes:
        with suppress(psutil.Error):
            found |= {
                (one.laddr.ip, one.laddr.port)
                for one in process.net_connections("inet")
                if one.status == psutil.CONN_LISTEN
            }
    return found


@ON_LINUX
@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_a_service_is_asked_and_ends_with_the_harness_that_was_killed(name: str) -> None:
    """It listens on loopback alone; no process, no port and no folder is left."""
    require(name)
    with subprocess.Popen(
        [sys.executable, SERVING, name], stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout is not None
        try:
            said = json.loads(harness.stdout.readline())
            folder = said["folder"]
            assert Path(folder).is_dir()
            ROUND_TRIPS[name](said["url"])
            started = [*psutil.Process(harness.pid).children(recursive=True), *of_folder(folder)]
            ports = listening(started)
        finally:
            harness.kill()
    assert ports
    assert all(ip_address(ip).is_loopback for ip, _ in ports)
    assert wait_until(lambda: not Path(folder).exists(), PATIENCE_S)
    assert wait_until(lambda: not any(map(running, started)), PATIENCE_S)
    assert not list(of_folder(folder))
    assert not ports & listening(list(psutil.process_iter()))


def running(process: psutil.Process) -> bool:
    """Return whether a process runs; one that nobody has waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_kafka_sends_its_clients_through_the_latency_proxy(supervisor: ProcessSupervisor) -> None:
    """So that one which goes where it is told waits for the network with every message."""
    require("kafka")
    scenario = replace(ANY, needs=("kafka",), knobs={"wait_ms": 200})
    begin = Start(scenario, supervisor, supervisor.folder)
    with provided(begin, ProcessStarter(begin)) as found:
        service = found["kafka"]
        assert "200 ms there and back" in service.provider
        assert service.url.endswith(f":{service.advertised}")
        assert asyncio.run(writing_s(service.url)) > 0.2
    with pytest.raises(BenchError, match="ended with exit code"):
        service.require()


async def writing_s(url: str) -> float:
    """Return how long a message takes when its producer knows its way."""
    async with AIOKafkaProducer(bootstrap_servers=url.removeprefix("kafka://")) as producer:
        await producer.send_and_wait(TOPIC, b"first")
        began_s = monotonic()
        await producer.send_and_wait(TOPIC, b"second")
        return monotonic() - began_s


def test_tables_in_somebodys_mysql_go_again_and_theirs_stay(
    supervisor: ProcessSupervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of ours, made by the script of the scenario; one that they named so is theirs."""
    require("mysql")
    script = tmp_path / "scenarios" / ANY.home / mysql.SEED
    script.parent.mkdir(parents=True)
    script.write_text("CREATE TABLE one (id INT);\nINSERT INTO one VALUES (1);\n")
    monkeypatch.setattr(mysql, "ROOT", tmp_path)
    kind, scenario = MySQL(), replace(ANY, needs=("mysql",))
    begin = Start(scenario, supervisor, supervisor.folder)
    with kind.started(begin) as server:
        monkeypatch.setenv("MYSQL_URL", server.url.rpartition("/")[0])
        for _ in range(2):
            with provided(begin, ProcessStarter(begin)) as found:
                assert found["mysql"].url == server.url
                assert asked(server.url, "SELECT id FROM one") == (1,)
            assert asked(server.url, "SHOW DATABASES LIKE 'fastapi_bench'", database="") is None
        script.write_text("CREATE TABLE one (id INT);\nno SQL;\n")
        with pytest.raises(BenchError, match=r"seed.mysql.sql cannot be run: You have an error"):
            kind.prepare(server, scenario)
        kind.forget(server.url)
        asked(server.url, "CREATE DATABASE fastapi_bench", database="")
        with pytest.raises(BenchError, match="database exists"):
            kind.prepare(server, scenario)
        kind.forget(server.url)
        assert asked(server.url, "SHOW DATABASES LIKE 'fastapi_bench'", database="")


def asked(url: str, query: str, database: str | None = None) -> tuple[object, ...] | None:
    """Return the first row that a query gives, in the database of the URL or in another."""
    whole = url if database is None else f"{url.rpartition('/')[0]}/{database}"
    with mysql.running(whole) as run:
        run.execute(query)
        row: tuple[object, ...] | None = run.fetchone()
        return row


def test_a_kafka_is_left_without_topics_of_ours(supervisor: ProcessSupervisor) -> None:
    """Where there are none it is the same."""
    require("kafka")
    kind = kind_of("kafka")
    with kind.started(Start(ANY, supervisor, supervisor.folder)) as service:
        kind.forget(service.url)
        ROUND_TRIPS["kafka"](service.url)
        kind.forget(service.url)
        ROUND_TRIPS["kafka"](service.url)
