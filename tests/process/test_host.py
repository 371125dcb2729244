"""Real processes: how a run ends when something goes wrong, and what it leaves behind."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.system.ports import free_port, listening
from tests.support.project_copy import Bench, Copy, wait_until

STARTED = " …"  # at the end of the line that says that a trial starts
QUICK = "async def nap(key: int):\n    return {}\n"
SECOND_FAILS = (
    "async def nap(key: int):\n    if next(count) > 15:\n        os._exit(7)\n    return {}\n"
)


@pytest.fixture(autouse=True)
def brief(copy: Copy) -> None:
    """Measure for a shorter while."""
    copy.patches += [
        "harness.design.profile:PROFILES.smoke.closed_s=0.1",
        "harness.design.profile:PROFILES.smoke.closed_most_s=0.1",
        "harness.design.profile:PROFILES.smoke.open_s=0.1",
        "harness.design.script:PLACING_S=0.1",
        "harness.design.script:REST_S=0.1",
        "harness.design.script:IDLE_S=0.1",
        "harness.design.script:WORK_S=0.1",
        "harness.design.script:RAMP_S=0.05",
    ]


def into_the_next_trial(running: Bench) -> None:
    """Wait until a trial has ended and the next has started."""
    running.wait_for(" left")
    running.wait_for(" left")
    running.wait_for(STARTED)


def runs(copy: Copy) -> list[Path]:
    """Return the run folders."""
    return sorted(copy.results.glob("20*"))


def test_a_smoke_run_that_is_ended_again_and_again_loses_nothing_and_is_resumed_to_its_charts(
    copy: Copy,
) -> None:
    """PostgreSQL, apps, Locust, a page; through Ctrl-C, a CI runner's end, kill -9.

    It leaves nothing.
    """
    kept: list[str] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        running = copy.start("one_driver", "--profile", "smoke")
        into_the_next_trial(running)
        running.process.send_signal(number)
        said = running.end(-9 if number == signal.SIGKILL else 130)
        assert number == signal.SIGKILL or "the same command resumes" in said
        assert copy.nothing_left()
        before, kept = kept, copy.records()
        assert kept[: len(before)] == before
        assert len(kept) == len(before) + 1
    assert "Going on with" in copy.bench("one_driver", "--profile", "smoke")
    assert copy.records()[: len(kept)] == kept
    found = [json.loads(line) for line in copy.records()]
    kinds = [kind for kind, _, _ in copy.trials()]
    assert Counter(kinds) == {"evidence": 3, "deciding": 3, "exploring": 3}
    deciding = [one for one in found if one["trial"]["kind"] == "deciding"]
    # A window of 0.1 s beside other tests may pass without an answer of one variant, not of all.
    assert sum(one["answered"] for one in deciding) > 0
    (page,) = copy.results.glob("*/report/index.html")
    assert 'id="one_driver"' in page.read_text()
    assert copy.nothing_left()


def test_a_run_that_was_killed_before_its_page_was_drawn_measures_nothing_anew(copy: Copy) -> None:
    """The same command only draws; then the run is complete."""
    copy.nap(QUICK)
    copy.bench("nap", "--profile", "smoke")
    (folder,) = runs(copy)
    (folder / "finished").unlink()  # which is marked when the page is drawn
    (folder / "report" / "index.html").unlink()
    kept = copy.records()
    said = copy.bench("nap", "--profile", "smoke")
    assert f"Going on with {folder}" in said
    assert STARTED not in said
    assert copy.records() == kept
    assert (folder / "finished").exists()
    assert (folder / "report" / "index.html").exists()
    assert runs(copy) == [folder]
    assert copy.nothing_left()


def test_a_crash_of_an_app_is_named_and_loses_nothing(copy: Copy) -> None:
    """The handler ends its process after some requests of the second variant."""
    copy.nap(QUICK, SECOND_FAILS)
    said = copy.bench("nap", "--profile", "smoke", code=2)
    assert "nap/second (evidence) ended with exit code 7" in said
    assert "Hint: its log is" in said
    assert len(copy.records()) == 1
    assert copy.nothing_left()


def test_a_crash_of_postgres_is_named_and_loses_nothing(copy: Copy) -> None:
    """Its process is killed in the middle of a trial."""
    running = copy.start("one_driver", "--profile", "smoke")
    into_the_next_trial(running)
    (postmaster,) = [
        one for one in psutil.Process(running.process.pid).children() if one.name() == "postgres"
    ]
    postmaster.kill()
    said = running.end(2)
    assert "PostgreSQL ended with exit code -9" in said
    assert len(copy.records()) >= 1
    assert copy.nothing_left()


def test_an_app_that_fails_at_start_is_named_with_its_last_words(copy: Copy) -> None:
    """What, where, what to do; and the log is kept."""
    copy.nap(QUICK, start="raise RuntimeError('no licence')")
    said = copy.bench("nap", "--profile", "smoke", code=2)
    assert "Error: nap/first (evidence) ended with exit code 1: RuntimeError: no licence" in said
    log = Path(said.partition("Hint: its log is ")[2].strip())
    assert "no licence" in log.read_text()
    assert copy.nothing_left()


def test_an_app_that_never_answers_is_named(copy: Copy) -> None:
    """After a time that this test shortens."""
    copy.patches += ["harness.places.serve:START_S=2"]
    copy.nap(QUICK, start="time.sleep(60)")
    said = copy.bench("nap", "--profile", "smoke", code=2)
    assert "Error: nap/first (evidence) did not answer within 2 s" in said
    assert copy.nothing_left()


def test_an_app_that_gives_other_bytes_is_refused(copy: Copy) -> None:
    """Before any load."""
    copy.nap(QUICK, QUICK.replace("{}", "{'other': True}"))
    said = copy.bench("nap", "--profile", "smoke", code=2)
    assert "nap/second (evidence) answers /nap/1 with other bytes" in said
    assert copy.nothing_left()


def test_a_port_that_is_taken_is_named_and_leaves_no_run(copy: Copy) -> None:
    """With the way out."""
    copy.nap(QUICK)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for option in ("--port", "--monitor-port"):
            said = copy.bench("nap", "--profile", "smoke", option, port, code=2)
            assert f"Error: port {port} on 127.0.0.1 cannot be used" in said
            assert "--port" in said
    assert not runs(copy)
    assert copy.nothing_left()


@pytest.mark.parametrize(
    ("name", "variable", "url"),
    [
        ("one_driver", "POSTGRES_URL", "postgresql://me:secret@127.0.0.1:1/none"),
        ("http_call", "UPSTREAM_URL", "http://127.0.0.1:1"),
        ("http_call", "UPSTREAM_URL", "127.0.0.1"),
    ],
)
def test_a_url_that_does_not_answer_is_named_and_leaves_no_run(
    copy: Copy, name: str, variable: str, url: str
) -> None:
    """Without its password."""
    copy.environment[variable] = url
    said = copy.bench(name, "--profile", "smoke", code=2)
    assert "Error: " in said
    assert variable in said
    assert "secret" not in said
    assert not runs(copy)
    assert copy.nothing_left()


@contextmanager
def served(copy: Copy, app: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start an app as somebody else would."""
    port = free_port()
    words = ["-m", "uvicorn", app, "--port", str(port), "--log-level", "warning"]
    with subprocess.Popen([sys.executable, *words], cwd=copy.root) as server:
        try:
            assert wait_until(lambda: listening(port))
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()


