"""Where work ran: on the loop, in a thread, in another process."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from harness.agent.callables import codes_of
from harness.agent.own_code import OwnCode
from harness.agent.tracer import ThreadTracer
from tests.support.in_process import asked, written


@contextmanager
def traced(own: Path, handler: Any = None) -> Iterator[ThreadTracer]:
    """Trace this thread, and those that begin meanwhile."""
    tracer = ThreadTracer(OwnCode(own), codes_of(handler) if handler else ())
    try:
        tracer.start()
        yield tracer
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_work_in_a_thread_is_seen_wherever_its_library_lies(tmp_path: Path) -> None:
    """Though its path says "concurrent" or "anyio", as that of a checkout may."""
    library = written(
        tmp_path / "anyio" / "concurrent-jobs" / "library.py", "def work():\n    return 1\n"
    )
    app = written(
        tmp_path / "app" / "main.py",
        "def handler(pool, work):\n    return pool.submit(work).result()\n",
    )
    with traced(tmp_path / "app") as tracer, ThreadPoolExecutor() as pool:
        assert app.handler(pool, library.work) == 1
        found = tracer.findings()
    assert found["ran_on"] == "thread"
    assert found["what"] == "work in library.py, by ThreadPoolExecutor"


def test_work_in_a_thread_is_seen_though_it_is_all_written_in_c(tmp_path: Path) -> None:
    """No Python function is called there; the loop's own executor is named by what it is."""
    app = written(
        tmp_path / "main.py",
        """
import asyncio, zlib

async def handler():
    return await asyncio.to_thread(zlib.compress, b"x")
""",
    )
    with traced(tmp_path) as tracer:
        asyncio.run(app.handler())
        found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("thread", "compress, by the default executor")


def test_what_a_library_hands_to_a_thread_for_itself_is_not_the_apps(tmp_path: Path) -> None:
    """Such as the look-up of an address by the loop."""
    app = written(
        tmp_path / "main.py",
        """
import asyncio

async def handler():
    return await asyncio.get_running_loop().getaddrinfo("localhost", 1)
""",
    )
    with traced(tmp_path) as tracer:
        asyncio.run(app.handler())
        found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("loop", "handler in main.py")


def test_a_middleware_of_the_apps_own_is_not_taken_for_the_handler(tmp_path: Path) -> None:
    """Though it is what the server calls, and the handler runs below it."""
    app = written(
        tmp_path / "main.py",
        """
from fastapi import FastAPI

class Around:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)

inner = FastAPI()
inner.add_middleware(Around)

@inner.get("/")
async def user():
    return 1
""",
    )
    with traced(tmp_path) as tracer:
        asked(app.inner, "/")
        found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("loop", "user in main.py")


def test_light_work_in_a_process_is_seen_by_what_is_handed_to_it(tmp_path: Path) -> None:
    """Though the app itself used more CPU."""
    app = written(
        tmp_path / "main.py", "def handler(pool):\n    return pool.submit(abs, -1).result()\n"
    )
    with ProcessPoolExecutor(1) as pool, traced(tmp_path) as tracer:
        assert app.handler(pool) == 1
        sum(range(1_000_000))
        found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("process", "handler in main.py")


def test_a_task_that_is_queued_runs_in_another_process(tmp_path: Path) -> None:
    """Celery's worker, whichever started it."""
    app = written(
        tmp_path / "main.py",
        """
def handler(task):
    return task.delay(1)

def square(number):
    return number**2
""",
    )
    with Celery(broker="memory://") as queue:
        task = queue.task(app.square)
        with traced(tmp_path) as tracer:
            app.handler(task)
            found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("process", "handler in main.py")


