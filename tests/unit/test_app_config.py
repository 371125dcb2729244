"""What `bench.py app` is told: by its options, and by pyproject.toml, which they come before."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.app_config import Config, Said, configured
from harness.model.errors import BenchError
from harness.model.own_app import IDLE

HEAD = "[tool.fastapi-bench]\n"
WHOLE = """
[tool.other]
app = 7

[tool.fastapi-bench]
app = "shop.main:create"
factory = true
server = "hypercorn -b {host}:{port} {app}"
workers = 2
clients = 8
env-file = "settings"
environment = {COLOUR = "red", POOL_SIZE = "5"}
start = "redis-server"
seed = "python seed.py"
try = {POOL_SIZE = "20"}
deadline = 1

[[tool.fastapi-bench.routes]]
get = "/products/{id}"
params = {id = "1..1000"}
headers = {Authorization = "Bearer ${TOKEN}"}
same = "shape"

[[tool.fastapi-bench.routes]]
post = "/orders"
body = "@order.json"
status = 201
"""
ROUTES: dict[str, Any] = {"method": "GET", "needs": [], "writes": False, "kind": "http"}


def read(project: Path, written: str = "", **said: Any) -> Config:
    """Return what a project's file and the command line say together."""
    (project / "pyproject.toml").write_text(written)
    return configured(Said(project=project, **{"target": "shop.main:app", **said}))


def question(project: Path, **said: Any) -> Any:
    """Return the only question, asked by the command line alone."""
    (only,) = read(project, **said).own.questions
    return only


def test_all_of_it_may_stand_in_the_projects_file(tmp_path: Path) -> None:
    """The app, what serves it, its environment, its routes."""
    (tmp_path / "settings").write_text("POOL_SIZE=1\nexport TOKEN='a b'  # secret\n\n# more\n")
    (tmp_path / "order.json").write_text('{"sku": 1}')
    own = read(tmp_path, WHOLE, target=None).own
    assert (own.app.target, own.app.factory) == ("shop.main:create", True)
    assert own.app.folder == tmp_path
    assert own.app.command == "hypercorn -b {host}:{port} {app}"
    assert own.app.environment == {
        "WEB_CONCURRENCY": "2",
        "POOL_SIZE": "5",
        "TOKEN": "a b",
        "COLOUR": "red",
    }
    assert (own.workers, own.clients) == (2, 8)
    assert (own.start, own.seed) == ("redis-server", "python seed.py")
    assert own.tries == (("POOL_SIZE", "20"),)
    product, order = own.questions
    assert (product.method, product.path, product.keys) == ("GET", "/products/{key}", "1..1000")
    assert product.headers == {"Accept": "*/*", "Authorization": "Bearer ${TOKEN}"}
    assert (product.same, product.status) == ("shape", 200)
    assert {one.deadline_s for one in own.questions} == {1}
    assert {one.idle for one in own.questions} == {IDLE}
    assert (order.method, order.path, order.body) == ("POST", "/orders", b'{"sku": 1}')
    assert (order.status, order.headers["Content-Type"]) == (201, "application/json")


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    """A route that it names takes the rest from the file, where it is there."""
    (tmp_path / "settings").write_text("A=1")
    (tmp_path / "others").write_text("B=2")
    own = read(
        tmp_path,
        WHOLE,
        target="shop.main:app",
        routes=(("GET", "/products/{id}"),),
        headers=("authorization: Basic x", "X-Y: z"),
        params=("id=red,green",),
        status=404,
        same="status",
        env_file="others",
        environment=("COLOUR=blue",),
        workers=1,
        clients=2,
        deadline=0.5,
        tries=("DEBUG=1",),
    ).own
    assert own.app.target == "shop.main:app"
    assert own.app.environment == {"COLOUR": "blue", "POOL_SIZE": "5", "B": "2"}
    assert (own.workers, own.clients, own.tries) == (1, 2, (("DEBUG", "1"),))
    (only,) = own.questions
    assert (only.path, only.keys, only.status) == ("/products/{key}", "red,green", 404)
    assert only.headers == {"Accept": "*/*", "authorization": "Basic x", "X-Y": "z"}
    assert (only.same, only.deadline_s) == ("status", 0.5)


def test_what_is_said_of_no_route_is_usual(tmp_path: Path) -> None:
    """One process, uvicorn as the app's environment has it, 64 clients, two seconds."""
    own = read(tmp_path, routes=(("GET", "/"),)).own
    assert (own.workers, own.clients, own.tries, own.app.environment) == (1, 64, (), {})
    assert (own.app.server, own.app.command) == ("uvicorn of the app", "")
    (only,) = own.questions
    assert (only.keys, only.status, only.same, only.deadline_s) == ("1", 200, "exact", 2)


