"""A block with anything void in it is measured again, or makes the scenario invalid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.simulated import Simulator
from harness.judge.answer import answer
from harness.judge.blocks import VoidBlock
from harness.judge.caveats import VoidReason
from harness.judge.interval import Judgement, Verdict
from harness.model.facts import Measurement
from harness.model.trial import Trial
from tests.support.simulated import measured

POSTGRES = catalogue()["postgres_read"]
DESIGN = Design(POSTGRES, PROFILES["quick"])


def test_a_void_block_is_measured_again_in_the_same_order(tmp_path: Path) -> None:
    """Whole, and the answer is as if it had never been."""
    drive = Simulator([POSTGRES], noise=0.005)

    def noisy(trial: Trial) -> Measurement:
        void = (trial.block, trial.attempt, trial.variant) == (3, 0, "awaiting")
        return replace(drive(trial), foreign=0.9 if void else 0.0)

    run = measured(tmp_path / "run", POSTGRES, drive=noisy)
    trials = [one.trial for one in run.read() if one.trial.block == 3]
    size = len(POSTGRES.variants)
    assert [trial.attempt for trial in trials] == [0] * size + [1] * size
    assert [trial.variant for trial in trials[:size]] == [trial.variant for trial in trials[size:]]
    found = answer(DESIGN, run.read())
    assert found.blocks == DESIGN.planned_blocks
    assert found.void == (VoidBlock(3, 0, (VoidReason.NOISY,), ("awaiting",)),)
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.BETTER}


def test_more_than_a_third_void_makes_the_scenario_invalid_and_ends_it(tmp_path: Path) -> None:
    """With the reason, and without a number."""
    drive = Simulator([POSTGRES])

    def noisy(trial: Trial) -> Measurement:
        return replace(drive(trial), foreign=0.9 if trial.block else 0.0)

    run = measured(tmp_path / "run", POSTGRES, drive=noisy)
    found = answer(DESIGN, run.read())
    assert len(found.void) == DESIGN.retry_budget(DESIGN.planned_blocks) + 1
    assert not any(one.trial.kind == "exploring" for one in run.read())
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.INVALID}
    assert {judged for _, judged in found.claims} == {Judgement.INVALID}
    assert "more than a third of the blocks are void: other work" in found.contrasts[0].why


def test_a_metric_that_moves_in_every_window_makes_the_scenario_invalid(tmp_path: Path) -> None:
    """Too little in each for a guard, but always the same way."""
    drive = Simulator([POSTGRES])

    def warming(trial: Trial) -> Measurement:
        found = drive(trial)
        if found.closed is None:
            return found
        tenths = (*5 * (20,), *5 * (23 + trial.block % 2,))
        good = sum(tenths)
        closed = replace(found.closed, tenths=tenths, good=good, sent=good, outcomes={"ok": good})
        return replace(found, closed=closed)

    run = measured(tmp_path / "run", POSTGRES, drive=warming)
    found = answer(DESIGN, run.read())
    assert "is not steady: in the second half of each window it is at 1.18×" in found.invalid
