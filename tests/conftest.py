"""What every test stands on, and which of them may run beside each other."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ALONE = ("measuring", "containers")  # tiers whose tests disturb, and are disturbed

# A shell makes what it starts in its background ignore Ctrl-C, and what that starts inherits it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def tier(path: Path) -> str:
    """Return the folder of a test file."""
    return path.parent.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that run alone last, each tier on one worker."""
    items.sort(key=lambda item: tier(item.path) in ALONE)
    for item in items:
        if tier(item.path) in ALONE:
            item.add_marker(pytest.mark.xdist_group(tier(item.path)))


@pytest.fixture(autouse=True)
def turns(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Let a test that runs alone wait until the tests of the other workers have ended."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    how = fcntl.LOCK_EX if tier(request.path) in ALONE else fcntl.LOCK_SH
    with (tmp_path_factory.getbasetemp().parent / "turns.lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield
