"""Variants differ in how, never in what: what their apps answer, and what is refused of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.answers import Answers, shape
from harness.experiment.fitting import fitting
from harness.experiment.target import light_path
from harness.model.errors import BenchError
from harness.model.workload import OPENED, Request, Same, Workload
from harness.places.host import Host
from harness.places.serve import wait_for
from harness.project import ROOT
from harness.services.provide import environment, lacking
from harness.system.ask import ask
from harness.system.cores import Cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor
from tests.support import nap
from tests.support.drive import NAPS, driven, driving, naps

SCENARIOS = catalogue()
# The status of requests that are right, wrong and unknown.
ASKED = {"1": 200, "2": 200, "500": 200, "1000": 200, "seven": 422}
WORDS = {**ASKED, "seven": 200}  # where a key is a word, none is wrong
NO_MESSAGE = 1007  # closes a socket over which came what is none
MESSAGES = {**dict.fromkeys(ASKED, OPENED), "seven": NO_MESSAGE}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_variant_gives_the_very_same_bytes(
    name: str, supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """To requests that are right, wrong and unknown; and it leaves nothing behind."""
    if gone := [why for need in SCENARIOS[name].needs if (why := lacking(need))]:
        pytest.skip(str(gone[0]))
    (scenario,), _ = fitting([SCENARIOS[name]], lacking)
    workload = scenario.workload
    asked = WORDS if name == "product_search" else ASKED
    asked = MESSAGES if workload.protocol == "websocket" else asked
    expected = {**asked, "/idle": 200, "/nowhere": 404}
    requests = [
        *(workload.request(key) for key in ASKED),
        workload.idle_request,
        Request("GET", "/nowhere"),
    ]
    answers: dict[str, list[tuple[int, bytes]]] = {}
    place = Host(supervisor, Cores((), ()), free_port(), free_port())
    with place.services(scenario, tmp_path) as found:
        for variant in scenario.variants:
            app = scenario.app(variant.name, ROOT)
            app = replace(app, environment={**app.environment, **environment(found)})
            with place.serve(app, variant.name, tmp_path / "log") as server:
                wait_for(server, workload.idle_request)
                found_answers = [ask(server.url, request) for request in requests]
            answers[variant.name] = [(one.status, one.body) for one in found_answers]
    assert not list(supervisor.folder.glob("app-*")), "what an app has left in its folder"
    assert len(answers) == len(scenario.variants)
    baseline = answers.pop(scenario.baseline.name)
    assert [status for status, _ in baseline] == list(expected.values())
    assert all(found == baseline for found in answers.values()), answers


def test_what_is_not_as_declared_is_refused_before_any_load(tmp_path: Path) -> None:
    """Other bytes, a loop that does a thread's work, and sizes that are not the budget's."""
    handler = "async def nap(key: int):\n    return key\n\n\n"
    start = '\n\n@app.on_event("startup")\nasync def start():\n'
    limiter = "    from anyio.to_thread import current_default_thread_limiter as limiter\n"
    httpx = "import httpx\nclient = httpx.AsyncClient(limits=httpx.Limits(max_connections={}))\n"
    requests = (
        "import requests\nsession = requests.Session()\n"
        "session.mount('http://', requests.adapters.HTTPAdapter(pool_maxsize=20))\n"
        "pool = session.get_adapter('http://x').get_connection('http://127.0.0.1:1')\n"
    )
    handlers = {
        "right": handler + httpx.format(10),
        "other": "async def nap(key: int):\n    return -key\n",
        "small": handler + httpx.format(5),
        "large": handler + requests,
        "threads": f"{handler}{start}{limiter}    limiter().total_tokens = 80\n",
    }
    scenario = naps(tmp_path, handlers, app=nap.FASTAPI)
    trials = driven(tmp_path, scenario, *handlers, rate=0, closed_s=0.1, probed=False)
    right, other, small, large, threads = (trial.refused for trial in trials)
    assert right == ""
    assert "nap/other (block 1) answers /nap/1 with other bytes" in other
    assert "nap/small (block 1) has 5 connections where the budget says 10" in small
    assert "has 20 connections where the budget says 10" in large
    assert "has 80 threads where the budget says 40" in threads
    assert "let scenarios/nap/threads.py take THREADS from the environment" in threads


@contextmanager
def answering(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[str]:
    """Answer each path with a status and a body; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Location", f"{self.path}/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.mark.parametrize(
    ("same", "first", "second", "refused"),
    [
        ("exact", "time.time_ns()", "", "GET /nap/1 gives other bytes each time; --same shape"),
        ("shape", "time.time_ns()", "", ""),
        ("shape", "next(count) % 2 or None", "", "gives JSON of another shape; --same status"),
        ("shape", "1", "'1'", "/nap/1 with JSON of another shape than the variants before it"),
        ("status", "next(count) % 2 or None", "'1'", ""),
    ],
)
def test_answers_are_compared_as_the_workload_says(
    tmp_path: Path, same: Same, first: str, second: str, refused: str
) -> None:
    """Before the load; under it, all but exact ones by their status."""
    handler = "async def nap(key: int):\n    return {'at': %s, 'key': key}\n"
    handlers = {"first": handler % first, "second": handler % (second or first)}
    scenario = naps(
        tmp_path, handlers, app=nap.FASTAPI, workload=replace(NAPS, same=same, deadline_s=20)
    )
    trials = driven(tmp_path, scenario, *handlers, rate=0, closed_s=0.1, probed=False)
    said = "".join(trial.refused for trial in trials)
    assert all(part in said for part in refused.split("; ")), said
    if not refused:
        assert not said
        assert all(set(trial.closed.outcomes) <= {"ok", "unfinished"} for trial in trials)
        assert all(trial.closed.good for trial in trials)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (b'{"a": 1, "b": [1, 2.5]}', b'{"b": [7], "a": 0.1}', True),
        (b'[{"a": null}, {"a": 1}]', b'[{"a": 2}, {"a": null}, {"a": 3}]', True),
        (b"<p>1</p>", b"<p>2</p>", True),
        (b'{"a": 1}', b'{"a": "1"}', False),
        (b'{"a": 1}', b'{"a": true}', False),
        (b'{"a": 1}', b'{"a": null}', False),
        (b'{"a": 1}', b'{"b": 1}', False),
        (b"[]", b"[1]", False),
        (b"{}", b"<p>1</p>", False),
    ],
)
def test_a_shape_is_keys_and_types(one: bytes, other: bytes, *, alike: bool) -> None:
    """In a list, those that occur."""
    assert (shape(one) == shape(other)) is alike


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "--header 'Authorization: "),
        (403, "--header 'Authorization: "),
        (404, "correct the path or the method"),
        (405, "correct the path or the method"),
        (409, "each request is sent many times"),
        (422, "--param NAME=VALUE, --body TEXT"),
        (307, "ask the path to which it leads: /nap/1/"),
        (500, "fix what it raises"),
        (201, "--status 201"),
    ],
)
def test_a_wrong_status_is_told_by_the_first_line_of_its_body_with_a_remedy(
    status: int, remedy: str
) -> None:
    """One that fits."""
    with (
        answering(lambda _: (status, b"\nno,\nnot so")) as url,
        pytest.raises(BenchError) as refused,
    ):
        Answers(Workload("/nap/1")).check(url, "the app", "")
    said = f"the app answered {status} to GET /nap/1, where 200 is right: no,"
    assert str(refused.value) == said
    assert remedy in refused.value.hint


