"""Processes that end with the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.system.processes import ProcessSupervisor


@pytest.fixture
def supervisor() -> Iterator[ProcessSupervisor]:
    """Start processes that end with the test."""
    with ProcessSupervisor() as supervisor:
        yield supervisor
