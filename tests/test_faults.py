"""What spoils a measurement is found out, each by its own reason; and what holds a loop is named. Real servers, one trial each."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Copy  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there

pytestmark = pytest.mark.real
THE_MACHINE = {
    "NOISY",
    "GENERATOR_LATE",
    "ARRIVALS",
    "NOT_STEADY",
}  # what a busy neighbour can do to any trial
NAP = "async def nap(key: int):\n    await asyncio.sleep(0.01)\n    return key\n"
BLOCKING = "async def nap(key: int):\n    time.sleep(0.01)\n    return key\n"


def test_a_quiet_trial_is_not_void(copy: Copy) -> None:
    """The faults below are what makes the difference."""
    copy.nap(NAP)
    assert set(copy.measure("nap", "first")["void"]) <= THE_MACHINE


def test_work_beside_the_run_is_noise(copy: Copy) -> None:
    """A processor hog for each core, started by nobody of ours."""
    copy.nap(NAP)
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        assert "NOISY" in copy.measure("nap", "first")["void"]
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def test_a_generator_at_its_limit_is_found_out(copy: Copy) -> None:
    """More than one core can send over all connections it may open, in a cell where the app may fall behind."""
    copy.nap(NAP)
    assert {"GENERATOR_BUSY", "SHED"} & set(
        copy.measure("nap", "first", rate=9000, load=2.0)["void"]
    )


def test_a_latency_cell_above_capacity_is_found_out(copy: Copy) -> None:
    """200 requests/s for a loop that can bear 90."""
    copy.nap(BLOCKING)
    assert "SATURATED" in copy.measure("nap", "first", rate=200)["void"]


@pytest.mark.parametrize(
    ("void", "then"),
    [
        ("ERRORS", "raise HTTPException(500)"),
        ("OTHER_ANSWERS", "return key + 1"),
        ("RESTARTED", "os.execv(sys.executable, [sys.executable, '-m', 'uvicorn', *sys.argv[1:]])"),
    ],
)
def test_an_app_that_changes_its_mind_under_load_is_found_out(
    copy: Copy, void: str, then: str
) -> None:
    """It fails, answers other bytes, or restarts, after it has answered for a while."""
    copy.nap(
        f"async def nap(key: int):\n    if next(count) == 60 or next(count) > 150:\n        {then}\n    await asyncio.sleep(0.01)\n    return key\n"
    )
    assert void in copy.measure("nap", "first")["void"]


def test_a_cache_that_warms_up_in_the_window_is_not_steady(copy: Copy) -> None:
    """Ten times faster from a request on that falls into the middle of the closed loop."""
    copy.nap(
        "async def nap(key: int):\n    time.sleep(0.02 if next(count) < 105 else 0.002)\n    return key\n"
    )
    found = copy.measure("nap", "first")
    assert "NOT_STEADY" in found["void"], found["closed"]["halves"]


def test_a_clock_that_jumps_is_noticed(copy: Copy) -> None:
    """The wall clock is set an hour ahead in the middle."""
    copy.nap(NAP)
    jump = "import time\ntrue = time.time\nat = time.monotonic() + 4\ntime.time = lambda: true() + 3600 * (time.monotonic() > at)"
    assert "CLOCK_JUMPED" in copy.measure("nap", "first", before=jump)["void"]


def test_a_variant_that_gives_other_bytes_is_refused(copy: Copy) -> None:
    """Before any load: the second answers what the first did not."""
    copy.nap(NAP)
    copy.edit("scenarios/nap/second.py", "return key", "return -key")
    said = copy.bench("nap", "--profile", "smoke", code=2)
    assert "nap/second (pilot) answers /nap/1 with other bytes" in said


@pytest.mark.parametrize(
    ("how", "pool"),
    [
        ("asyncio.to_thread(str, key)", "uvloop"),
        ("run_in_threadpool(str, key)", "AnyIO worker thread"),
    ],
)
def test_which_pool_a_thread_belongs_to_is_seen(copy: Copy, how: str, pool: str) -> None:
    """The loop has one of its own, of another size than the one that FastAPI uses."""
    copy.nap(f"async def nap(key: int):\n    return await {how}\n", runs_on="thread")
    copy.edit(
        "scenarios/nap/first.py",
        "import asyncio",
        "from fastapi.concurrency import run_in_threadpool\nimport asyncio",
    )
    copy.edit("scenarios/nap/first.py", "str, key", "lambda: time.sleep(0.001) or str(key)")
    assert copy.measure("nap", "first", block=0)["evidence"]["what"].endswith(f", by {pool}")


def test_every_trial_meets_a_server_that_has_answered_nobody(copy: Copy) -> None:
    """An app that tells its first answer from the others is not refused, for it was first in every trial."""
    copy.nap(
        "async def nap(key: int):\n    await asyncio.sleep(0.01)\n    return next(count) == 0\n"
    )
    assert not [one for one in copy.measures("nap", "first", "second") if "refused" in one]


def test_a_variant_that_runs_elsewhere_than_declared_is_refused(copy: Copy) -> None:
    """Declared as a thread's work, it blocks the loop."""
    copy.nap(BLOCKING, runs_on="thread")
    assert (
        "is declared to run on the thread, and ran on the loop: nap in first.py"
        in copy.measure("nap", "first", block=0)["refused"]
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (
            "awaiting",
            "max_connections=CONNECTIONS",
            "max_connections=5",
            "5 connections where the budget says 40",
        ),
        (
            "requests_session",
            "pool_maxsize=CONNECTIONS",
            "pool_maxsize=20",
            "20 connections where the budget says 40",
        ),
        (
            "shared",
            "total_tokens = THREADS",
            "total_tokens = 80",
            "80 threads where the budget says 40",
        ),
    ],
)
def test_sizes_that_are_not_the_budgets_are_refused(
    copy: Copy, file: str, old: str, new: str, what: str
) -> None:
    """Read back from the pools and the limiter of the running app."""
    copy.edit(f"scenarios/http_call/{file}.py", old, new)
    assert (
        what
        in copy.measure("http_call", "awaiting" if file == "awaiting" else "threaded", block=0)[
            "refused"
        ]
    )


