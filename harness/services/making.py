"""What a server needs before it starts: its data, its files, and an account that is not root's."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.services.service import ServiceKind, Start, Startable
from harness.system import processes
from harness.system.processes import Account


def unprivileged(kind: ServiceKind, *names: str) -> Account | None:
    """Return whom a server runs as that is not to run as root, or None where we are not root.

    It is the first of these accounts that there is, else nobody. Raises BenchError without one.
    """
    if os.geteuid() != 0:
        return None
    for name in (*names, "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise BenchError(
        f"{kind.title} is not run as root, and there is no account "
        f"{' or '.join((*names, 'nobody'))}",
        hint=f"run bench.py as another user, or set {kind.variable}",
    )


def write(file: Path, text: str, account: Account | None) -> Path:
    """Write a file that belongs to the account, and that nobody else may read."""
    file.touch(mode=0o600)
    file.write_text(text)
    if account:
        os.chown(file, account.uid, account.gid)
    return file


def make(
    kind: Startable,
    start: Start,
    words: Sequence[str | Path],
    account: Account | None,
    *,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> None:
    """Run the program that makes the data of a server; raises BenchError where it fails."""
    log = start.log(kind.name)
    making = start.supervisor.start(
        words, log=log, account=account, cores=start.cores, environment=environment, cwd=cwd
    )
    made = processes.wait_until(lambda: making.poll() is not None, kind.start_s)
    start.supervisor.end(making)
    if not made or making.returncode:
        raise BenchError(
            f"{kind.title}'s {Path(words[0]).name} failed: {processes.last_words(log)}",
            hint=f"its log is {log}; or give a server with {kind.variable}",
        )
