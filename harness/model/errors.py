"""The exceptions that a user is meant to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BenchError(Exception):
    """Something that the user can fix: what happened and where; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Unavailable(BenchError):  # noqa: N818  an adjective, as one says it
    """A scenario needs something that this machine does not have; `hint` is what would change that.

    The other scenarios are measured without it.
    """


def unknown(kind: str, name: str, known: Iterable[str]) -> BenchError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"
    return BenchError(f"no {kind} named {name!r}", hint=hint)
