"""What the operating system refuses, in words that say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.model.errors import BenchError

_SPACE = "free some space there, or choose another folder with --results"
_RIGHTS = "change its permissions, or choose another folder with --results"
_FILES = "allow more open files (ulimit -n 4096), or end what holds so many"
HINTS = {  # what a user can change; every other number is a fault of ours
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "allow larger files (ulimit -f)",
    errno.EROFS: "choose a folder that can be written to with --results",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EISDIR: "a file is needed there: move the folder away",
    errno.ENOTDIR: "a folder is needed there: move the file away",
    errno.EEXIST: "move it away",
    errno.ENOENT: "it was moved or removed: put it back",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.ELOOP: "fix the symbolic link",
    errno.EIO: "look for a damaged disk: dmesg shows what the kernel says of it",
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: "free some memory",
    errno.EAGAIN: "end some processes, or allow more (ulimit -u)",
}
KEPT = "What was measured is kept"
RESUMES = f"{KEPT}, and the same command resumes."


@contextmanager
def explained(place: Path, kept: str = "") -> Iterator[None]:
    """Raise BenchError for what the operating system refuses inside the context.

    `place` is named where the error names no file: writing to a full disk does not say which.
    `kept` is a sentence on what was saved.
    """
    try:
        yield
    except OSError as error:
        if found := refusal(error, place, kept):
            raise found from error
        raise


def refusal(error: OSError, place: Path | str = "the output", kept: str = "") -> BenchError | None:
    """Return what to say of an error of the operating system; None where it is a fault of ours."""
    if error.errno not in HINTS:
        return None
    hint = HINTS[error.errno]
    return BenchError(
        f"{error.filename or place}: {os.strerror(error.errno)}",
        hint=f"{hint}. {kept}" if kept else hint,
    )
