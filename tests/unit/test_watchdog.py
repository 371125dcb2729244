"""What held the loop, and what the threads were at that serve requests."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from harness.agent.evidence import Heartbeat, Watchdog
from harness.agent.own_code import OwnCode
from tests.support.in_process import written

WATCHED = """
import time
from fastapi import FastAPI
from fastapi.responses import JSONResponse

BIG = [{"number": number, "name": str(number)} for number in range(60_000)]

app = FastAPI()


class Middleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app.add_middleware(Middleware)


@app.get("/big")
async def big():
    return BIG


@app.get("/model", response_model=list[dict[str, int | str]])
async def model():
    return BIG


@app.get("/waiting")
async def waiting():
    time.sleep(0.3)


@app.get("/thread")
def thread():
    time.sleep(0.3)


@app.get("/busy")
def busy():
    return sum(number % 7 for number in range(3_000_000))
"""


def watched(folder: Path, path: str) -> dict[str, Any]:
    """Return what held the loop and the threads of that app while it was asked this."""
    shop = written(folder / "shop" / "main.py", WATCHED)
    heartbeat = Heartbeat(Watchdog(OwnCode(folder)))

    async def ask() -> dict[str, Any]:
        heartbeat.start(asyncio.get_running_loop())
        transport = ASGITransport(shop.app)
        async with AsyncClient(transport=transport, base_url="http://app") as client:
            heartbeat.watch()
            assert (await client.get(path)).status_code == 200
            return heartbeat.findings()

    gc.disable()  # other tools have callbacks in its runs, which would be seen at work
    try:
        return asyncio.run(ask())
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("path", "library"),
    [("/big", "jsonable_encoder in fastapi/encoders.py"), ("/model", "TypeAdapter.")],
)
def test_what_a_framework_does_with_a_big_answer_is_no_line_of_the_app(
    tmp_path: Path, path: str, library: str
) -> None:
    """Nor of a middleware of its own that awaits the framework."""
    found = watched(tmp_path, path)
    assert (found["line"], found["code"]) == (None, None)
    assert library in found["library"]


def test_the_line_that_holds_the_loop_has_its_path_below_the_root(tmp_path: Path) -> None:
    """As the app is not a scenario."""
    found = watched(tmp_path, "/waiting")
    assert (found["line"], found["code"]) == (line_of("/waiting"), "time.sleep(0.3)")
    assert found["thread_line"] is None


def test_the_line_that_keeps_a_thread_is_named(tmp_path: Path) -> None:
    """Whether it waits there, which leaves the loop alone, or computes."""
    found = watched(tmp_path, "/thread")
    assert (found["thread_line"], found["thread_code"]) == (line_of("/thread"), "time.sleep(0.3)")
    assert found["line"] is None
    assert found["thread_computing"] < 0.5


def test_threads_that_compute_are_told_from_the_loop(tmp_path: Path) -> None:
    """By the CPU of the process, less that of the loop's thread."""
    found = watched(tmp_path, "/busy")
    assert found["thread_line"] == line_of("/busy")
    assert found["thread_computing"] > found["computing"]


def line_of(path: str) -> str:
    """Return where the only line of that app's handler stands."""
    lines = WATCHED.splitlines()
    decorated = lines.index(f'@app.get("{path}")') + 1
    return f"shop/main.py:{decorated + 2}"
