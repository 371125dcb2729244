"""`bench.py app`, as one types it. Nothing here serves an app or sends a request."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console

from harness.cli.app_runs import Terms
from harness.model.errors import BenchError
from harness.model.own_app import OwnApp
from tests.support.commands import invoke

URL = "http://127.0.0.1:1"
DESCRIBED = {
    "python": "3.13.1",
    "fastapi": "0.120.0",
    "routes": [
        {
            "method": "GET",
            "path": "/products/{id}",
            "handler": "get_product",
            "at": "shop/main.py:12",
            "runs_on": "loop",
            "coroutine": True,
            "dependencies": [
                {"name": "get_db", "at": "shop/db.py:7", "runs_on": "thread", "generator": True},
                {"name": "user", "at": "shop/db.py:9", "runs_on": "loop", "generator": False},
            ],
            "hops": 2.0,
            "needs": ["id"],
            "writes": False,
            "kind": "http",
        },
        {
            "method": "GET",
            "path": "/",
            "handler": "home",
            "at": "shop/main.py:30",
            "runs_on": "thread",
            "coroutine": False,
            "dependencies": [],
            "hops": 1.0,
            "needs": [],
            "writes": False,
            "kind": "http",
        },
    ],
}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[OwnApp, Terms]]:
    """Measure nothing; return what would have been."""
    asked: list[tuple[OwnApp, Terms]] = []

    def served(own: OwnApp, terms: Terms, lines: Console) -> dict[str, Any]:
        asked.append((own, terms))
        lines.print("measuring")
        return {"routes": [{"capacity": 7.0, "half_load": [math.inf]}]}

    monkeypatch.setattr("harness.cli.app_runs.served", served)
    monkeypatch.setattr("harness.cli.app.routes", lambda _: DESCRIBED)
    return asked


def app(project: Path, *words: str) -> Result:
    """Run the command on a project."""
    return invoke("app", "--project", str(project), "--results", str(project / "results"), *words)


def test_what_is_typed_is_what_is_measured(
    tmp_path: Path, measured: list[tuple[OwnApp, Terms]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The route, its request, the app's environment, how hard to look."""
    monkeypatch.setenv("TOKEN", "secret")
    words = ["shop.main:app", "--post", "/orders/{id}", "--param", "id=1..5", "--body", '{"n": 1}']
    words += ["--header", "Authorization: Bearer ${TOKEN}", "--status", "201", "--same", "shape"]
    words += ["--env", "POOL_SIZE=3", "--try", "POOL_SIZE=9", "--clients", "8", "--deadline", "0.5"]
    words += ["--server", "hypercorn -b {host}:{port} {app}", "--workers", "2", "--factory"]
    result = app(tmp_path, *words, "--seed", "4", "--profile", "smoke")
    assert result.exit_code == 0, result.output
    ((own, terms),) = measured
    (asked,) = own.questions
    assert (asked.method, asked.path, asked.keys) == ("POST", "/orders/{key}", "1..5")
    assert (asked.status, asked.same, asked.deadline_s) == (201, "shape", 0.5)
    assert asked.headers["Authorization"] == "Bearer ${TOKEN}"
    assert own.app.environment == {"WEB_CONCURRENCY": "2", "POOL_SIZE": "3"}
    assert (own.app.factory, own.workers, own.clients) == (True, 2, 8)
    assert own.tries == (("POOL_SIZE", "9"),)
    assert (terms.profile, terms.seed) == ("smoke", 4)


def test_json_is_all_that_is_printed_and_knows_no_infinity(
    tmp_path: Path, measured: list[tuple[OwnApp, Terms]]
) -> None:
    """What happens meanwhile is said on standard error."""
    result = app(tmp_path, "shop.main:app", "--get", "/", "--json")
    assert json.loads(result.stdout) == {"routes": [{"capacity": 7.0, "half_load": [None]}]}
    assert result.stderr == "measuring\n"
    assert len(measured) == 1


