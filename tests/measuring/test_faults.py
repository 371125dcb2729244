"""What spoils a measurement is found out, each by its own reason; and what holds a loop is named.

On real servers, one trial each.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.project import ROOT
from tests.support.drive import add, driven
from tests.support.project_copy import Copy

# What a busy neighbour can do to any trial.
THE_MACHINE = {"NOISY", "GENERATOR_LATE", "ARRIVALS", "NOT_STEADY"}
NAP = "async def nap(key: int):\n    await asyncio.sleep(0.01)\n    return key\n"
BLOCKING = "async def nap(key: int):\n    time.sleep(0.01)\n    return key\n"
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
        state.setdefault("warm", time.monotonic() + 0.3 + 0.5)
    await asyncio.sleep(0.1 if time.monotonic() < state.get("warm", math.inf) else 0.001)
    state["active"] -= 1
    return key


import math
state = {"active": 0}
"""
POOLED = """async def nap(key: int):
    return await IN_THREAD(lambda: time.sleep(0.001) or key)


from fastapi.concurrency import run_in_threadpool
"""
HOLDING = "async def nap(key: int):\n    await asyncio.sleep(0.002)\n    LINE\n    return key\n"


def test_a_trial_is_void_by_what_spoils_it_and_by_nothing_else(copy: Copy) -> None:
    """One that can bear its load, one that is offered more than that, and one beside other work."""
    add(copy, {"quiet": NAP, "blocking": BLOCKING})
    quiet, saturated = driven(copy, "nap", "quiet", "blocking", rate=200)
    assert quiet.void <= THE_MACHINE
    assert "SATURATED" in saturated.void
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        (noisy,) = driven(copy, "nap", "quiet", rate=0, probed=False)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert "NOISY" in noisy.void


def test_a_generator_at_its_limit_is_found_out(copy: Copy) -> None:
    """More than one core can send over all connections that it may open."""
    add(copy, {"quiet": NAP, "other": NAP})
    (found,) = driven(copy, "nap", "quiet", rate=9000, load=2.0, open_s=1)
    assert {"GENERATOR_BUSY", "SHED"} & found.void


def test_an_app_that_changes_its_mind_under_load_is_found_out(copy: Copy) -> None:
    """It fails, answers other bytes, restarts, or warms up, after it has answered for a while."""
    again = "[sys.executable, '-m', 'uvicorn', *sys.argv[1:]]"
    reasons = {
        "failing": "ERRORS",
        "changing": "OTHER_ANSWERS",
        "restarting": "RESTARTED",
        "warming": "NOT_STEADY",
    }
    handlers = {
        "failing": CHANGING.format(then="raise HTTPException(500)"),
        "changing": CHANGING.format(then="return key + 1"),
        "restarting": CHANGING.format(then=f"os.execv(sys.executable, {again})"),
        "warming": WARMING,
    }
    add(copy, handlers)
    found = driven(copy, "nap", *reasons, rate=0)
    for (name, reason), trial in zip(reasons.items(), found, strict=True):
        assert reason in trial.void, (name, trial)


def test_which_pool_a_thread_belongs_to_is_seen(copy: Copy) -> None:
    """The loop has one of its own, of another size than the one that FastAPI uses."""
    ways = {"of_loop": "asyncio.to_thread", "of_anyio": "run_in_threadpool"}
    handlers = {name: POOLED.replace("IN_THREAD", way) for name, way in ways.items()}
    add(copy, handlers, runs_on="thread")
    found = driven(copy, "nap", *ways, block=0, closed_s=0.2)
    pools = [trial.evidence.what for trial in found]
    assert [str(pool).rpartition(", by ")[2] for pool in pools] == ["uvloop", "AnyIO worker thread"]


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
        ("one_driver", {"blocking": ("blocking.py", "cursor.execute(")}, {}),
        ("mongo_find", {"blocking": ("blocking.py", "return found(users.find_one(")}, {}),
        ("upstream_limit", {}, {"bounded": "loop"}),
    ],
)
def test_the_line_that_holds_the_loop_is_named_and_nothing_holds_that_of_the_others(
    copy: Copy, scenario: str, held: dict[str, tuple[str, str]], free: dict[str, str]
) -> None:
    """psycopg2, requests, a loop in Python, psycopg 3, pymongo; and what waits elsewhere."""
    trials = driven(copy, scenario, *held, *free, block=0, closed_s=0.2)
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
            assert found.stood_still < 0.4


def test_so_is_a_line_that_lets_nobody_else_run(copy: Copy) -> None:
    """Sleeping gives the interpreter away, a C function keeps it, a generator is asked for it."""
    lines = {
        "sleeping": "time.sleep(0.03)",
        "dumping": "json.dumps(list(range(200_000)))",
        "summing": "sum(n * n for n in range(200_000))",
    }
    add(copy, {name: HOLDING.replace("LINE", line) for name, line in lines.items()})
    trials = driven(copy, "nap", *lines, block=0, closed_s=0.2)
    for (name, line), trial in zip(lines.items(), trials, strict=True):
        found = trial.evidence
        assert (found.line, found.code) == (f"{name}.py:17", line)
        assert found.stood_still > 0.4


def test_the_monitor_answers_while_the_loop_is_blocked(copy: Copy) -> None:
    """Be it sleep or computing: again and again, and long before that is over."""
    works = {
        "sleeping": "time.sleep(0.5)",
        "computing": "until = time.monotonic() + 0.5\n    while time.monotonic() < until: pass",
    }
    handlers = {
        name: f"async def nap(key: int):\n    {work}\n    return key\n"
        for name, work in works.items()
    }
    add(copy, handlers)
    for trial in driven(copy, "nap", *works, rate=0, closed_s=2, probed=False):
        app = trial.seen.app
        assert app is not None
        assert max(sample.in_flight for sample in app.samples) == 1
        assert sum(sample.phase == "closed" for sample in app.samples) > 4
        assert app.slowest_s < 0.25
