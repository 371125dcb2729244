"""What is tried on a route: its handler and dependencies run elsewhere, and answer the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.agent.routes import answering
from harness.agent.treatments import IN_A_THREAD, ON_THE_LOOP, threads, treat
from tests.support.in_process import asked

ASKED = "GET /shop/where"
LOOP, THREAD = "MainThread", "AnyIO worker thread"
closed: list[str] = []


def where() -> str:
    """Return the name of this thread."""
    return threading.current_thread().name


def session(seen: Annotated[str, Depends(where)]) -> Iterator[str]:
    """Yield where it runs and where its own dependency did; note an error and the end."""
    try:
        yield f"{where()}, {seen}"
    except HTTPException:
        closed.append("error")
        raise
    finally:
        closed.append(where())


def other(seen: Annotated[str, Depends(where)]) -> str:
    """Return where its own dependency ran."""
    return f"other, {seen}"


async def answer(
    seen: Annotated[str, Depends(session)], again: Annotated[str, Depends(where)]
) -> list[str]:
    """Return where all of it ran."""
    return [where(), seen, again]


def answer_in_thread(
    seen: Annotated[str, Depends(session)], again: Annotated[str, Depends(where)]
) -> list[str]:
    """Return where all of it ran."""
    return [where(), seen, again]


async def fail(seen: Annotated[str, Depends(session)]) -> None:
    """Fail, having got all it needs."""
    raise HTTPException(418, seen)


async def wait() -> None:
    """Suspend once."""
    await asyncio.sleep(0)


def app_of(handler: Any, made: str) -> FastAPI:
    """Return an app with this handler: its own route, or that of a router or a mount."""
    app = FastAPI()
    if made == "own":
        app.add_api_route("/shop/where", handler)
    elif made == "router":
        router = APIRouter()
        router.add_api_route("/where", handler)
        app.include_router(router, prefix="/shop")
    else:
        mounted = FastAPI()
        mounted.add_api_route("/where", handler)
        app.mount("/shop", mounted)
    return app


@pytest.mark.parametrize("made", ["own", "router", "mount"])
@pytest.mark.parametrize(
    ("handler", "treatment", "ran"),
    [
        (answer, IN_A_THREAD, [THREAD, THREAD, THREAD, THREAD]),
        (answer_in_thread, ON_THE_LOOP, [LOOP, THREAD, THREAD, THREAD]),
        (answer, "dependency on the loop: where", [LOOP, THREAD, LOOP, LOOP]),
        (answer_in_thread, "dependency on the loop: session", [THREAD, LOOP, THREAD, THREAD]),
    ],
)
def test_what_is_moved_runs_there_and_nothing_else_does(
    made: str, handler: Any, treatment: str, ran: list[str]
) -> None:
    """Of a route of the app's own, of an included router's, and of a mounted app's."""
    app = app_of(handler, made)
    before = asked(app, "/shop/where")
    assert before.status_code == 200
    treat(treatment, answering(app, ASKED), "GET")
    mine, opened, its_own, again = ran
    for _ in range(2):
        assert asked(app, "/shop/where").json() == [mine, f"{opened}, {its_own}", again]


def test_a_generator_on_the_loop_is_told_of_errors_and_ends_there() -> None:
    """As it would be in a thread."""
    app = app_of(fail, "own")
    closed.clear()
    assert asked(app, "/shop/where").status_code == 418
    assert closed == ["error", THREAD]
    treat("dependency on the loop: session", answering(app, ASKED), "GET")
    closed.clear()
    assert asked(app, "/shop/where").status_code == 418
    assert closed == ["error", LOOP]


def test_a_handler_in_a_thread_must_never_suspend() -> None:
    """It would have no loop to come back from."""
    app = app_of(wait, "own")
    treat(IN_A_THREAD, answering(app, ASKED), "GET")
    with pytest.raises(RuntimeError, match="wait awaits something"):
        asked(app, "/shop/where")


def test_a_dependency_that_is_needed_twice_is_called_once() -> None:
    """As before."""
    calls: list[int] = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    def twice(found: int = Depends(count)) -> int:
        return found

    async def handler(one: int = Depends(count), other: int = Depends(twice)) -> list[int]:
        return [one, other]

    app = app_of(handler, "own")
    treat("dependency on the loop: count", answering(app, ASKED), "GET")
    assert asked(app, "/shop/where").json() == [1, 1]


@pytest.mark.parametrize(
    ("treatment", "mine", "others"),
    [(IN_A_THREAD, THREAD, THREAD), ("dependency on the loop: where", LOOP, LOOP)],
)
def test_what_the_app_overrides_stays_overridden(treatment: str, mine: str, others: str) -> None:
    """The dependencies of what is treated are still its own then."""
    app = app_of(answer, "own")
    app.dependency_overrides[session] = other
    treat(treatment, answering(app, ASKED), "GET")
    assert asked(app, "/shop/where").json() == [mine, f"other, {others}", others]


def test_a_route_of_plain_starlette_is_moved_too() -> None:
    """But for that of a class."""

    def report(_: Request) -> JSONResponse:
        return JSONResponse(where())

    class Users(HTTPEndpoint):
        def get(self, _: Request) -> JSONResponse:
            return JSONResponse(where())

    app = Starlette(routes=[Route("/report", report), Route("/users", Users)])
    assert asked(app, "/report").json() == THREAD
    treat(ON_THE_LOOP, answering(app, "GET /report"), "GET")
    assert asked(app, "/report").json() == LOOP
    with pytest.raises(RuntimeError, match="is in a class"):
        treat(ON_THE_LOOP, answering(app, "GET /users"), "GET")


@pytest.mark.parametrize(
    ("request_", "treatment", "why"),
    [
        ("GET /nowhere", ON_THE_LOOP, "no route answers"),
        (ASKED, ON_THE_LOOP, "answer is no function"),
        (ASKED, "dependency on the loop: nothing", "nothing is no dependency of /shop/where"),
        (ASKED, "handler in a process", "is nothing that can be tried"),
    ],
)
def test_what_cannot_be_tried_says_why(request_: str, treatment: str, why: str) -> None:
    """In a sentence, at the start."""
    app = app_of(answer, "own")
    with pytest.raises(RuntimeError, match=why):
        treat(treatment, answering(app, request_), "GET")


def test_a_number_of_threads_is_read_from_its_treatment() -> None:
    """And from no other one."""
    assert threads("threads: 100") == 100
    assert threads(ON_THE_LOOP) is None
