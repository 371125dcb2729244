"""What can be tried on a route without its files: other places for its handler and dependencies.

Nothing here is made with functools.wraps: FastAPI looks below it, and would take a function for
what it was before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from contextvars import copy_context
from functools import cached_property
from importlib import import_module
from types import FunctionType
from typing import Any

from harness.agent.callables import Kind, kind_of, name_of
from harness.agent.routes import Route

IN_A_THREAD = "handler in a thread"
ON_THE_LOOP = "handler on the loop"
DEPENDENCY = "dependency on the loop: "
THREADS = "threads: "


def threads(treatment: str) -> int | None:
    """Return how many tokens AnyIO's threads get; None where the treatment is another one."""
    return int(treatment.removeprefix(THREADS)) if treatment.startswith(THREADS) else None


def treat(treatment: str, route: Route | None, method: str) -> None:
    """Apply a treatment to a route; raises RuntimeError where that cannot be done."""
    if route is None:
        raise RuntimeError(f"{treatment} cannot be tried: no route answers the request")
    if treatment == IN_A_THREAD:
        _move(route, method, Kind.COROUTINE, in_a_thread)
    elif treatment == ON_THE_LOOP:
        _move(route, method, Kind.FUNCTION, on_the_loop)
    elif treatment.startswith(DEPENDENCY):
        _move_dependency(route, treatment.removeprefix(DEPENDENCY))
    else:
        raise RuntimeError(f"{treatment!r} is nothing that can be tried")


def in_a_thread(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `def` that does what a coroutine function does which never suspends."""

    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever the handler takes
        coroutine = handler(*args, **kwargs)
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value
        coroutine.close()
        raise RuntimeError(f"{name_of(handler)} awaits something, so it cannot run in a thread")

    return call


def on_the_loop(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return a coroutine function that does what a `def` does."""

    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever it takes
        return function(*args, **kwargs)

    return call


def generating_on_the_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return an asynchronous generator that does what a `def` does that yields once."""
    manager = contextmanager(function)

    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  whatever it takes
        with manager(*args, **kwargs) as value:
            yield value

    return call


def _move(route: Route, method: str, kind: Kind, wrap: Callable[..., Any]) -> None:
    """Let the handler, which has to be of this kind, run elsewhere."""
    handler, made = route.handler(method), route.made
    if route.kind(method) is not kind:
        raise RuntimeError(f"{name_of(handler)} is no {kind.value}, so it cannot be moved")
    if route.dependant is not None:
        _replace(route.dependant, wrap(route.dependant.call))
        made.app = _answer(made)
    elif isinstance(made.app, FunctionType):
        made.app = import_module("starlette.routing").request_response(wrap(handler))
    else:
        raise RuntimeError(f"{name_of(handler)} is in a class, or has middlewares of its own")


def _answer(made: Any) -> Any:  # noqa: ANN401  FastAPI's
    """Return what answers for a route of FastAPI, as FastAPI makes it, of what it is now."""
    routing = import_module("fastapi.routing")
    original = getattr(made, "original_route", made)

    def make() -> Any:  # noqa: ANN401  FastAPI's
        if original is not made:  # it is in an included router, which newer versions do not copy
            routing._effective_route_context_var.set(made)  # noqa: SLF001  it is handed over so
        return routing.request_response(original.get_route_handler())

    answer = copy_context().run(make)
    limited = getattr(routing, "wrap_app_with_body_limit", None)
    return limited(answer, made.max_body_size) if limited else answer


def _move_dependency(route: Route, name: str) -> None:
    """Let a dependency of this name run on the loop, wherever this route needs it."""
    named = [one for one in route.dependencies if name_of(one.call) == name]
    if not named:
        raise RuntimeError(f"{name} is no dependency of {route.path}")
    overrides = route.overrides
    moved: dict[Any, Any] = {}
    for one in named:
        kind = kind_of(one.call, one)
        if not kind.in_thread:
            raise RuntimeError(f"{name} runs on the loop as it is")
        if one.call not in moved:
            wrap = generating_on_the_loop if kind is Kind.GENERATOR else on_the_loop
            call: Any = wrap(one.call)
            # For where the app overrides any dependency: all signatures are read anew then.
            signature = import_module("fastapi.dependencies.utils").get_typed_signature(one.call)
            call.__signature__ = signature
            moved[one.call] = call
        if overrides:
            overridden = next(
                (key for key, used in overrides.items() if used is one.call), one.call
            )
            overrides[overridden] = moved[one.call]
        else:
            _replace(one, moved[one.call])


def _replace(dependant: Any, call: Callable[..., Any]) -> None:  # noqa: ANN401  FastAPI's
    """Let FastAPI call another function, and forget what it has found out about the first."""
    dependant.call = call
    for name, value in vars(type(dependant)).items():
        if isinstance(value, cached_property):
            vars(dependant).pop(name, None)
