"""Why an app failed: the exception that its log ends with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.system import processes

RAISED = re.compile(r'File "(?P<file>.+)", line (?P<line>\d+), in (?P<function>.+)')
OF_THE_APP = re.compile(r"was answered 5\d\d|was closed with 10(06|11)")
BEGINS = "Traceback (most recent call last):"
# What every handler of a WebSocket raises, unless it catches it, as the load closes its sockets.
GONE = "WebSocketDisconnect"
DECORATION = " |+-"  # around the lines of a group of exceptions
WRITTEN_S = 1.0  # by which a traceback is in the log: it is written after the answer


def explained(failure: str, log: Path) -> str:
    """Return what failed, with the exception that the app wrote into its log, once it is there."""
    found: list[str] = []

    def written() -> bool:
        found.extend(filter(None, [_last(log)]))
        return bool(found)

    return f"{failure}; {found[-1]}" if processes.wait_until(written, WRITTEN_S) else failure


def with_exception(failure: str | None, log: Path) -> str | None:
    """Return a failure under load, with the exception that made it so where the app raised one."""
    return explained(failure, log) if failure and OF_THE_APP.search(failure) else failure


def without(secrets: Sequence[str], failure: str | None) -> str | None:
    """Return a failure in which no secret stands."""
    for secret in secrets if failure else ():
        failure = str(failure).replace(secret, "…")
    return failure


def _last(log: Path) -> str | None:
    """Return the last exception in a log and where it was raised; None where there is none."""
    written = log.read_text(errors="replace").split(BEGINS) if log.exists() else []
    text = "".join(one for one in written if GONE not in one)
    lines = [line for one in text.split("\n") if (line := one.strip(DECORATION))]
    for place in range(len(lines) - 1, -1, -1):
        if raised := RAISED.fullmatch(lines[place]):
            where = f"{Path(raised['file']).name}:{raised['line']}, in {raised['function']}"
            # Below it stand the line of code, perhaps with a mark under it, and the exception.
            said = [line for line in lines[place + 1 :] if set(line) - {"^", "~"}]
            return f"{said[1]} ({where}: {said[0]})" if len(said) > 1 else None
    return None
