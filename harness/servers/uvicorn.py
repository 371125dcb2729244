"""uvicorn, on uvloop or asyncio, with httptools or h11."""

from __future__ import annotations

from functools import partial

QUIET = ("--no-access-log", "--log-level", "warning")
LASTING = ("--timeout-keep-alive", "75", "--backlog", "2048")
# It replaces a worker that does not answer it: a worker that is held cannot.
HELD = ("--timeout-worker-healthcheck", "3600")


def command(
    target: str,
    host: str,
    port: int,
    workers: int = 1,
    loop: str = "uvloop",
    http: str = "httptools",
) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    address = ["--host", host, "--port", str(port), "--workers", str(workers)]
    made_of = ["--loop", loop, "--http", http]
    held = HELD if workers > 1 else ()
    return ["-m", "uvicorn", target, *address, *made_of, *QUIET, *LASTING, *held]


on_asyncio = partial(command, loop="asyncio")
on_h11 = partial(command, http="h11")
in_python = partial(command, loop="asyncio", http="h11")
