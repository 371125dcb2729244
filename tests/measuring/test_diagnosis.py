"""The cause and the line are found, of apps for which both are known, under real load."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.diagnosis import KNOWN, Known, diagnosed

NAMES = ("blocking_driver", "threads_used_up", "clean_async")


@pytest.mark.parametrize(
    "known", [one for one in KNOWN if one.name in NAMES], ids=lambda one: one.name
)
def test_cause_and_line_are_those_that_are_known(known: Known, tmp_path: Path) -> None:
    """Of a loop that waits, of threads that are used up, and of an app that does nothing wrong."""
    found = diagnosed(known, tmp_path, "--profile", "smoke")
    assert (found.route["cause"], found.route["line"]) == (known.cause.name, known.line)
