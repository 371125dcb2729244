"""How durations, shares and knobs are written on the command line, and refused."""

from __future__ import annotations

import click
import pytest

from harness.cli.parameters import Duration, Knob, Share
from harness.model.errors import BenchError

BUDGET = click.Option(["--budget"])


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600), ("90s", 90), ("1h", 3600), ("1.5m", 90), ("45", 45)]
)
def test_a_budget_is_written_as_people_do(text: str, seconds: float) -> None:
    """With a unit, or in seconds."""
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "ten", "0m", "-5m", "5d"])
def test_no_length_of_time_is_refused(text: str) -> None:
    """With the option and the form it should have."""
    with pytest.raises(BenchError, match=r"^--budget '.*' is no length of time") as refused:
        Duration().convert(text, BUDGET, None)
    assert "10m" in refused.value.hint


@pytest.mark.parametrize("text", ["", "0%", "30%", "-1%", "three"])
def test_no_margin_is_refused(text: str) -> None:
    """With the form it should have."""
    with pytest.raises(BenchError, match="is no share") as refused:
        Share().convert(text, None, None)
    assert "3%" in refused.value.hint


def test_a_margin_is_a_share_or_percent() -> None:
    """Both mean the same."""
    assert Share().convert("3%", None, None) == Share().convert("0.03", None, None) == 0.03


@pytest.mark.parametrize("text", ["wait_ms=soon", "wait_ms=-1", "wait_ms=inf", "wait_ms=nan"])
def test_a_knob_that_is_set_to_no_number_is_refused(text: str) -> None:
    """And so is one without a value."""
    for setting in (text, "wait_ms", "wait_ms="):
        with pytest.raises(BenchError, match="sets no knob") as refused:
            Knob().convert(setting, None, None)
        assert "wait_ms=20" in refused.value.hint


def test_a_knob_is_written_with_its_value() -> None:
    """As name and number."""
    assert Knob().convert("wait_ms=2.5", None, None) == ("wait_ms", 2.5)
