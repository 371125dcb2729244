"""granian, on uvloop.

What cannot be as with uvicorn: its network side is written in Rust and runs in a thread beside the
interpreter's, with a parser of its own; also one worker is a process beside its parent; and a
connection that waits is closed after 60 s, the most that it can be told.
"""

from __future__ import annotations

OPTIONS = (
    *("--interface", "asgi", "--http", "1", "--loop", "uvloop"),
    *("--no-access-log", "--log-level", "warning"),
    *("--http1-header-read-timeout", "60000", "--backlog", "2048"),
)


def command(target: str, host: str, port: int, workers: int = 1) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    address = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return ["-m", "granian", target, *address, *OPTIONS]
