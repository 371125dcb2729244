"""Constants that a test sets for a bench.py of its own are set, or refused aloud."""

from __future__ import annotations

import pytest

from harness.design.profile import GATE, PROFILES
from tests.support.patched import patch


@pytest.mark.parametrize(
    ("assignment", "error"),
    [
        ("harness.places.serve:NOBODY_S=2", AttributeError),
        ("harness.design.profile:GATE.nothing=2", AttributeError),
        ("harness.design.profile:PROFILES.endless.closed_s=2", KeyError),
        ("harness.nowhere:START_S=2", ModuleNotFoundError),
        ("harness.places.serve:START_S='soon'", TypeError),
    ],
)
def test_a_constant_that_does_not_exist_is_refused(assignment: str, error: type[Exception]) -> None:
    """Or a test would wait for what it thinks it has shortened."""
    with pytest.raises(error):
        patch(assignment)


def test_a_field_of_a_frozen_value_is_set() -> None:
    """Wherever it lies: in a module, or in a dictionary."""
    before = GATE.closed_s, PROFILES["smoke"].closed_s
    try:
        patch("harness.design.profile:GATE.closed_s=0.25")
        patch("harness.design.profile:PROFILES.smoke.closed_s=0.5")
        assert (GATE.closed_s, PROFILES["smoke"].closed_s) == (0.25, 0.5)
    finally:
        patch(f"harness.design.profile:GATE.closed_s={before[0]}")
        patch(f"harness.design.profile:PROFILES.smoke.closed_s={before[1]}")