def test_of_an_app_that_runs_already_a_light_path_is_found() -> None:
    """One that is answered with success, and the same each time; else it is the one given."""
    number = count()

    def answer(path: str) -> tuple[int, bytes]:
        known = {"/docs": b"%d" % next(number), "/": b"home"}
        return (200, known[path]) if path in known else (404, b"")

    with answering(answer) as url:
        assert light_path(url, "/work") == "/"
    with answering(lambda _: (404, b"")) as url:
        assert light_path(url, "/work") == "/work"
    assert light_path("http://127.0.0.1:1", "/work") == "/work"


def test_the_exception_of_a_variant_that_raises_is_in_the_refusal(tmp_path: Path) -> None:
    """With the line where it was raised."""
    scenario = naps(
        tmp_path, {"raises": "async def nap(key: int):\n    return key // 0\n"}, app=nap.FASTAPI
    )
    (trial,) = driven(tmp_path, scenario, "raises", rate=0, probed=False)
    assert "nap/raises (block 1) answered 500 to GET /nap/1, where 200 is right" in trial.refused
    raised = "ZeroDivisionError: integer division or modulo by zero"
    assert f"; {raised} (raises.py:16, in nap: return key // 0); " in trial.refused


def test_a_variant_that_runs_elsewhere_than_declared_is_refused(tmp_path: Path) -> None:
    """Declared as a thread's work, it blocks the loop; the handler is named with its line."""
    blocking = "async def nap(key: int):\n    time.sleep(0.001)\n    return key\n"
    scenario = naps(tmp_path, {"first": blocking}, app=nap.FASTAPI, runs_on={"first": "thread"})
    (trial,) = driven(tmp_path, scenario, "first", kind="evidence")
    ran = "is declared to run on the thread, and ran on the loop: nap in first.py"
    assert f"nap/first (evidence) {ran}" in trial.refused
    assert trial.refused.endswith("or the handler, scenarios/nap/first.py:15")


