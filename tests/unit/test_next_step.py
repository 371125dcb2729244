"""What to do where there is no answer, in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.cli.run import next_step
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.run import run_experiment
from harness.experiment.simulated import Simulator
from harness.judge.answer import answer
from harness.judge.caveats import VoidReason
from tests.support.simulated import begun

HOP = catalogue()["hop"]
DESIGN = Design(HOP, PROFILES["quick"])


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("smoke", "bench.py hop --profile quick"),
        ("quick", "bench.py hop --profile standard"),
        ("standard", "bench.py hop --profile thorough"),
        ("thorough", "quieter machine"),
    ],
)
def test_no_answer_has_a_next_step(profile: str, said: str) -> None:
    """The next longer profile, and then another machine."""
    found = answer(Design(HOP, PROFILES[profile]), [])
    assert said in (next_step(found, profile) or "")


def test_an_answer_needs_no_next_step(tmp_path: Path) -> None:
    """One that is invalid needs the remedy of its reason."""
    run = begun(tmp_path, HOP)
    list(run_experiment(DESIGN, 0, Simulator([HOP]), run))
    assert next_step(answer(DESIGN, run.read()), "quick") is None
    noisy = [replace(one, foreign=0.9) for one in run.read()]
    found = answer(DESIGN, noisy)
    invalid = found if found.invalid else replace(found, invalid="it is noisy")
    assert VoidReason.NOISY.remedy in (next_step(invalid, "quick") or "")


def test_a_variant_that_is_not_steady_needs_to_warm_up() -> None:
    """Nothing was void, and the answer is invalid all the same."""
    found = replace(answer(DESIGN, []), invalid="inline is not steady")
    assert VoidReason.NOT_STEADY.remedy in (next_step(found, "quick") or "")
