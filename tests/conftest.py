"""What every test stands on, and which of them may run beside each other."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# The order of the tiers. What takes longest begins first, so that no worker is left with it; what
# measures comes last, alone.
TIERS = ("containers", "process", "browser", "checks", "unit", "measuring")
ALONE = "measuring"  # its tests disturb the others, and are disturbed by them
ONE_WORKER = (ALONE, "containers", "browser")  # whose tests disturb each other, or share a browser

# A shell makes what it starts in its background ignore Ctrl-C, and what that starts inherits it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def tier(path: Path) -> str:
    """Return the folder of a test file."""
    return path.parent.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tiers in order."""
    items.sort(key=lambda item: TIERS.index(tier(item.path)))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist's classes are not typed
    """Hands out test by test, in their order, but for the tiers that one worker runs as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what is handed out together with a test, by a name."""
        found = tier(Path(nodeid.partition("::")[0]))
        return found if found in ONE_WORKER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config) -> Scheduling:
    """Let the workers be given their tests so."""
    return Scheduling(config)


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
