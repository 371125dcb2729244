"""The ASGI servers that an app can be served by.

A new server is a file here, with a function like `harness.servers.uvicorn.command`, and its line
below. Its workers have to be in the process group of what is started.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from harness.model.app import App
from harness.model.errors import unknown
from harness.servers import granian, hypercorn, own_uvicorn, uvicorn


@dataclass(frozen=True, slots=True)
class Server:
    """How it is started, and the modules that the app's interpreter must have for it."""

    command: Callable[[str, str, int, int], list[str]]
    modules: tuple[str, ...] = ()


SERVERS = {
    "uvicorn": Server(uvicorn.command, ("uvicorn", "uvloop", "httptools")),
    "uvicorn on asyncio": Server(uvicorn.on_asyncio, ("uvicorn", "httptools")),
    "uvicorn on h11": Server(uvicorn.on_h11, ("uvicorn", "uvloop", "h11")),
    # What every interpreter can be served by: it needs nothing that is compiled.
    "uvicorn in Python": Server(uvicorn.in_python, ("uvicorn", "h11")),
    "granian": Server(granian.command, ("granian", "uvloop")),
    "hypercorn": Server(hypercorn.command, ("hypercorn", "uvloop")),
    "uvicorn of the app": Server(own_uvicorn.command, ("uvicorn",)),
}


def words(app: App, target: str, host: str, port: int) -> list[str]:
    """Return the command line that serves `target`, which stands for the app, at this address.

    A program of the app's own command is taken from beside its interpreter where it is there.
    """
    if app.command:
        first, *others = shlex.split(app.command.format(app=target, host=host, port=port))
        beside = app.python.parent / first
        return [str(beside) if beside.is_file() else first, *others]
    return [str(app.python), *command(app.server, target, host, port, app.workers)]


def command(server: str, target: str, host: str, port: int, workers: int = 1) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address.

    So many worker processes serve it. Raises BenchError where nobody knows the server.
    """
    return _known(server).command(target, host, port, workers)


def modules(server: str) -> tuple[str, ...]:
    """Return what has to be importable for a server; raises BenchError where nobody knows it."""
    return _known(server).modules


def _known(server: str) -> Server:
    if server not in SERVERS:
        raise unknown("server", server, SERVERS)
    return SERVERS[server]
