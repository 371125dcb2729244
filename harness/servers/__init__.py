"""The ASGI servers that an app can be served by, a file each.

A new server is a file here, with a function like `harness.servers.uvicorn.command`, and its line
below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from harness.model.errors import unknown

SERVERS = {  # name -> the module that knows it, imported when it is needed
    "uvicorn": "harness.servers.uvicorn",
}


class Command(Protocol):
    """How a server is started: the words after the interpreter."""

    def __call__(self, target: str, host: str, port: int) -> list[str]:
        """Return the words that serve the app `target` at this address."""
        ...


def command_of(server: str) -> Command:
    """Return how a server is started; raises BenchError where nobody knows it."""
    if server not in SERVERS:
        raise unknown("server", server, SERVERS)
    found: Command = import_module(SERVERS[server]).command
    return found
