"""uvicorn, on the loop and the parser that the app's own environment has."""

from __future__ import annotations

from harness.servers.uvicorn import LASTING, QUIET


def command(target: str, host: str, port: int, workers: int) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    address = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return ["-m", "uvicorn", target, *address, *QUIET, *LASTING]
