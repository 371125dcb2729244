"""Containers: the same measurements, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from typing import Any

import pytest

from harness.model.errors import BenchError
from harness.places.engine import Engine, docker
from harness.project import ROOT
from tests.support.project_copy import Bench, Copy, wait_until

OURS = "fastapi-bench-containers"  # in the endpoint of an engine that .ci/containers brought up
RUN = ("one_driver", "--profile", "smoke", "--on", "docker")
TRIALS = 3 + 3 + 3
LISTENING = """
import re
from pathlib import Path
rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
fds = {str(fd.readlink()) for fd in Path("/proc").glob("[0-9]*/fd/*") if fd.is_symlink()}
mine = [row for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in fds]
print(*{".".join(str(byte) for byte in bytes.fromhex(row[1][:8])[::-1]) for row in mine}, sep="\\n")
"""


def begun(copy: Copy, measured: int) -> Bench:
    """Start the run, and return it when so much is on record and the next trial has begun."""
    bench = copy.start(*RUN)
    for _ in range(measured + 1):
        bench.wait_for(" …")
    return bench


def left() -> str:
    """List what belongs to any of our projects: containers, volumes, networks, images."""
    ours = ("--filter", "label=com.docker.compose.project")
    images = docker("images", "--filter", "reference=fastapi-bench:????????", "--quiet")
    return (
        images
        + docker("ps", "--all", *ours, "--format", "{{.ID}}")
        + docker("volume", "ls", *ours, "--quiet")
        + docker("network", "ls", *ours, "--format", "{{.ID}}")
    )


def test_a_run_that_was_killed_leaves_nothing_and_is_ended_by_the_next_start(
    contained: Copy,
) -> None:
    """PostgreSQL and three apps; the images, and what they stand in for, are on record."""
    bench = begun(contained, 1)
    assert left() != ""
    bench.process.kill()
    bench.process.wait()
    before = contained.records()
    assert before
    assert wait_until(lambda: left() == "")
    assert contained.nothing_left()
    assert "Going on with" in contained.bench(*RUN)
    after = contained.records()
    assert after[: len(before)] == before
    found = [json.loads(line) for line in after]
    assert len(contained.trials()) == TRIALS
    assert {one["setting"]["place"] for one in found} == {"docker"}
    assert not any(one["restarted"] for one in found)
    outcomes = [one["closed"]["outcomes"] for one in found if one["closed"]]
    assert not any(one.get("status") or one.get("error") for one in outcomes)
    (machine,) = (json.loads(path.read_text()) for path in contained.results.glob("*/machine.json"))
    assert set(machine["images"]) == {"app", "postgres"}
    assert left() == ""
    assert contained.nothing_left()


def test_the_apps_container_may_do_next_to_nothing_and_ctrl_c_leaves_nothing(
    contained: Copy,
) -> None:
    """No root, no capability, nothing to write to, nothing that can be seen from outside."""
    bench = begun(contained, 1)
    inspected: dict[str, Any] = {}
    addresses = set[str]()

    def seen() -> bool:
        with suppress(BenchError, IndexError):  # between two trials there is none
            label = "label=com.docker.compose.service=app"
            container = docker("ps", "--filter", label, "--quiet").split()[-1]
            addresses.update(docker("exec", container, "python", "-c", LISTENING).split())
            inspected.update(json.loads(docker("inspect", container))[0])
        return bool(addresses and inspected)

    assert wait_until(seen)
    bench.process.send_signal(signal.SIGINT)
    bench.end(130)
    assert left() == ""
    assert inspected["Config"]["User"] == "65532:65532"
    assert inspected["HostConfig"]["ReadonlyRootfs"] is True
    assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
    assert inspected["HostConfig"]["Privileged"] is False
    assert addresses == {"127.0.0.1"}


def test_an_engine_that_stops_in_the_middle_is_named_and_what_was_measured_is_kept(
    contained: Copy, here: Engine
) -> None:
    """The next start cleans up what it left."""
    if OURS not in here.endpoint:
        pytest.skip("only an engine that .ci/containers brought up may be stopped")
    bench = begun(contained, 1)
    before = contained.records()
    containers("down")
    said = bench.end(2)
    containers("up")
    assert "docker info shows" in said
    assert contained.records()[: len(before)] == before
    again = contained.start(*RUN)
    again.wait_for("Going on with")
    again.wait_for(" …")
    again.process.send_signal(signal.SIGINT)
    again.end(130)
    assert left() == ""


def containers(word: str) -> None:
    """Start or stop our own engine."""
    subprocess.run([ROOT / ".ci" / "containers", word], capture_output=True, check=True)


@pytest.mark.parametrize(
    ("variable", "image", "what"),
    [
        ("BASE_IMAGE", "localhost:1/no/such:1", "the image of the apps cannot be built"),
        ("POSTGRES_IMAGE", "localhost:1/no/such:1", "there is no image of postgres"),
        ("POSTGRES_IMAGE", "python:3.13-slim", "the container of postgres never became healthy"),
    ],
)
def test_an_image_that_does_not_do_is_named(
    contained: Copy, variable: str, image: str, what: str
) -> None:
    """It cannot be built, cannot be fetched, or holds no such service; nothing is left."""
    contained.environment[variable] = image
    said = contained.bench(*RUN, code=2)
    assert what in said
    assert "Hint: " in said
    assert left() == ""
