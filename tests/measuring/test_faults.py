"""What spoils a measurement is found out, each by its own reason; and what holds a loop is named.

On real servers, one trial each.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.judge.caveats import Caveat, caveats_of
from harness.project import ROOT
from tests.support import nap
from tests.support.drive import Drive, driven, driving, naps

# What a busy neighbour can do to any trial.
THE_MACHINE = {"NOISY", "GENERATOR_LATE", "ARRIVALS", "NOT_STEADY"}
BLOCK_S = 0.3  # that one request holds the loop
CHANGING = """async def nap(key: int):
    if next(count) > 70:
        {then}
    await asyncio.sleep(0.01)
    return key
"""
# Slow until the middle of the closed loop, which begins with the first two requests at once.
WARMING = """async def nap(key: int):
    state["active"] += 1
    if state["active"] > 1:
        state.setdefault("warm", time.monotonic() + 0.3 + 0.25)
    await asyncio.sleep(0.1 if time.monotonic() < state.get("warm", math.inf) else 0.001)
    state["active"] -= 1
    return key


state = {"active": 0}
"""
POOLED = """async def nap(key: int):
    return await IN_THREAD(lambda: time.sleep(0.001) or key)


from fastapi.concurrency import run_in_threadpool
"""
CHANGES = {  # and the reason by which each is found out
    "failing": (CHANGING.format(then="raise ValueError"), "ERRORS"),
    "changing": (CHANGING.format(then="return key + 1"), "OTHER_ANSWERS"),
    "restarting": (
        CHANGING.format(
            then="os.execv(sys.executable, [sys.executable, '-m', 'uvicorn', *sys.argv[1:]])"
        ),
        "RESTARTED",
    ),
    "warming": (WARMING, "NOT_STEADY"),
}
POOLS = {"of_loop": "asyncio.to_thread", "of_anyio": "run_in_threadpool"}
HOLDING = "async def nap(key: int):\n    await asyncio.sleep(0.002)\n    LINE\n    return key\n"
HELD_S = 0.005  # at once, which no line does in a variant that waits elsewhere
# The share that clients compute for. It was 0.4 for all, until httpx was measured at 0.45 on slower
# processors.
COMPUTES = {"upstream_limit": 0.6}
# Sleeping gives the interpreter away, a C function keeps it, a generator is asked for it.
LINES = {
    "sleeping": "time.sleep(0.03)",
    "dumping": "json.dumps(list(range(200_000)))",
    "summing": "sum(n * n for n in range(200_000))",
}
BLOCKING = f"async def nap(key: int):\n    time.sleep({BLOCK_S})\n    return key\n"
COMPUTING = f"""async def nap(key: int):
    until = time.monotonic() + {BLOCK_S}
    while time.monotonic() < until: pass
    return key