def test_a_url_is_measured_from_outside_and_left_running(copy: Copy) -> None:
    """No answer without a comparison, no word on its CPU, and what cannot be seen is said."""
    copy.nap(QUICK)
    with served(copy, "scenarios.nap.first:app") as (url, server):
        words = ["--get", "/nap/{id}", "--param", "id=1..10", "--profile", "smoke"]
        said = copy.bench("app", url, *words)
        assert server.poll() is None
    assert f"Measuring into {runs(copy)[0]}, at {url}: get_nap_key" in said
    assert "From outside one cannot see where the handler ran, what held the event loop" in said
    assert "GET /nap/{key} at half load: " in said
    assert len(copy.trials()) == 1 + 1 + 1
    assert "somebody else's server" in said
    assert copy.nothing_left()


def test_no_secret_of_a_url_is_on_record(copy: Copy) -> None:
    """Neither what `${NAME}` stands for, nor a body; and the answer is read by programs."""
    copy.nap(QUICK)
    copy.environment |= {"TOKEN": "hunter2"}
    with served(copy, "scenarios.nap.first:app") as (url, _):
        words = ["--post", "/nap/1", "--body", "hunter3", "--header", "Authorization: ${TOKEN}"]
        said = copy.bench("app", url, *words, "--profile", "smoke", "--json")
    found, _ = json.JSONDecoder().raw_decode(said, said.index("{\n"))
    (route,) = found["routes"]
    assert (route["method"], route["path"]) == ("POST", "/nap/1")
    assert route["capacity"]["measured"] > 0
    files = [one for one in runs(copy)[0].rglob("*") if one.is_file()]
    assert (runs(copy)[0] / "plan.json") in files
    assert not [one for one in files if b"hunter" in one.read_bytes()]
    assert copy.nothing_left()


