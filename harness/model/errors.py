"""The one exception a user is meant to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BenchError(Exception):
    """What happened and where; `hint` says what to do about it."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def unknown(kind: str, name: str, known: Iterable[str]) -> BenchError:
    """Build the error for a name that nothing answers to, with the nearest one that does."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
    return BenchError(f"no {kind} named {name!r}", hint=hint)


class Unavailable(BenchError):  # noqa: N818  an adjective, as one says it
    """Something that a scenario needs is not to be had here. The others go on without it; `hint` is what would change that."""
