"""A run of method 3 is still judged by method 3, and says what it said when it was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.judge.judging import answer_of
from harness.report.document import document
from harness.store.run import Run

OLD = Run(Path(__file__).parent.parent / "support" / "method3")
PUBLISHED = (1.4601, 1.4113, 1.4927, 6)  # of hop: inline against threaded, by CPU per request


def test_its_figures_are_those_that_were_published() -> None:
    """By signed ranks; what never failed while it was watched counted as endless."""
    record = OLD.record()
    assert record.method == 3
    hop, lifecycle = (answer_of(record, one) for one in record.asked.scenarios)
    gain = hop.contrasts[0].gain
    assert gain is not None
    assert (gain.estimate, gain.low, gain.high, gain.n) == pytest.approx(PUBLISHED, abs=5e-5)
    assert {one.gain.estimate for one in lifecycle.contrasts if one.gain} == {float("inf")}


def test_its_page_says_by_which_method_it_is_judged() -> None:
    """And draws it."""
    found = document(OLD.record())
    assert "method 3" in found.origin
    assert {one.scenario.name for one in found.sections} == {"hop", "lifecycle"}