def test_a_url_that_does_not_answer_rightly_is_named_and_leaves_no_run(copy: Copy) -> None:
    """Before anything is measured."""
    copy.nap(QUICK)
    for url, said in (
        ("http://127.0.0.1:1", "the app at http://127.0.0.1:1 does not answer"),
        ("localhost:80", "'localhost:80' is neither an import string nor a URL"),
    ):
        assert f"Error: {said}" in copy.bench("app", url, "--get", "/", code=2)
    with served(copy, "scenarios.nap.first:app") as (url, _):
        words = ["--get", "/nap/1", "--status", "201", "--profile", "smoke"]
        said = copy.bench("app", url, *words, code=2)
    assert f"the app at {url} answered 200 to GET /nap/1, where 201 is right: {{}}" in said
    assert not runs(copy)
    assert copy.nothing_left()


def test_a_worker_elsewhere_joins_by_the_command_printed_shares_the_load_and_ends_with_the_run(
    copy: Copy, tmp_path: Path
) -> None:
    """With workers here; it is plain Locust, from another checkout; the record is that of one."""
    copy.nap(QUICK)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(copy.root, elsewhere)
    shared = ["--workers", "2", "--join", "1", "--bind-port", str(free_port())]
    running = copy.start("run", "nap", "--profile", "smoke", *shared)
    command = running.wait_for("Waiting for workers").partition("this project: ")[2]
    _, *words = shlex.split(command)
    with subprocess.Popen([sys.executable, *words], cwd=elsewhere) as worker:
        running.end(0)
        assert worker.wait(timeout=30) == 0
    assert len(copy.trials()) == 2 + 2 + 2
    assert copy.nothing_left()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 60 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    words = ["-t", "tmpfs", "-o", "size=60k", "tmpfs", str(folder)]
    if not mount or subprocess.run([mount, *words], check=False).returncode:
        pytest.skip("mounting a small file system takes root, and Linux")
    try:
        yield folder
    finally:
        subprocess.run([Path(mount).with_name("umount"), folder], check=True)


def test_a_full_disk_is_named_and_loses_nothing(copy: Copy, small: Path) -> None:
    """The same command goes on as soon as there is space."""
    words = ["postgres_read", "--on", "simulated", "--results", str(small)]
    said = copy.bench(*words, code=2)
    (folder,) = small.glob("20*")
    assert f"Error: {folder}: No space left on device" in said
    assert "What was measured is kept, and the same command resumes." in said
    kept = (folder / "measurements.jsonl").read_text().splitlines()
    larger = [shutil.which("mount") or "", "-o", "remount,size=50m", str(small)]
    subprocess.run(larger, check=True)
    assert f"Going on with {folder}" in copy.bench(*words)
    whole = (folder / "measurements.jsonl").read_text().splitlines()
    assert whole[: len(kept) - 1] == kept[:-1]  # the last one was cut short
    assert len(whole) > len(kept)