@pytest.mark.parametrize(
    ("scenario", "held", "free"),
    [
        (
            "postgres_read",
            {"blocking": ("blocking.py:12", "cursor.execute(")},
            {"awaiting": "loop", "threaded": "thread"},
        ),
        (
            "http_call",
            {"blocking": ("blocking.py:11", "response = session.get(")},
            {"awaiting": "loop"},
        ),
        (
            "cpu_work",
            {"inline": ("work.py:11", "value = (value * 31 + n)")},
            {"threaded": "thread", "processes": "process"},
        ),
        ("one_driver", {"blocking": ("blocking.py:12", "")}, {}),
        ("mongo_find", {"blocking": ("blocking.py:14", "")}, {}),
        ("upstream_limit", {}, {"bounded": "loop"}),
    ],
)
def test_the_line_that_holds_the_loop_is_named_and_nothing_holds_that_of_the_others(
    copy: Copy, scenario: str, held: dict[str, tuple[str, str]], free: dict[str, str]
) -> None:
    """psycopg2, requests, a loop in Python, psycopg 3, pymongo; and what awaits, or works elsewhere."""
    for variant, measurement in zip(
        [*held, *free], copy.measures(scenario, *held, *free, block=0), strict=True
    ):
        found = measurement["evidence"]
        if variant in held:
            line, code = held[variant]
            assert (found["ran_on"], found["line"]) == ("loop", line)
            assert found["code"].startswith(code)
            assert 0.6 < found["stood_still"] <= 1
        else:
            assert found["ran_on"] == free[variant]
            assert found["stood_still"] < (
                0.15 if found["ran_on"] == "process" else 0.05
            )  # of two processors, a server has to share its own with its workers


@pytest.mark.parametrize(
    "line",
    ["time.sleep(0.05)", "json.dumps(list(range(400_000)))", "sum(n * n for n in range(400_000))"],
)
def test_so_is_a_line_that_lets_nobody_else_run(copy: Copy, line: str) -> None:
    """Sleeping gives the interpreter away, a C function keeps it, a generator is asked for it now and then."""
    copy.nap(
        f"async def nap(key: int):\n    await asyncio.sleep(0.01)\n    {line}\n    return key\n"
    )
    found = copy.measure("nap", "first", block=0)["evidence"]
    assert (found["line"], found["code"]) == ("first.py:17", line)
    assert found["stood_still"] > 0.4


@pytest.mark.parametrize(
    "work",
    ["time.sleep(1)", "until = time.monotonic() + 1\n    while time.monotonic() < until: pass"],
)
def test_the_monitor_answers_while_the_loop_is_blocked(copy: Copy, work: str) -> None:
    """Four times in each second of standing still, be it sleep or computing, and each time long before that is over."""
    copy.nap(f"async def nap(key: int):\n    {work}\n    return key\n")
    copy.edit(
        "harness/experiment/script.py",
        "WORK_ALONE_S, PROBE_RAMP_S = 0.3, 0.4,",
        "WORK_ALONE_S, PROBE_RAMP_S = 0.3, 2.5,",
    )
    inside = copy.measure("nap", "first", rate=0.5)["inside"]
    assert max(one["in_flight"] for one in inside["moments"]) == 1
    assert sum(one["phase"] == "work" for one in inside["moments"]) > 8
    assert (
        inside["slowest_s"] < 0.2
    )  # of the second for which the loop is blocked; a quiet machine takes less than a twentieth
