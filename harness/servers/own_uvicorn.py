"""uvicorn, one process, on the loop and the parser that the app's own environment has."""

from __future__ import annotations

from harness.servers.uvicorn import LASTING, QUIET


def command(target: str, host: str, port: int) -> list[str]:
    """Return the words after the interpreter that serve the app `target` at this address."""
    return ["-m", "uvicorn", target, "--host", host, "--port", str(port), *QUIET, *LASTING]
