"""The fixtures of the tests that measure in containers; they are skipped where none can run."""

from __future__ import annotations

import shutil

import pytest

from harness.model.errors import BenchError
from harness.places import engine
from harness.places.engine import Engine
from harness.project import ROOT
from tests.support.project_copy import Copy, copy, original

__all__ = ["copy", "original"]


@pytest.fixture(scope="session")
def here() -> Engine:
    """Return the engine; without one the tests are skipped, which is not the same as shown."""
    try:
        return engine.engine()
    except BenchError as error:
        pytest.skip(f"{error}: .ci/containers up brings one up on Debian")


@pytest.fixture
def contained(copy: Copy, here: Engine) -> Copy:
    """Let the engine answer to a copy of the project, with what its build needs."""
    copy.environment["DOCKER_HOST"] = here.endpoint
    shutil.copy(ROOT / ".dockerignore", copy.root)
    return copy
