"""What is said of somebody's own app, as plain lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.report import sentences, wording
from harness.report.own_app import OwnRoute, WhatIf, facts, predicted, to_do

RUNS = {"loop": "on the loop", "thread": "in a thread"}


def lines(found: OwnRoute) -> Iterator[str]:
    """Yield what is said of a route, line by line."""
    yield f"{found.title}   {of_route(found.route)}"
    yield ""
    for name, said in facts(found):
        yield f"{name:<14}{said}"
    if found.what_ifs:
        yield ""
        yield "WHAT IF, measured, your files untouched"
        width = max(len(one.says) for one in found.what_ifs)
        for one in found.what_ifs:
            yield f"  {one.says:<{width}}  {_gain(one)}"
    for said in predicted(found):
        yield ""
        yield "WHAT IF, predicted, not measured"
        yield f"  {said}"
    if advice := to_do(found):
        yield ""
        yield from advice


def of_route(route: Mapping[str, Any] | None) -> str:
    """Write where a handler and its dependencies run, by the code."""
    if route is None:
        return "no route of FastAPI or Starlette answers it: only the app as a whole is seen"
    kind = "async def" if route["coroutine"] else "def"
    said = f"{kind} {route['handler']} ({route['at']}), {RUNS[route['runs_on']]}"
    dependencies = [f"{one['name']} {RUNS[one['runs_on']]}" for one in route["dependencies"]]
    return f"{said}; dependencies: {', '.join(dependencies)}" if dependencies else said


def _gain(one: WhatIf) -> str:
    gain = one.contrast.gain
    if gain is None:
        return f"CANNOT TELL: {one.contrast.why}"
    return f"{wording.factor(gain)} ({sentences.confidence(gain)})  {one.verdict}"
