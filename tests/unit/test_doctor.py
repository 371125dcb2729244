"""The doctor names every topic, says what it does not know, and has a remedy for the rest."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import bench
from harness.experiment import doctor
from harness.experiment.doctor import Process


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch other work for a moment only."""
    monkeypatch.setattr(doctor, "WATCH_S", 0.1)


def said() -> str:
    """Return what it says."""
    result = CliRunner().invoke(bench, ["doctor"])
    assert result.exit_code == 0, result.output
    return result.output


def test_doctor_names_every_topic() -> None:
    """One line each, and the services by their names."""
    found = said()
    topics = ("cores", "governor", "turbo", "other work", "load average", "steal", "open files")
    more = ("ports", "Locust", "memory", "disk", "results", "PostgreSQL", "Redis", "Docker")
    for topic in (*topics, *more):
        assert topic in found


def test_doctor_says_what_a_platform_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc and /sys it guesses nothing."""
    monkeypatch.setattr(doctor, "_read", lambda _: None)
    monkeypatch.setattr(doctor, "_stolen_s", lambda: None)
    found = said()
    for topic in ("governor", "turbo", "steal", "ports", "backlog"):
        assert f"? {topic}: not known" in found


def test_doctor_gives_a_remedy_for_all_that_can_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a line of its own."""
    machine = {
        "scaling_governor": "powersave",
        "no_turbo": "0",
        "boost": "1",
        "cpu.max": "50000 100000",
        "ip_local_port_range": "60000\t60999",
        "somaxconn": "128",
    }
    monkeypatch.setattr(doctor, "_read", lambda path: machine.get(Path(path).name))
    pairs = pairwise(said().splitlines())
    remedies = {line.partition(":")[0]: after for line, after in pairs if line.startswith("✗")}
    for topic, word in {
        "governor": "cpupower",
        "turbo": "tee",
        "quota": "--cpuset-cpus",
        "ports": "ip_local_port_range",
        "backlog": "somaxconn",
    }.items():
        assert word in remedies[f"✗ {topic}"]


def test_nobody_is_told_to_end_a_thread_of_the_kernel() -> None:
    """However busy it is: the next process is named, or to wait."""
    kernel = Process(17, "kworker/0:1", 0.0, of_kernel=True)
    busy = Process(17, "kworker/0:1", 9.0, of_kernel=True)
    browser = Process(4711, "browser", 3.5)
    assert "kworker" not in doctor.busiest([kernel], [busy, browser])
    assert "most of all browser, process 4711" in doctor.busiest([kernel], [busy, browser])
    assert doctor.busiest([kernel], [busy]) == "wait until the machine is quiet"


def test_the_process_that_used_most_in_the_meantime_is_named() -> None:
    """And not the one that used most since it began."""
    before = [Process(1, "old", 900.0), Process(2, "new", 0.5)]
    after = [Process(1, "old", 900.1), Process(2, "new", 1.5)]
    assert "new, process 2" in doctor.busiest(before, after)
    assert doctor.busiest(after, after) == "wait until the machine is quiet"
