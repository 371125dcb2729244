"""The history on disk: one line per run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter

from harness.judge.history import Point
from harness.model.errors import BenchError

POINT = TypeAdapter(Point)


def append(file: Path, points: Iterable[Point]) -> None:
    """Put points at the end of the history, but no run twice.

    Raises BenchError where that cannot be written.
    """
    known = [replace(one, at="") for one in read(file)]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            for one in points:
                if replace(one, at="") not in known:
                    lines.write(json.dumps(asdict(one)) + "\n")
                    known.append(replace(one, at=""))
    except OSError as error:
        hint = "choose another with --file, or fix its permissions"
        raise BenchError(f"cannot write {file}: {error.strerror}", hint=hint) from error


def read(file: Path) -> list[Point]:
    """Return the points of a history; raises BenchError with the line that is damaged."""
    found = []
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else ()
    for number, line in enumerate(lines, 1):
        try:
            found.append(POINT.validate_json(line))
        except ValueError as error:
            said = f"{file}, line {number}, cannot be read: {str(error).splitlines()[0]}"
            raise BenchError(said, hint="remove that line, or restore the file") from error
    return found
