"""Scenarios that are asked over a WebSocket: what is checked before the load, and on record."""

from __future__ import annotations

from pathlib import Path

from harness.model.workload import Workload
from tests.support import nap
from tests.support.drive import driven, naps

MESSAGES = Workload("/naps", keys="1..10", body=b"{key}", protocol="websocket")
RIGHT = "async def nap(key: int):\n    await asyncio.sleep(0.02)\n    return key\n"
THREADED = """async def nap(key: int):
    return await run_in_threadpool(work, key)


from fastapi.concurrency import run_in_threadpool


def work(key):
    time.sleep(0.002)
    return key
"""


def test_messages_are_on_record_as_requests_are(tmp_path: Path) -> None:
    """In both models, beside a bystander over HTTP; the app counts as many in flight."""
    scenario = naps(tmp_path, {"first": RIGHT}, app=nap.SOCKETS, workload=MESSAGES)
    (trial,) = driven(tmp_path, scenario, "first", rate=50, closed_s=0.5)
    cell = trial.seen.open[0]
    assert cell.work.outcomes == {"ok": 75}
    assert set(cell.bystander.outcomes) == {"ok"}
    assert set(trial.closed.outcomes) <= {"ok", "unfinished"}
    assert trial.closed.good > 20
    assert not trial.void & {"ERRORS", "OTHER_ANSWERS", "RESTARTED"}
    assert trial.closed.app_in_flight is not None
    assert 2 < trial.closed.app_in_flight < 8.5


def test_where_a_message_is_handled_is_seen(tmp_path: Path) -> None:
    """On the loop, or in a thread by hand: a socket has no `def` to escape to."""
    handlers = {"on_loop": RIGHT, "in_thread": THREADED}
    scenario = naps(
        tmp_path, handlers, app=nap.SOCKETS, runs_on={"in_thread": "thread"}, workload=MESSAGES
    )
    trials = driven(tmp_path, scenario, *handlers, kind="evidence", rate=0, closed_s=0.1)
    assert [trial.evidence.ran_on for trial in trials] == ["loop", "thread"]


def test_what_is_no_answer_is_refused_before_any_load(tmp_path: Path) -> None:
    """Other bytes, one that raises, one that closes, and messages that answer none."""
    greeting = 'await socket.accept()\n    await socket.send_text("welcome")'
    handlers = {
        "right": RIGHT,
        "other": "async def nap(key: int):\n    return -key\n",
        "raising": "async def nap(key: int):\n    return key // 0\n",
        "closing": RIGHT,
        "greeting": RIGHT,
    }
    scenario = naps(tmp_path, handlers, app=nap.SOCKETS, workload=MESSAGES)
    for name, line, change in (
        ("greeting", "await socket.accept()", greeting),
        ("closing", "await socket.send_text", "return await socket.close(4001, 'no,'); "),
    ):
        file = tmp_path / "scenarios" / "nap" / f"{name}.py"
        file.write_text(file.read_text().replace(line, change))
    trials = driven(tmp_path, scenario, *handlers, rate=0, closed_s=0.1, probed=False)
    right, other, raising, closing, greeting = (trial.refused for trial in trials)
    assert right == ""
    assert "nap/other (block 1) answers /naps with other bytes than" in other
    assert "nap/raising (block 1) closed WebSocket /naps with 1006" in raising
    assert "ZeroDivisionError: integer division or modulo by zero (raising.py:" in raising
    assert "nap/closing (block 1) closed WebSocket /naps with 4001: no,; its log" in closing
    assert "WebSocket /naps sends messages that answer none, such as 'welcome'" in greeting


def test_a_path_without_a_socket_is_refused_by_its_status(tmp_path: Path) -> None:
    """As the server answers who wants to open one there."""
    workload = Workload("/nowhere", protocol="websocket")
    scenario = naps(tmp_path, {"first": RIGHT}, app=nap.SOCKETS, workload=workload)
    (trial,) = driven(tmp_path, scenario, "first", rate=0, closed_s=0.1, probed=False)
    assert "answered 403 to WebSocket /nowhere, where 101 is right" in trial.refused


def test_sockets_that_fail_under_load_void_the_block(tmp_path: Path) -> None:
    """The first failure is told in words, with the exception that the app raised."""
    failing = "async def nap(key: int):\n    return key // int(next(count) < 40)\n"
    scenario = naps(tmp_path, {"first": failing}, app=nap.SOCKETS, workload=MESSAGES)
    (trial,) = driven(tmp_path, scenario, "first", rate=0, closed_s=0.5)
    assert "ERRORS" in trial.void
    assert trial.seen.first_failure is not None
    assert "WebSocket /naps was closed with 1006" in trial.seen.first_failure
    assert "ZeroDivisionError" in trial.seen.first_failure
