"""Somebody's own app, and what it is asked: as the command line or a pyproject.toml say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.workload import Workload

IDLE = "/-/idle"  # which the agent answers itself, in the app's loop
RAW = "surrogateescape"  # bytes that are no text stay as they are
SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApp:
    """An app, its questions, and what to try.

    A question is a workload; `${NAME}` in its path, headers and body is not filled in yet.
    `start` is a command that runs while the app is measured, `seed` one that ends before. `tries`
    are environment variables that each make a variant of their own. A `port` of 0 is any that is
    free.
    """

    app: App
    questions: tuple[Workload, ...]
    tries: tuple[tuple[str, str], ...] = ()
    start: str = ""
    seed: str = ""
    workers: int = 1
    clients: int = 64
    port: int = 0


def filled_in(workload: Workload, environment: Mapping[str, str]) -> Workload:
    """Return the workload with `${NAME}` filled in from the environment.

    Raises BenchError where a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            raise BenchError(
                f"${{{name}}} stands in the request, and the environment has no {name}",
                hint=f"set it: export {name}=…, or write it into the file given by --env-file",
            )
        return environment[name]

    def fill(text: str) -> str:
        return SECRET.sub(value, text)

    return replace(
        workload,
        path=fill(workload.path),
        headers={name: fill(text) for name, text in workload.headers.items()},
        body=fill(workload.body.decode(errors=RAW)).encode(errors=RAW),
    )


def recorded(workload: Workload) -> Workload:
    """Return the workload as it may be kept: `${NAME}` as it stands, and no body."""
    return replace(workload, body=b"")


def secrets(workload: Workload, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values that `${NAME}` stands for in a workload, as far as they are set."""
    texts = (workload.path, *workload.headers.values(), workload.body.decode(errors=RAW))
    names = {name for text in texts for name in SECRET.findall(text)}
    return tuple(value for name in sorted(names) if (value := environment.get(name)))
