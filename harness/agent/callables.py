"""How FastAPI and Starlette call a function: on the loop, or in a thread; and where it is written.

FastAPI's own judgement is asked where it can be: it has changed with its versions, such as on what
a decorator has wrapped.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import sys
from collections.abc import Mapping
from enum import Enum
from importlib import import_module
from types import CodeType
from typing import Any

from harness.agent.own_code import OwnCode

INSPECTED = {
    "gen": inspect.isgeneratorfunction,
    "async_gen": inspect.isasyncgenfunction,
    "coroutine": inspect.iscoroutinefunction,
}
DECORATORS = 60  # lines above a `def`, at most


class Kind(Enum):
    """What a callable is, with the trips to threads of one call as a dependency."""

    GENERATOR = "gen"
    ASYNC_GENERATOR = "async_gen"
    COROUTINE = "coroutine"
    FUNCTION = "function"

    @property
    def in_thread(self) -> bool:
        """Whether it runs in a thread."""
        return self in {Kind.GENERATOR, Kind.FUNCTION}

    @property
    def runs_on(self) -> str:
        """Where it runs."""
        return "thread" if self.in_thread else "loop"

    @property
    def yields(self) -> bool:
        """Whether it is a generator of either kind."""
        return self in {Kind.GENERATOR, Kind.ASYNC_GENERATOR}

    @property
    def hops(self) -> int:
        """One for a `def`, two for one that yields: FastAPI enters and leaves it in a thread."""
        return self.in_thread + (self is Kind.GENERATOR)


def kind_of(call: Any, dependant: Any = None) -> Kind:  # noqa: ANN401  any callable
    """Return what a callable is; `dependant` is FastAPI's, None of a route of plain Starlette."""
    for name, inspected in INSPECTED.items():
        if dependant is None:
            bare = _bare(call)
            instance = not inspect.isroutine(bare) and not isinstance(bare, type)
            found = inspected(bare) or (instance and inspected(type(bare).__call__))
        else:
            found = _judged(name, dependant)
        if found:
            return Kind(name)
    # Of a class of plain Starlette, the instance is an ASGI app.
    return Kind.COROUTINE if dependant is None and isinstance(call, type) else Kind.FUNCTION


def _judged(name: str, dependant: Any) -> bool:  # noqa: ANN401  FastAPI's
    """Return whether a callable is of this kind, by the function or property that FastAPI has."""
    asked = f"is_{name}_callable"
    for module, function in (("models", f"_{asked}"), ("utils", asked)):
        judge = getattr(sys.modules[f"fastapi.dependencies.{module}"], function, None)
        if judge is not None:
            return bool(judge(dependant.call))
    return bool(getattr(dependant, asked))


def overridden(dependant: Any, overrides: Mapping[Any, Any]) -> Any:  # noqa: ANN401  FastAPI's
    """Return a dependency, or what the app has put in its place."""
    if dependant.call not in overrides:
        return dependant
    make = import_module("fastapi.dependencies.utils").get_dependant
    return make(path=dependant.path, call=overrides[dependant.call])


def name_of(call: Any) -> str:  # noqa: ANN401  any callable
    """Return the name of a callable, such as `get_db` or `Reader.open`; of an instance its class's.

    The function that it was defined in is left out.
    """
    bare = _bare(call)
    name = getattr(bare, "__qualname__", None) or type(bare).__qualname__
    return str(name).rpartition("<locals>.")[2]


def codes_of(call: Any) -> list[CodeType]:  # noqa: ANN401  any callable
    """Return the codes of a function's decorators, outermost first, and at last its own.

    There are none of what is not written in Python.
    """
    one, found = _bare(call), []
    if not (isinstance(one, type) or inspect.isroutine(one) or hasattr(one, "__wrapped__")):
        one = type(one).__call__
    while one is not None:
        code = getattr(one, "__code__", None)
        if isinstance(code, CodeType):
            found.append(code)
        one = getattr(one, "__wrapped__", None)
    return found


def written(call: Any, own: OwnCode) -> str | None:  # noqa: ANN401  any callable
    """Return where a callable is defined, such as `shop/main.py:12`; None where it is not known."""
    if codes := codes_of(call):
        return f"{own.shown(codes[-1].co_filename)}:{line_of(codes[-1])}"
    try:
        return f"{own.shown(inspect.getfile(call))}:{inspect.getsourcelines(call)[1]}"
    except (OSError, TypeError):
        return None


def line_of(code: CodeType) -> int:
    """Return the line of a function's `def`; its code begins with its decorators."""
    first = code.co_firstlineno
    begins = re.compile(rf"\s*(async\s+)?def\s+{re.escape(code.co_name)}\b")
    lines = range(first, first + DECORATORS)
    found = (line for line in lines if begins.match(linecache.getline(code.co_filename, line)))
    return next(found, first)


def _bare(call: Any) -> Any:  # noqa: ANN401  any callable
    """Return the function inside of functools.partial."""
    while isinstance(call, functools.partial):
        call = call.func
    return call
