"""hypercorn, on uvloop.

What cannot be as with uvicorn: it parses with h11 only, and closes a connection after a thousand
requests, which no option changes. It writes no access log unless it is told to.
"""

from __future__ import annotations

OPTIONS = (
    *("--worker-class", "uvloop", "--log-level", "warning"),
    *("--keep-alive", "75", "--backlog", "2048"),
)
IN_ITS_OWN_PROCESS = 0  # workers: one would be a process beside its parent


def command(target: str, host: str, port: int, workers: int = 1) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    count = workers if workers > 1 else IN_ITS_OWN_PROCESS
    return [
        "-m",
        "hypercorn",
        target,
        "--bind",
        f"{host}:{port}",
        "--workers",
        str(count),
        *OPTIONS,
    ]
