"""What is found out about an app's routes, and nothing is asked for it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Header, WebSocket
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from harness.agent import routes
from harness.agent.callables import codes_of
from harness.agent.own_code import OwnCode
from harness.agent.routes import all_of, answering, described
from harness.agent.tracer import ThreadTracer
from tests.support.in_process import asked
from tests.support.plain_asgi import app as plain

HERE = Path(__file__)
OWN = OwnCode(HERE.parent)


def about(app: Any, request: str) -> Any:
    """Return what is said of the route that answers a request; None where none does."""
    route = answering(app, request)
    return route and described(route, request.partition(" ")[0], OWN)


def at(text: str) -> str:
    """Return the place of the first line of this file that begins so."""
    lines = HERE.read_text().splitlines()
    (number, *_) = [number for number, line in enumerate(lines, 1) if line.strip().startswith(text)]
    return f"{HERE.name}:{number}"


def settings() -> int:
    """Return a constant."""
    return 1


def connection(found: Annotated[int, Depends(settings)]) -> Iterator[int]:
    """Yield a constant."""
    yield found


async def user(opened: Annotated[int, Depends(connection)]) -> int:
    """Return what was opened."""
    return opened


async def stream() -> AsyncIterator[int]:
    """Yield a constant."""
    yield 1


class Page:
    """What is made of a query, in a thread as FastAPI has it."""

    def __init__(self, page: int = 1) -> None:
        self.page = page


class Signed:
    """A dependency that is an object."""

    async def __call__(self) -> int:
        """Return a constant."""
        return 1

    def checked(self) -> int:
        """Return a constant."""
        return 1


class Item(BaseModel):
    """A body."""

    name: str


shop = FastAPI()


@shop.get(
    "/products/{number}",
    tags=["shop"],
)
async def product(
    number: int,
    currency: str,
    who: Annotated[int, Depends(user)],
    found: Annotated[int, Depends(settings)],
) -> int:
    """Return what it got."""
    return number + who + found + len(currency)


@shop.post("/products")
def order(
    item: Item, count: Annotated[int, Body()], language: Annotated[str, Header()] = "en"
) -> Item:
    """Return what was ordered."""
    return item if count and language else Item(name="nothing")


def test_a_route_is_described_with_its_dependencies_in_the_order_in_which_they_run() -> None:
    """Each once; its line is that of `def`, below the decorators."""
    in_thread = {"runs_on": "thread"}
    assert about(shop, "GET /products/7?currency=EUR") == {
        "method": "GET",
        "path": "/products/{number}",
        "handler": "product",
        "at": at("async def product"),
        "runs_on": "loop",
        "coroutine": True,
        "dependencies": [
            {"name": "settings", "at": at("def settings"), **in_thread, "generator": False},
            {"name": "connection", "at": at("def connection"), **in_thread, "generator": True},
            {"name": "user", "at": at("async def user"), "runs_on": "loop", "generator": False},
        ],
        "hops": 3,
        "needs": ["number", "currency"],
        "writes": False,
        "kind": "http",
    }


def test_what_writes_and_what_a_body_needs_is_named() -> None:
    """What has a default is not needed."""
    found = about(shop, "POST /products")
    assert (found["handler"], found["runs_on"], found["writes"]) == ("order", "thread", True)
    assert found["needs"] == ["item", "count"]
    assert found["hops"] == 2  # the second checks what it returned


@pytest.mark.parametrize(
    ("dependency", "name", "runs_on", "generator"),
    [
        (settings, "settings", "thread", False),
        (user, "user", "loop", False),
        (connection, "connection", "thread", True),
        (stream, "stream", "loop", True),
        (Page, "Page", "thread", False),
        (Signed(), "Signed", "loop", False),
        (Signed().checked, "Signed.checked", "thread", False),
        (partial(settings), "settings", "thread", False),
        (partial(user), "user", "loop", False),
    ],
)
def test_a_dependency_runs_where_fastapi_calls_it(
    dependency: Any, name: str, runs_on: str, *, generator: bool
) -> None:
    """A class and a `def` in a thread, also those that yield; coroutines on the loop."""
    app = FastAPI()
    app.add_api_route("/", Page, dependencies=[Depends(dependency)], response_model=None)
    last = about(app, "GET /")["dependencies"][-1]
    assert (last["name"], last["runs_on"], last["generator"]) == (name, runs_on, generator)
    assert last["at"].startswith(f"{HERE.name}:")


@pytest.mark.parametrize("depends_on", [settings, connection, user, Page, None])
@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("model", [int, None])
def test_the_trips_to_threads_are_those_that_are_made(
    depends_on: Any, model: Any, *, is_async: bool
) -> None:
    """Read from the code, and counted while it is asked three times."""
    app = FastAPI()
    dependencies = [Depends(depends_on)] if depends_on else []

    def read() -> int:
        return 1

    async def awaited() -> int:
        return 1

    handler = awaited if is_async else read
    app.add_api_route("/", handler, dependencies=dependencies, response_model=model)
    tracer = ThreadTracer(OWN, codes_of(handler))
    try:
        tracer.start()
        assert asked(app, "/", times=3).json() == 1
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    found = tracer.findings(3)
    assert found["hops"] == about(app, "GET /")["hops"]
    assert found["suspended"] is (False if is_async else None)
    assert found["ran_on"] == ("loop" if is_async else "thread")


def test_the_path_holds_the_prefixes_of_routers_and_of_mounts() -> None:
    """However deep a route lies, and whatever middlewares are around the app."""
    inner, outer, mounted, app = APIRouter(prefix="/b"), APIRouter(), FastAPI(), FastAPI()

    def around(inside: Any) -> Any:
        return SimpleNamespace(app=inside)

    @inner.get("/{number}")
    def read(number: int) -> int:
        return number

    @inner.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()

    outer.include_router(inner, dependencies=[Depends(settings)])
    mounted.include_router(outer, prefix="/a")
    app.mount("/{shop}", around(mounted))
    found = about(around(around(app)), "GET /berlin/a/b/3")
    assert (found["path"], found["handler"]) == ("/{shop}/a/b/{number}", "read")
    assert found["needs"] == ["shop", "number"]
    assert [one["name"] for one in found["dependencies"]] == ["settings"]
    said = [(one["kind"], one["path"], one["handler"]) for one in all_of(app, OWN)]
    assert sorted(said) == [
        ("http", "/{shop}/a/b/{number}", "read"),
        ("websocket", "/{shop}/a/b/live", "live"),
    ]


def test_an_app_behind_a_proxy_is_asked_with_its_prefix_or_without() -> None:
    """As FastAPI answers both."""
    app = FastAPI()
    app.root_path = "/api"
    app.add_api_route("/user", user)
    for path in ("/api/user", "/user"):
        assert asked(app, path).status_code == 200
        assert about(app, f"GET {path}")["path"] == "/user"


def test_a_dependency_that_the_app_overrides_is_the_one_that_runs() -> None:
    """As some apps choose their drivers."""
    app = FastAPI()
    app.add_api_route("/", user)
    app.dependency_overrides[connection] = stream
    assert [one["name"] for one in about(app, "GET /")["dependencies"]] == ["stream"]


def test_plain_starlette_is_described_too() -> None:
    """Functions, and a class with a method for each verb."""

    def report(_: Request) -> PlainTextResponse:
        return PlainTextResponse("3")

    class Users(HTTPEndpoint):
        async def get(self, _: Request) -> PlainTextResponse:
            return PlainTextResponse("ada")

        def delete(self, _: Request) -> PlainTextResponse:
            return PlainTextResponse("")

    users = Mount("/shop", routes=[Route("/users/{number:int}", Users)])
    app = Starlette(routes=[Route("/report", report), users])
    found = all_of(app, OWN)
    assert [(one["method"], one["path"], one["handler"], one["runs_on"]) for one in found] == [
        ("GET", "/report", "report", "thread"),
        ("DELETE", "/shop/users/{number}", "Users.delete", "thread"),
        ("GET", "/shop/users/{number}", "Users.get", "loop"),
    ]
    assert [one["hops"] for one in found] == [1, 1, 0]
    assert [one["needs"] for one in found] == [[], ["number"], ["number"]]
    assert about(app, "GET /shop/users/7")["handler"] == "Users.get"


def test_nothing_is_said_where_no_route_answers() -> None:
    """Of another path or method, and of an app of no framework."""
    assert about(shop, "GET /nowhere") is None
    assert about(shop, "DELETE /products/7") is None
    assert about(plain, "GET /") is None
    assert all_of(plain, OWN) == []


def test_all_routes_are_printed_on_the_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Less those of the documentation that FastAPI adds."""
    monkeypatch.setenv("APP", "tests.apps.trivial_dependency:app")
    routes.main()
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["python"].startswith("3.")
    assert found["fastapi"]
    (route,) = found["routes"]
    assert (route["method"], route["path"], route["hops"]) == ("GET", "/currency", 1)
    assert route["dependencies"][0]["at"].startswith("tests/apps/trivial_dependency.py:")