def test_the_parameter_with_many_values_becomes_the_key(tmp_path: Path) -> None:
    """The others have one value, which is written into path and body."""
    asked = question(
        tmp_path,
        routes=(("POST", "/shops/{shop}/orders/{id:int}?colour={colour}"),),
        body='{"order": {id}, "colour": "{colour}", "token": "${TOKEN}", "other": {}}',
        params=("shop=7", "id=1..9", "colour=red"),
    )
    assert (asked.path, asked.keys) == ("/shops/7/orders/{key}?colour=red", "1..9")
    assert asked.body == b'{"order": {key}, "colour": "red", "token": "${TOKEN}", "other": {}}'
    assert asked.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("said", "why", "remedy"),
    [
        ({"routes": (("GET", "/a/{id}"),)}, "path parameter without values: {id}", "--param id=1"),
        (
            {"routes": (("GET", "/a/{x}/{y}"),), "params": ("x=1..2", "y=3,4")},
            "several parameters of GET /a/{x}/{y} have many values: x, y",
            "--param y=3",
        ),
        (
            {"routes": (("GET", "/a"),), "params": ("q=1",)},
            "the parameter q stands in no path",
            "'/products?q={q}'",
        ),
        ({"routes": (("GET", "/{x}"),), "params": ("x=9..1",)}, "'9..1' are no keys", "x=1..1000"),
        ({"routes": (("GET", "/a"),), "params": ("q",)}, "--param 'q' is no NAME=VALUE", "--param"),
        ({"routes": (("GET", "a"),)}, "GET a cannot be asked: 'a' is no path", "pyproject.toml"),
        ({"routes": (("GET", "/"),), "headers": ("x",)}, "--header 'x' is no header", "Bearer"),
        ({"routes": (("POST", "/"),), "body": "@gone"}, "gone cannot be read: No such", "project"),
        ({"server": "gunicorn -b {host}:{port}"}, "has no {app}", "gunicorn"),
        ({"server": "gunicorn {app}"}, "has no {port}", "gunicorn"),
        ({"server": "x {app} {port} {loop}"}, "only {app}, {host} and {port}", "twice"),
        ({"environment": ("A B=1",)}, "--env 'A B=1' is no NAME=VALUE", "--env"),
        ({"tries": ("POOL",)}, "--try 'POOL' is no NAME=VALUE", "--try"),
        ({"env_file": "gone"}, "gone cannot be read: No such file", "--env-file"),
        ({"python": "gone/python"}, "there is no interpreter", "--python"),
        ({"target": None}, "no app is named", "app = "),
        ({"target": "localhost:80"}, "'localhost:80' is neither", "http://127.0.0.1:8000"),
        ({"target": "shop/main.py"}, "'shop/main.py' is neither", "shop.main:app"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(
    tmp_path: Path, said: dict[str, Any], why: str, remedy: str
) -> None:
    """Before anything is started."""
    with pytest.raises(BenchError) as refused:
        read(tmp_path, **said)
    assert why in str(refused.value)
    assert remedy in refused.value.hint


@pytest.mark.parametrize(
    ("written", "why", "remedy"),
    [
        ("clientz = 8", "no key named 'clientz'", "did you mean 'clients'?"),
        ("clients = '8'", "clients: input should be a valid integer", "clients = 64"),
        ("workers = 0", "workers: input should be greater than or equal to 1", "workers = 2"),
        ("try = {POOL = 20}", "try POOL: input should be a valid string", "try = {POOL_SIZE"),
        ("routes = 'GET /'", "routes: input should be a valid list", "[[tool.fastapi-bench.rout"),
        (
            "routes = [{get = '/'}, {get = '/', stauts = 1}]",
            ", in routes 2: no key named 'stauts'",
            "did you mean 'status'?",
        ),
        (
            "routes = [{get = '/', same = 'roughly'}]",
            "routes 1 same: input should be 'exact', 'shape' or 'status'",
            'same = "exact", "shape" or "status"',
        ),
        ("routes = [{params = {}}]", "a route has one method with its path, and not 0", "routes ="),
        ("app", "is no TOML", "correct it"),
    ],
)
def test_a_wrong_key_is_named_with_its_file_and_what_is_right(
    tmp_path: Path, written: str, why: str, remedy: str
) -> None:
    """As it may stand there."""
    with pytest.raises(BenchError) as refused:
        read(tmp_path, HEAD + written)
    assert str(refused.value).startswith(str(tmp_path / "pyproject.toml"))
    assert why in str(refused.value)
    assert remedy in refused.value.hint


def test_a_line_that_sets_no_variable_is_named_and_not_shown(tmp_path: Path) -> None:
    """It may be a secret."""
    (tmp_path / ".env").write_text("A=1\nhunter2\n")
    with pytest.raises(BenchError, match=r"\.env, line 2, sets no variable") as refused:
        read(tmp_path, env_file=".env")
    assert "hunter2" not in str(refused.value) + refused.value.hint


def test_the_projects_own_interpreter_is_taken_where_it_is_there(tmp_path: Path) -> None:
    """It is a link, which is not followed; else it is ours."""
    assert read(tmp_path).own.app.python == Path(sys.executable)
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)
    assert read(tmp_path).own.app.python == own
    (tmp_path / "other").symlink_to(sys.executable)
    assert read(tmp_path, python="other").own.app.python == tmp_path / "other"


def test_an_app_that_runs_already_is_told_by_its_address(tmp_path: Path) -> None:
    """It has no route of ours that does nothing."""
    found = read(tmp_path, target="http://127.0.0.1:8000", routes=(("GET", "/a"),))
    assert found.is_url
    assert found.own.questions[0].idle == "/"
    assert not read(tmp_path).is_url


def test_without_a_route_those_that_read_and_need_nothing_are_asked(tmp_path: Path) -> None:
    """The first three; the others are named, with the reason."""
    paths = ["/a", "/b", "/c", "/d"]
    described = [
        {**ROUTES, "path": "/{id}", "needs": ["id"]},
        {**ROUTES, "path": "/orders", "method": "POST", "writes": True},
        {**ROUTES, "path": "/live", "kind": "websocket"},
        *({**ROUTES, "path": path} for path in paths),
    ]
    found = read(tmp_path, status=204)
    own, left_out = found.asked_of_itself({"routes": described})
    assert [(one.path, one.status) for one in own.questions] == [(one, 204) for one in paths[:3]]
    assert left_out == [
        "GET /{id} (it needs id)",
        "POST /orders (it writes)",
        "/live (a websocket)",
        "GET /d",
    ]
    assert replace(own, questions=()) == found.own
    with pytest.raises(BenchError, match="can be asked without parameters"):
        found.asked_of_itself({"routes": described[:3]})
