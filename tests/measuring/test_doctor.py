"""The doctor is quick enough to be asked before every measurement."""

from __future__ import annotations

import time

from tests.support.project_copy import Copy

SECONDS = 10


def test_doctor_answers_within_ten_seconds(copy: Copy) -> None:
    """Two of them are for watching other work."""
    began_s = time.monotonic()
    assert "other work" in copy.bench("doctor")
    assert time.monotonic() - began_s < SECONDS
