"""uvicorn, on uvloop and httptools."""

from __future__ import annotations

QUIET = ("--no-access-log", "--log-level", "warning")
FAST = ("--loop", "uvloop", "--http", "httptools")
LASTING = ("--timeout-keep-alive", "75", "--backlog", "2048")


def command(target: str, host: str, port: int, workers: int) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    address = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return ["-m", "uvicorn", target, *address, *FAST, *QUIET, *LASTING]