"""
HANDLERS = {
    "quiet": "async def nap(key: int):\n    await asyncio.sleep(0.01)\n    return key\n",
    "saturated": "async def nap(key: int):\n    time.sleep(0.01)\n    return key\n",
    "briefly": "async def nap(key: int):\n    time.sleep(0.002)\n    return key\n",
    "blocking": BLOCKING,
    "computing": COMPUTING,
    **{name: handler for name, (handler, _) in CHANGES.items()},
    **{name: POOLED.replace("IN_THREAD", way) for name, way in POOLS.items()},
    **{name: HOLDING.replace("LINE", line) for name, line in LINES.items()},
}


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drive]:
    """Drive trials of these handlers, each on a fresh server, under one load."""
    folder = tmp_path_factory.mktemp("naps")
    scenario = naps(folder, HANDLERS, runs_on=dict.fromkeys(POOLS, "thread"))
    with driving(folder, scenario) as drive:
        yield drive


@contextmanager
def other_work() -> Iterator[None]:
    """Keep all cores busy with processes that are none of ours: their parent has ended."""
    hog = "import time; until = time.monotonic() + 60\nwhile time.monotonic() < until: pass"
    shell = (
        f"for _ in $(seq {os.cpu_count()}); do '{sys.executable}' -c '{hog}' >&- & echo $!; done"
    )
    pids = subprocess.check_output(["/bin/sh", "-c", shell], text=True).split()
    try:
        yield
    finally:
        for pid in pids:
            os.kill(int(pid), signal.SIGKILL)


def test_a_trial_is_void_by_what_spoils_it_and_by_nothing_else(drive: Drive) -> None:
    """One that can bear its load, one that is offered more than that, and one beside other work."""
    short = {"closed_s": 0.5, "probed": False}
    quiet, saturated = drive("quiet", "saturated", rate=200, open_s=1, **short)
    assert quiet.void <= THE_MACHINE
    assert "SATURATED" in saturated.void
    with other_work():
        (noisy,) = drive("quiet", rate=0, **short)
    assert "NOISY" in noisy.void


def test_a_generator_at_its_limit_is_found_out(drive: Drive) -> None:
    """More than one core can send over all connections that it may open."""
    (found,) = drive("quiet", rate=9000, load=2.0, open_s=0.5, closed_s=0.2, probed=False)
    assert {"GENERATOR_BUSY", "SHED"} & found.void


def test_an_app_that_changes_its_mind_under_load_is_found_out(drive: Drive) -> None:
    """It fails, answers other bytes, restarts, or warms up, after it has answered for a while."""
    trials = drive(*CHANGES, rate=0, closed_s=0.5, probed=False)
    for (name, (_, reason)), trial in zip(CHANGES.items(), trials, strict=True):
        assert reason in trial.void, (name, trial)
    failing, changing, *_ = (trial.seen for trial in trials)
    assert failing.closed is not None
    assert failing.closed.outcomes["500"] > 70
    assert "was answered 500: Internal Server Error" in str(failing.first_failure)
    assert "; ValueError (failing.py:" in str(failing.first_failure)
    assert "was answered with other bytes than before" in str(changing.first_failure)


def test_which_pool_a_thread_belongs_to_is_seen(drive: Drive) -> None:
    """The loop has one of its own, of another size than the one that FastAPI uses."""
    trials = drive(*POOLS, kind="evidence", closed_s=0.1)
    pools = [trial.evidence.what for trial in trials]
    assert [str(pool).rpartition(", by ")[2] for pool in pools] == [
        "the default executor",
        "AnyIO worker thread",
    ]


@pytest.mark.parametrize(
    ("scenario", "held", "free"),
    [
        (
            "postgres_read",
            {"blocking": ("blocking.py", "cursor.execute(")},
            {"awaiting": "loop", "threaded": "thread"},
        ),
        (
            "http_call",
            {"blocking": ("blocking.py", "response = session.get(")},
            {"awaiting": "loop"},
        ),
        (
            "cpu_work",
            {"inline": ("work.py", "value = (value * 31 + n)")},
            {"threaded": "thread", "processes": "process"},
        ),
        ("cache_get", {"blocking": ("blocking.py", "return found(cache.get(")}, {}),
        ("one_driver", {"blocking": ("blocking.py", "cursor.execute(")}, {}),
        ("mongo_find", {"blocking": ("blocking.py", "return found(users.find_one(")}, {}),
        ("upstream_limit", {}, {"bounded": "loop"}),
    ],
)
def test_the_line_that_holds_the_loop_is_named_and_nothing_holds_that_of_the_others(
    tmp_path: Path, scenario: str, held: dict[str, tuple[str, str]], free: dict[str, str]
) -> None:
    """psycopg2, requests, a loop in Python, psycopg 3, pymongo; and what waits elsewhere."""
    trials = driven(tmp_path, catalogue()[scenario], *held, *free, kind="evidence", closed_s=0.1)
    for variant, trial in zip([*held, *free], trials, strict=True):
        found = trial.evidence
        if variant in held:
            file, code = held[variant]
            lines = (ROOT / "scenarios" / scenario / file).read_text().splitlines()
            (number,) = (n for n, line in enumerate(lines, 1) if line.strip().startswith(code))
            assert (found.ran_on, found.line) == ("loop", f"{file}:{number}")
            assert str(found.code).startswith(code)
            assert 0.6 < found.stood_still <= 1
        else:
            assert found.ran_on == free[variant]
            assert found.line is None or found.longest_s < HELD_S
            assert found.stood_still < COMPUTES.get(scenario, 0.4)


def test_so_is_a_line_that_lets_nobody_else_run(drive: Drive) -> None:
    """Of one's own, in a library, in C."""
    trials = drive(*LINES, kind="evidence", closed_s=0.1)
    for (name, line), trial in zip(LINES.items(), trials, strict=True):
        found = trial.evidence
        assert str(found.line).startswith(f"{name}.py:")
        assert found.code == line
        assert found.stood_still > 0.4


