"""What every test stands on, and which of them may run beside each other."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

# The order of the tiers. What takes longest begins first, so that no worker is left with it; what
# measures comes last, alone.
TIERS = ("containers", "process", "checks", "unit", "measuring")
ALONE = "measuring"  # its tests disturb the others, and are disturbed by them
ONE_WORKER = (ALONE, "containers")  # whose tests disturb each other

# A shell makes what it starts in its background ignore Ctrl-C, and what that starts inherits it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def tier(path: Path) -> str:
    """Return the folder of a test file."""
    return path.parent.name


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tiers in order, each of those on one worker that has to be."""
    items.sort(key=lambda item: TIERS.index(tier(item.path)))
    for item in items:
        if tier(item.path) in ONE_WORKER:
            item.add_marker(pytest.mark.xdist_group(tier(item.path)))


@pytest.fixture(autouse=True)
def turns(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Let a test that measures wait until the tests of the other workers have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    how = fcntl.LOCK_EX if tier(request.path) == ALONE else fcntl.LOCK_SH
    with (tmp_path_factory.getbasetemp().parent / "turns.lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield
