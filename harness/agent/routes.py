"""An app's routes: what answers, where each part of it runs, and what a request has to bring.

    APP=shop.main:app python -m harness.agent.routes

imports the app and prints all of them as JSON on the last line; no request is sent. It knows plain
Starlette, and FastAPI from 0.100 on; neither has to be there.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from harness.agent.callables import Kind, kind_of, name_of, overridden, written
from harness.agent.loading import load
from harness.agent.own_code import OwnCode

SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
DOCUMENTATION = "fastapi.applications"  # the module of /docs, /redoc and /openapi.json
SENT_AS = ("query", "header", "cookie", "body")
PLACEHOLDER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True, slots=True)
class Route:
    """A route as FastAPI or Starlette `made` it; `path` holds the prefixes of all mounts."""

    made: Any
    path: str

    @property
    def dependant(self) -> Any:  # noqa: ANN401  FastAPI's
        """The tree of FastAPI's dependencies, with the handler at its root; else None."""
        return getattr(self.made, "dependant", None)

    @property
    def overrides(self) -> dict[Any, Any]:
        """What the app has put in the place of which dependency."""
        provider = getattr(self.made, "dependency_overrides_provider", None)
        found: dict[Any, Any] = getattr(provider, "dependency_overrides", {})
        return found

    @property
    def dependencies(self) -> list[Any]:
        """All dependencies in the order in which they run, also those that are there twice."""
        return list(_below(self.dependant, self.overrides)) if self.dependant else []

    @property
    def is_http(self) -> bool:
        """Whether it answers requests; else it is a WebSocket."""
        return hasattr(self.made, "methods")

    @property
    def methods(self) -> list[str]:
        """The methods that it answers; HEAD is not named where GET is."""
        made = set(getattr(self.made, "methods", None) or ())
        if not made and isinstance(self.made.endpoint, type):
            made = {one for one in METHODS if hasattr(self.made.endpoint, one.lower())}
        return sorted(made - {"HEAD"} if "GET" in made else made) or ["GET"]

    def handler(self, method: str) -> Any:  # noqa: ANN401  any callable
        """Return what is called for a request of this method."""
        endpoint = self.made.endpoint
        return (
            getattr(endpoint, method.lower(), endpoint) if isinstance(endpoint, type) else endpoint
        )

    def kind(self, method: str) -> Kind:
        """Return how the handler is called."""
        return kind_of(self.handler(method), self.dependant)


def every(app: Any, prefix: str = "") -> Iterator[Route]:  # noqa: ANN401  any ASGI app
    """Yield all routes, in the order in which they are tried."""
    for made in _routes(app):
        path = prefix + getattr(made, "path", "")
        if getattr(made, "endpoint", None) is not None:
            yield Route(made, path)
        else:
            yield from every(getattr(made, "app", None), path)


def answering(app: Any, request: str) -> Route | None:  # noqa: ANN401  any ASGI app
    """Return the route that answers a request such as "GET /products/1"; None where none does."""
    method, _, target = request.partition(" ")
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(target.partition("?")[0]),
        "root_path": getattr(_inside(app), "root_path", ""),  # FastAPI's, behind a proxy
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
    }
    return _answering(app, scope, "")


def _answering(
    app: Any,  # noqa: ANN401  any ASGI app
    scope: Mapping[str, Any],
    prefix: str,
) -> Route | None:
    for made in _routes(app):
        match, below = made.matches(dict(scope))
        if match.name == "FULL":
            path = prefix + getattr(made, "path", "")
            if getattr(made, "endpoint", None) is not None:
                return Route(made, path)
            return _answering(getattr(made, "app", None), {**scope, **below}, path)
    return None


def _inside(app: Any) -> Any:  # noqa: ANN401  any ASGI app
    """Return what has the routes of an app, inside of all middlewares; None where nothing has."""
    while app is not None and not hasattr(app, "routes"):
        app = getattr(app, "app", None)
    return app


def _routes(app: Any) -> Iterator[Any]:  # noqa: ANN401  any ASGI app
    """Yield the routes of an app."""
    for made in getattr(_inside(app), "routes", ()):
        # Newer versions of FastAPI keep an included router as it is, and its routes in contexts.
        contexts = getattr(made, "effective_route_contexts", None)
        for one in contexts() if contexts else [made]:
            route = getattr(one, "starlette_route", None) or one
            if hasattr(route, "matches"):
                yield route


def _below(
    dependant: Any,  # noqa: ANN401  FastAPI's
    overrides: Mapping[Any, Any],
) -> Iterator[Any]:
    for one in dependant.dependencies:
        used = overridden(one, overrides)
        yield from _below(used, overrides)
        yield used


def described(route: Route, method: str, own: OwnCode) -> dict[str, Any]:
    """Return a route as JSON has it; places are relative to the app's root.

    `hops` are the trips to threads that its code makes for a request, as far as it can be known
    without one.
    """
    handler, kind = route.handler(method), route.kind(method)
    dependencies = {one.call: kind_of(one.call, one) for one in route.dependencies}
    hops = sum(one.hops for one in dependencies.values())
    if kind.in_thread:
        # FastAPI checks in a thread what a `def` returned, where it knows what that should be.
        hops += 1 + (getattr(route.made, "response_field", None) is not None)
    return {
        "method": method,
        "path": PLACEHOLDER.sub(r"{\1}", route.path),
        "handler": name_of(handler),
        "at": written(handler, own),
        "runs_on": kind.runs_on,
        "coroutine": kind is Kind.COROUTINE,
        "dependencies": [
            {
                "name": name_of(call),
                "at": written(call, own),
                "runs_on": one.runs_on,
                "generator": one.yields,
            }
            for call, one in dependencies.items()
        ],
        "hops": hops,
        "needs": _needs(route),
        "writes": route.is_http and method not in SAFE,
        "kind": "http" if route.is_http else "websocket",
    }


def _needs(route: Route) -> list[str]:
    """Return the names of what a request has to bring, those in the path first."""
    fields = [
        field
        for one in ([*route.dependencies, route.dependant] if route.dependant else [])
        for kind in SENT_AS
        for field in getattr(one, f"{kind}_params")
    ]
    needed = [field.alias for field in fields if _is_required(field)]
    return list(dict.fromkeys([*PLACEHOLDER.findall(route.path), *needed]))


def _is_required(field: Any) -> bool:  # noqa: ANN401  FastAPI's, of either version of Pydantic
    required = getattr(field.field_info, "is_required", None)
    return bool(required() if required else field.required)


def all_of(app: Any, own: OwnCode) -> list[dict[str, Any]]:  # noqa: ANN401  any ASGI app
    """Return every route, once for each method; but for those of FastAPI's own documentation."""
    return [
        described(route, method, own)
        for route in every(app)
        if getattr(route.made.endpoint, "__module__", "") != DOCUMENTATION
        for method in route.methods
    ]


def main() -> None:
    """Print what is known of the app's routes."""
    app, own = load()
    fastapi = getattr(sys.modules.get("fastapi"), "__version__", None)
    found = {"python": platform.python_version(), "fastapi": fastapi, "routes": all_of(app, own)}
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
