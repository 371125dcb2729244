"""The ASGI servers that an app can be served by, a file each.

A new server is a file here, with a function like `harness.servers.uvicorn.command`, and its line
below.
"""

from __future__ import annotations

from importlib import import_module

from harness.model.errors import unknown

SERVERS = {  # name -> the module that knows it, imported when it is needed
    "uvicorn": "harness.servers.uvicorn",
}


def command(server: str, target: str, host: str, port: int) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address.

    Raises BenchError where nobody knows the server.
    """
    if server not in SERVERS:
        raise unknown("server", server, SERVERS)
    words: list[str] = import_module(SERVERS[server]).command(target, host, port)
    return words