@pytest.mark.parametrize(
    ("handler", "dependency", "ran_on", "in_threads"),
    [
        ("async def", "def", "loop", "tenant, language"),
        ("async def", "async def", "loop", None),
        ("def", "async def", "thread", None),
        ("def", "def", "thread", "tenant, language"),
        ("def", "yielding", "thread", "tenant, language"),
    ],
)
def test_a_handler_and_its_dependencies_are_told_apart(
    tmp_path: Path, handler: str, dependency: str, ran_on: str, in_threads: str | None
) -> None:
    """FastAPI sends a `def` of either kind to a thread, and one that yields twice."""
    yields = dependency == "yielding"
    dependency, gives = ("def", "yield") if yields else (dependency, "return")
    app = written(
        tmp_path / "main.py",
        f"""
from fastapi import Depends, FastAPI

app = FastAPI()

{dependency} tenant():
    {gives} 1

{dependency} language():
    {gives} "en"

@app.get("/")
{handler} user(tenant=Depends(tenant), language=Depends(language)):
    return [tenant, language]
""",
    )

    with traced(tmp_path) as tracer:
        asked(app.app, "/")
        found = tracer.findings()
    assert (found["ran_on"], found["dependencies"]) == (ran_on, in_threads)
    assert found["what"].startswith("user in main.py")


def test_where_a_handler_is_written_is_named_with_its_line(tmp_path: Path) -> None:
    """By its path below the folder of the app."""
    users = written(tmp_path / "api" / "users.py", "\n\ndef user():\n    return 1\n")
    with traced(tmp_path) as tracer:
        users.user()
        found = tracer.findings()
    assert (found["ran_on"], found["what"]) == ("loop", "user in users.py")
    assert found["at"] == "api/users.py:3"


@pytest.mark.parametrize(
    ("handler", "suspended"),
    [
        ("awaits", True),
        ("awaits_nothing", False),
        ("awaits_what_awaits_nothing", False),
        ("decorator_awaits", True),
    ],
)
def test_a_coroutine_that_suspends_is_told_from_one_that_never_does(
    tmp_path: Path, handler: str, *, suspended: bool
) -> None:
    """By the instruction that it goes on from; an `await` alone suspends nobody."""
    app = written(
        tmp_path / "main.py",
        """
import asyncio, functools

async def awaits():
    await asyncio.sleep(0)

async def awaits_nothing():
    return 1

async def awaits_what_awaits_nothing():
    return await awaits_nothing()

@functools.wraps(awaits_nothing)
async def decorator_awaits():
    await awaits()
    return await awaits_nothing()
""",
    )
    measured = getattr(app, handler)
    with traced(tmp_path, measured) as tracer:
        asyncio.run(measured())
        found = tracer.findings()
    assert (found["suspended"], found["hops"]) == (suspended, None)


HIRES = """
import threading, time
from contextlib import asynccontextmanager
from anyio import to_thread
from fastapi import FastAPI

def beat():
    time.sleep(0)

app = FastAPI()

@app.get("/loop")
async def stays():
    helper = threading.Thread(target=beat)
    helper.start()
    helper.join()

@app.get("/thread")
async def hires():
    await to_thread.run_sync(beat)
    await to_thread.run_sync(beat)

@app.get("/def")
def reports():
    beat()
"""


@pytest.mark.parametrize(
    ("name", "path", "ran_on", "what", "hops", "suspended"),
    [
        ("stays", "/loop", "loop", "stays in main.py", 0, False),
        ("hires", "/thread", "thread", "beat in main.py, by AnyIO worker thread", 2, True),
        ("reports", "/def", "thread", "reports in main.py, by AnyIO worker thread", 1, None),
    ],
)
def test_a_handler_that_is_known_is_not_mistaken(
    tmp_path: Path, name: str, path: str, ran_on: str, what: str, hops: int, suspended: Any
) -> None:
    """For another function of the app, such as one in a thread of its own."""
    app = written(tmp_path / "main.py", HIRES)
    with traced(tmp_path, getattr(app, name)) as tracer:
        tracer.clear(7)
        assert asked(app.app, path, times=3).status_code == 200
        found = tracer.findings(10)
    assert (found["ran_on"], found["hops"], found["suspended"]) == (ran_on, hops, suspended)
    assert found["what"] == what
