"""Where a monitor answers: a port of its own for each worker process of a server."""

from __future__ import annotations

import errno
import os
import resource
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from socket import socket
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

WORKERS = 32  # of a server, at most
JOINED = "/joined/"  # with a port and a process id: what a worker says to the one that is asked
PATIENCE_S = 5
SILENT = (OSError, HTTPException)  # what a monitor that is gone raises


def listen(host: str, port: int, answer: WSGIApplication) -> WSGIServer:
    """Return a server at this port, or at one of the next where other workers have it.

    Raises OSError where none of them can be had.
    """
    for mine in range(port, port + WORKERS):
        try:
            return make_server(
                host, mine, answer, server_class=FdReserveServer, handler_class=QuietHandler
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE or mine == port + WORKERS - 1:
                raise
    raise AssertionError("there is a last port")


def join(host: str, port: int, mine: int) -> None:
    """Let the worker at `port` know that this process serves as well, its monitor at `mine`."""
    with suppress(*SILENT):
        ask(host, port, f"{JOINED}{mine}/{os.getpid()}")


def ask(host: str, port: int, question: str) -> bytes:
    """Return what the monitor of another worker answers; raises one of SILENT."""
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", question)
        return connection.getresponse().read()
    finally:
        connection.close()


def lives(pid: int) -> bool:
    """Return whether a process of ours still runs."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


class FdReserveServer(WSGIServer):
    """Answers also for an app that has run out of files.

    It raises the limit a little for as long as an answer takes.
    """

    RESERVE = 64

    def get_request(self) -> tuple[socket, Any]:
        """Raise RLIMIT_NOFILE to accept a connection."""
        self._limits = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = soft + self.RESERVE
        self._raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._raised, hard))
        try:
            return super().get_request()
        except OSError:
            resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)
            raise

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  as socketserver has it
        """Restore the limit when the request ends, unless the app has set it meanwhile."""
        super().shutdown_request(request)
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] == self._raised:
            resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)


class QuietHandler(WSGIRequestHandler):
    """Writes no line for each scrape."""

    def log_message(self, *_: object) -> None:
        """Write nothing."""