def test_a_loop_that_every_request_holds_for_a_moment_only_is_held(drive: Drive) -> None:
    """The share of the time counts, not the length of a piece; waiting is told from computing."""
    (trial,) = drive("briefly", kind="evidence", rate=0, closed_s=0.1)
    found = trial.evidence
    assert (found.code, found.library) == ("time.sleep(0.002)", None)
    assert found.stood_still > 0.6
    assert found.computing is not None
    assert found.computing < found.stood_still / 2


def test_a_function_of_a_library_is_named_where_no_line_of_the_app_holds_the_loop(
    tmp_path: Path,
) -> None:
    """FastAPI walks through what the handler returned."""
    handler = (
        "async def nap(key: int):\n    return BIG\n\n\nBIG = [{'n': n} for n in range(3000)]\n"
    )
    scenario = naps(tmp_path, {"encoded": handler}, app=nap.FASTAPI)
    (trial,) = driven(tmp_path, scenario, "encoded", kind="evidence", rate=0, closed_s=0.1)
    found = trial.evidence
    assert (found.line, found.code) == (None, None)
    assert found.library == "jsonable_encoder in fastapi/encoders.py"
    assert found.stood_still > 0.4


def test_background_work_does_not_void_an_answer_and_is_said_where_it_piles_up(
    tmp_path: Path,
) -> None:
    """The answer is out before it begins; each takes longer than the next one needs to come."""
    handler = """async def nap(key: int, tasks: BackgroundTasks):
    tasks.add_task(work)
    return key


async def work():
    async with places:
        await asyncio.sleep(0.05)


places = asyncio.Semaphore({places})
"""
    app = nap.FASTAPI.replace("FastAPI,", "BackgroundTasks, FastAPI,")
    handlers = {name: handler.format(places=n) for name, n in (("bounded", 1), ("free", 1000))}
    scenario = naps(tmp_path, handlers, app=app)
    bounded, free = driven(tmp_path, scenario, *handlers, rate=200, closed_s=0.6, probed=False)
    assert {*bounded.void, *free.void} <= THE_MACHINE
    assert Caveat.BACKLOG in caveats_of(scenario, bounded.seen)
    assert Caveat.BACKLOG not in caveats_of(scenario, free.seen)
    app_seen = free.seen.app
    assert app_seen is not None
    assert max(sample.background or 0 for sample in app_seen.samples) > 0


def test_a_server_that_was_held_until_its_turn_did_not_stand_still(drive: Drive) -> None:
    """Its loop could not turn while the whole process was stopped."""
    (trial,) = drive("quiet", rate=0, closed_s=0.3, probed=False, held_s=1.0)
    assert trial.seen.app is not None
    assert trial.seen.app.samples
    assert all(sample.stood_still_s < 0.5 for sample in trial.seen.app.samples)


def test_the_monitor_answers_while_the_loop_is_blocked(drive: Drive) -> None:
    """Be it sleep or computing: again and again, and long before that is over."""
    for trial in drive("blocking", "computing", rate=0, closed_s=1.5, probed=False):
        app = trial.seen.app
        assert app is not None
        assert max(sample.in_flight for sample in app.samples) == 1
        assert sum(sample.phase == "closed" for sample in app.samples) > 3
        per_request_s = 1 / trial.closed.goodput
        assert app.slowest_s < per_request_s / 2