def test_routes_are_listed_with_where_each_part_runs(
    tmp_path: Path, measured: list[tuple[OwnApp, Terms]]
) -> None:
    """And nothing is sent."""
    result = app(tmp_path, "shop.main:app", "--routes")
    head, product, home, versions = result.output.splitlines()
    assert head.split() == ["method", "path", "handler", "dependencies", "hops", "needs"]
    assert product.startswith("GET     /products/{id}  async def get_product (shop/main.py:12)")
    assert product.endswith("  get_db in a thread, user on the loop  2     id")
    assert "def home (shop/main.py:30), in a thread" in home
    assert versions == "Python 3.13.1, FastAPI 0.120.0"
    as_json = app(tmp_path, "shop.main:app", "--routes", "--json")
    assert json.loads(as_json.output) == DESCRIBED
    assert not measured


def test_without_a_route_what_is_not_asked_is_named(
    tmp_path: Path, measured: list[tuple[OwnApp, Terms]]
) -> None:
    """Those that read and need nothing are asked."""
    result = app(tmp_path, "shop.main:app")
    assert "Not asked: GET /products/{id} (it needs id)" in result.output
    ((own, _),) = measured
    assert [one.path for one in own.questions] == ["/"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no app is named"),
        (("shop.main:app", "--get", "/{id}"), "path parameter without values: {id} in GET /{id}"),
        (("shop.main:app", "--get", "/", "--server", "gunicorn {port}"), "has no {app}"),
        (("shop.main:app", "--post", "/", "--body", "@gone"), "gone cannot be read"),
        (
            ("shop.main:app", "--get", "/", "--header", "A: ${NOT_SET_ANYWHERE}"),
            "the environment has no NOT_SET_ANYWHERE",
        ),
        (("shop.main:app", "--get", "/", "--head", "HEAD"), "--head needs --base"),
        (("shop.main:app", "--get", "/", "--port", "70000"), "70000 is not in the range"),
        (("shop.main:app", "--get", "/", "--same", "roughly"), "'roughly' is not one of"),
        (("https://127.0.0.1:1", "--get", "/"), "'https://127.0.0.1:1' is no http:// address"),
        ((URL, "--get", "/"), f"the app at {URL} does not answer"),
        ((URL,), f"no route of {URL} is named"),
        ((URL, "--get", "/", "--routes"), "--routes needs an app that is served here"),
        ((URL, "--get", "/", "--try", "A=1"), "--try needs an app that is served here"),
        ((URL, "--get", "/", "--base", "main"), "--base needs an app that is served here"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Exit code 2, no traceback, no run."""
    result = app(tmp_path, *words)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert said in result.output
    assert not list((tmp_path / "results").glob("2*"))


def test_a_wrong_key_of_the_file_is_named(tmp_path: Path) -> None:
    """With the right one."""
    (tmp_path / "pyproject.toml").write_text("[tool.fastapi-bench]\napps = 'shop.main:app'\n")
    result = app(tmp_path)
    assert result.exit_code == 2
    assert "pyproject.toml, [tool.fastapi-bench]: no key named 'apps'" in result.output
    assert "did you mean 'app'?" in result.output


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere:app", "nowhere:app cannot be imported: ModuleNotFoundError: No module named"),
        ("main:nothing", "has no attribute 'nothing'"),
    ],
)
def test_an_app_that_cannot_be_imported_is_named(tmp_path: Path, target: str, said: str) -> None:
    """By its own interpreter, from its own folder."""
    (tmp_path / "main.py").write_text("app = 1\n")
    result = app(tmp_path, target, "--routes")
    assert result.exit_code == 2
    assert said in result.output


def test_ctrl_c_ends_it_with_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a traceback."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.app_runs.served", interrupt)
    result = app(tmp_path, "shop.main:app", "--get", "/")
    assert result.exit_code == 130
    assert "Interrupted." in result.output


def test_two_states_are_compared_as_in_a_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the gate of an app of one's own, which is told all that was typed."""
    told: dict[str, Any] = {}

    def start(own: OwnApp, **how: Any) -> None:
        told.update(how, path=own.questions[0].path)
        raise BenchError("stop here", hint="enough")

    monkeypatch.setattr("harness.experiment.own_gate.start", start)
    words = ["--get", "/", "--base", "main", "--head", "HEAD", "--margin", "5%", "--budget", "90s"]
    result = app(tmp_path, "shop.main:app", *words, "--seed", "3")
    assert "stop here" in result.output
    del told["say"]
    assert told == {
        "path": "/",
        "base": "main",
        "head": "HEAD",
        "margin": 0.05,
        "seconds": 90.0,
        "seed": 3,
        "results": tmp_path / "results",
    }