def test_a_handler_on_the_loop_is_declared_so_wherever_its_dependencies_run(
    tmp_path: Path,
) -> None:
    """Those that are `def` run in threads, and are named."""
    handler = "async def nap(key: int, a=Depends(tenant), b=Depends(language)):\n    return key\n"
    app = nap.FASTAPI.replace("FastAPI,", "Depends, FastAPI,").replace(
        '@app.get("/nap',
        'def tenant():\n    return 1\n\n\nasync def language():\n    return 2\n\n\n@app.get("/nap',
    )
    scenario = naps(tmp_path, {"first": handler}, app=app)
    (trial,) = driven(tmp_path, scenario, "first", kind="evidence", rate=0, closed_s=0.1)
    found = trial.evidence
    assert (found.ran_on, found.what) == ("loop", "nap in first.py")
    assert found.dependencies == "tenant"


def test_a_form_with_a_file_can_be_measured(tmp_path: Path) -> None:
    """A body of several parts, with bytes that are no text, and an answer of another status."""
    pytest.importorskip("python_multipart", reason="FastAPI reads forms by python-multipart")
    upload = """async def nap(key: int):
    return key


from fastapi import Form, UploadFile


@app.post("/files/{key}", status_code=201)
async def upload(key: int, file: UploadFile, note: str = Form()):
    return [key, note, list(await file.read())]
"""
    part = b"--x\r\nContent-Disposition: form-data; name="
    note, file = part + b'"note"\r\n\r\nfile {key}', part + b'"file"; filename="a"\r\n\r\n\x00\xff'
    workload = Workload(
        "/files/{key}",
        keys="1..3",
        method="POST",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        body=b"\r\n".join([note, file, b"--x--", b""]),
        status=201,
    )
    scenario = naps(tmp_path, {"first": upload}, app=nap.FASTAPI, workload=workload)
    (trial,) = driven(tmp_path, scenario, "first", closed_s=0.2, open_s=0.5, probed=False)
    assert set(trial.closed.outcomes) <= {"ok", "unfinished"}
    assert trial.closed.good > 0
    assert trial.seen.open[0].work.outcomes == {"ok": 10}


def test_every_trial_meets_a_server_that_has_answered_nobody(tmp_path: Path) -> None:
    """An app that tells its first two answers from the others gives them in every trial."""
    first = "async def nap(key: int):\n    return key == 1 and next(count) < 2\n"
    with driving(tmp_path, naps(tmp_path, {"first": first})) as drive:
        trials = drive("first", "first", rate=0, closed_s=0.1, probed=False)
    assert [trial.refused for trial in trials] == ["", ""]
