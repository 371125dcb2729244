"""What a project's pyproject.toml says under [tool.fastapi-bench]."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.model.errors import BenchError, unknown
from harness.model.workload import Same

METHODS = ("get", "post", "put", "patch", "delete")
Count = Annotated[int, Field(ge=1)]
# How each key is written, for whoever wrote it in another way.
WRITTEN = {
    "app": '"shop.main:app"',
    "factory": "true",
    "python": '".venv/bin/python"',
    "server": '"gunicorn -b {host}:{port} {app}"',
    "workers": "2",
    "clients": "64",
    "env-file": '".env"',
    "environment": '{POOL_SIZE = "10"}',
    "start": '"redis-server --port 6400"',
    "seed": '"python seed.py"',
    "try": '{POOL_SIZE = "20"}',
    "deadline": "2.0",
    "routes": '[{get = "/products/1"}], or use [[tool.fastapi-bench.routes]]',
    **dict.fromkeys(METHODS, '"/products/{id}"'),
    "params": '{id = "1..1000"}',
    "body": '"@order.json"',
    "headers": '{Authorization = "Bearer ${TOKEN}"}',
    "status": "200",
    "same": '"exact", "shape" or "status"',
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Route(_Strict):
    """One route that is asked: a method with its path, and what belongs to it."""

    get: str | None = None
    post: str | None = None
    put: str | None = None
    patch: str | None = None
    delete: str | None = None
    params: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    status: int = 200
    same: Same = "exact"

    @property
    def named(self) -> tuple[str, str]:
        """Its method and path; of several the first."""
        paths = ((method.upper(), getattr(self, method)) for method in METHODS)
        return next((method, path) for method, path in paths if path is not None)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [method for method in METHODS if getattr(self, method) is not None]
        if len(given) != 1:
            raise ValueError(f"a route has one method with its path, and not {len(given)}")
        return self


class Table(_Strict):
    """The whole table; None or empty where it says nothing."""

    app: str | None = None
    factory: bool = False
    python: str | None = None
    server: str | None = None
    workers: Count | None = None
    clients: Count | None = None
    env_file: str | None = Field(None, alias="env-file")
    environment: dict[str, str] = Field(default_factory=dict)
    start: str = ""
    seed: str = ""
    tries: dict[str, str] = Field(default_factory=dict, alias="try")
    deadline: Annotated[float, Field(gt=0)] | None = None
    routes: list[Route] = Field(default_factory=list)


def route_of(method: str, path: str) -> Route:
    """Return a route of which nothing else is said."""
    return Route.model_validate({method.lower(): path})


def table_of(file: Path) -> Table:
    """Read the table of a pyproject.toml, which need not be there.

    Raises BenchError, which names file, key and what is right, where it cannot be used.
    """
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return Table.model_validate({})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"{file} is no TOML: {error}", hint="correct it there") from error
    try:
        return Table.model_validate(found.get("fastapi-bench", {}))
    except ValidationError as error:
        raise _refusal(file, error) from error


def _refusal(file: Path, error: ValidationError) -> BenchError:
    """Return the first thing that is wrong, and how it is written rightly."""
    first = error.errors()[0]
    where = [str(part + 1) if isinstance(part, int) else part for part in first["loc"]]
    place = f"{file}, [tool.fastapi-bench]"
    if first["type"] == "extra_forbidden":
        model = Route if len(where) > 1 else Table
        known = [field.alias or name for name, field in model.model_fields.items()]
        near = unknown("key", where[-1], known)
        inside = f", in {' '.join(where[:-1])}" if where[:-1] else ""
        return BenchError(f"{place}{inside}: {near}", hint=near.hint)
    key = next((part for part in reversed(where) if part in WRITTEN), "routes")
    why = first["msg"].removeprefix("Value error, ")
    return BenchError(
        f"{place}, {' '.join(where)}: {why[0].lower()}{why[1:]}",
        hint=f"write it like {key} = {WRITTEN[key]}",
    )
