"""What `bench.py app` measures: what its options say, and pyproject.toml's [tool.fastapi-bench]."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.cli.app_questions import DEADLINE_S, Asking, pairs
from harness.cli.app_table import Table, route_of, table_of
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.own_app import IDLE, OwnApp
from harness.model.workload import Same, Workload

IMPORT_STRING = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
SERVER = "uvicorn of the app"  # where no command is given
COMMAND = "gunicorn -k uvicorn_worker.UvicornWorker -w 4 -b {host}:{port} {app}"  # for example
CLIENTS = 64
MOST = 3  # routes that are asked where none is named


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the command line says, as it was typed; None or empty where it says nothing."""

    project: Path
    target: str | None = None
    routes: tuple[tuple[str, str], ...] = ()  # method and path
    body: str | None = None
    headers: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    status: int | None = None
    same: Same | None = None
    factory: bool = False
    python: str | None = None
    env_file: str | None = None
    environment: tuple[str, ...] = ()
    server: str | None = None
    workers: int | None = None
    clients: int | None = None
    deadline: float | None = None
    tries: tuple[str, ...] = ()
    port: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """An app with the questions that are named, perhaps none, and how others would be asked."""

    own: OwnApp
    asking: Asking

    @property
    def is_url(self) -> bool:
        """Whether the app runs already, and only its address is known."""
        return "://" in self.own.app.target

    def asked_of_itself(self, described: Mapping[str, Any]) -> tuple[OwnApp, list[str]]:
        """Return the app with questions that its routes suggest, and which are left out, and why.

        `described` is what the agent says of every route. Those that read and need no value are
        asked, at most MOST. Raises BenchError where there is none.
        """
        asked: list[Workload] = []
        left_out = []
        for route in described["routes"]:
            method, path = route["method"], route["path"]
            if route["kind"] != "http":
                left_out.append(f"{path} (a {route['kind']})")
            elif route["writes"]:
                left_out.append(f"{method} {path} (it writes)")
            elif route["needs"]:
                left_out.append(f"{method} {path} (it needs {', '.join(route['needs'])})")
            elif method != "GET" or len(asked) == MOST:
                left_out.append(f"{method} {path}")
            else:
                asked.append(self.asking.question(route_of(method, path)))
        if not asked:
            raise BenchError(
                f"no route of {self.own.app.target} can be asked without parameters",
                hint="name one: --get '/products/{id}' --param id=1..1000; --routes lists them",
            )
        return replace(self.own, questions=tuple(asked)), left_out


def configured(said: Said) -> Config:
    """Return what is to be measured; the command line wins, and paths count from the project.

    Raises BenchError, which names the option, or the file and its key, where something is missing
    or wrong.
    """
    project = said.project.resolve()
    if not project.is_dir():
        raise BenchError(f"--project {said.project} is no folder", hint="name that of the app")
    table = table_of(project / "pyproject.toml")
    target = said.target or table.app
    if target is None:
        raise BenchError(
            f"no app is named, neither here nor in {project / 'pyproject.toml'}",
            hint='bench.py app shop.main:app, or app = "shop.main:app" under [tool.fastapi-bench]',
        )
    runs = "://" in target
    if not runs and not IMPORT_STRING.fullmatch(target):
        raise BenchError(
            f"{target!r} is neither an import string nor a URL",
            hint="write shop.main:app, or http://127.0.0.1:8000",
        )
    asking = Asking(
        project=project,
        idle="/" if runs else IDLE,
        deadline_s=said.deadline or table.deadline or DEADLINE_S,
        body=said.body,
        headers=said.headers,
        params=said.params,
        status=said.status,
        same=said.same,
    )
    written = {route.named: route for route in table.routes}
    named = [written.get(one) or route_of(*one) for one in dict.fromkeys(said.routes or written)]
    if named:
        asking.require_used(named)
    workers = said.workers or table.workers or 1
    own = OwnApp(
        app=App(
            target=target,
            folder=project,
            python=Path(sys.executable) if runs else _python(said.python or table.python, project),
            environment=_environment(said, table, project, workers),
            server=SERVER,
            command=_server(said.server or table.server or ""),
            factory=said.factory or table.factory,
        ),
        questions=tuple(map(asking.question, named)),
        tries=tuple((pairs("--try", said.tries) or table.tries).items()),
        start=table.start,
        seed=table.seed,
        workers=workers,
        clients=said.clients or table.clients or CLIENTS,
        port=said.port,
    )
    return Config(own, asking)


def _environment(said: Said, table: Table, project: Path, workers: int) -> dict[str, str]:
    """Return what the app is told besides what it inherits."""
    from_file = {} if said.env_file or not table.env_file else _env_file(project / table.env_file)
    from_option = _env_file(project / said.env_file) if said.env_file else {}
    return {
        **({"WEB_CONCURRENCY": str(workers)} if workers > 1 else {}),  # uvicorn's, and gunicorn's
        **from_file,
        **table.environment,
        **from_option,
        **pairs("--env", said.environment),
    }


def _env_file(file: Path) -> dict[str, str]:
    """Read lines like `export NAME="value"`; raises BenchError with the line that is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        hint = "name another with --env-file; paths count from the project"
        raise BenchError(f"{file} cannot be read: {why}", hint=hint) from error
    found = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ").lstrip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name.isidentifier():
            hint = "write NAME=value there, a line each"
            raise BenchError(f"{file}, line {number}, sets no variable", hint=hint)
        quoted = re.fullmatch(r"(['\"])(.*)\1(\s+#.*)?", value)
        found[name] = quoted[2] if quoted else re.sub(r"(^|\s+)#.*", "", value)
    return found


def _python(given: str | None, project: Path) -> Path:
    """Return the interpreter that is given, or the project's own, or ours."""
    own = project / ".venv" / "bin" / "python"
    python = project / given if given else own if own.is_file() else Path(sys.executable)
    if not python.is_file():
        hint = "paths count from the project: --python .venv/bin/python"
        raise BenchError(f"there is no interpreter {python}", hint=hint)
    return python


def _server(command: str) -> str:
    """Return the command, which may be empty; raises BenchError where it lacks what it needs."""
    for name in ("{app}", "{port}"):
        if command and name not in command:
            raise BenchError(f"the server {command!r} has no {name}", hint=f"such as '{COMMAND}'")
    try:
        command.format(app="", host="", port="")
    except (LookupError, ValueError) as error:
        raise BenchError(
            f"the server {command!r}: only {{app}}, {{host}} and {{port}} may stand in braces",
            hint=f"such as '{COMMAND}'; write other braces twice",
        ) from error
    return command
