"""The ASGI servers that an app can be served by, a file each.

A new server is a file here, with a function like `harness.servers.uvicorn.command`, and its line
below.
"""

from __future__ import annotations

import shlex
from importlib import import_module

from harness.model.app import App
from harness.model.errors import unknown

SERVERS = {  # name -> the module that knows it, imported when it is needed
    "uvicorn": "harness.servers.uvicorn",
    "uvicorn of the app": "harness.servers.own_uvicorn",
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

    So many worker processes serve it.

    Raises BenchError where nobody knows the server.
    """
    if server not in SERVERS:
        raise unknown("server", server, SERVERS)
    words: list[str] = import_module(SERVERS[server]).command(target, host, port, workers)
    return words
