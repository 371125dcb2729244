"""What a selfcheck finds, in words, and what it takes to be sound."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.design.design import ALPHA, Design, Placing
from harness.experiment import aa_findings, calibration, selfcheck
from harness.experiment.aa_findings import NothingSaid, SameVariant, SmallestEffect
from harness.experiment.calibration import Clock
from harness.experiment.session import exclusive
from harness.experiment.simulated import Simulator
from harness.experiment.soundness import (
    ClockError,
    Finding,
    GeneratorCeiling,
    Grade,
    MissingDriver,
    OtherCapacity,
    OtherTimes,
    StallSeen,
    overall,
)
from harness.judge.interval import Interval
from harness.judge.paired import Paired
from harness.load.driver import OpenTimes
from harness.model import capacity, time_alone
from harness.model.errors import BenchError

TRUE = Clock(lag_p50=0.2, lag_p99=0.5, error_p50=0.4, error_p99=1.0, cpu=0.1, little=0.0)


@pytest.mark.parametrize("blocks", aa_findings.BLOCKS)
def test_the_smallest_effect_is_found_four_times_in_five(blocks: int) -> None:
    """Fresh noise of the same size, shifted by it."""
    rng = np.random.default_rng(1)
    effect = Paired(rng.normal(0, 0.03, 2000).tolist(), 2000).detectable(blocks, ALPHA)
    found = [
        Paired(rng.normal(effect, 0.03, blocks).tolist(), blocks).interval(ALPHA)[0] > 0
        for _ in range(500)
    ]
    assert abs(np.mean(found) - 0.8) < 0.08  # three standard errors of 500 on either side


def test_the_smallest_effect_shrinks_with_blocks_and_never_below_what_windows_allow() -> None:
    """Blocks that agree by chance promise nothing."""
    found = Paired(np.random.default_rng(1).normal(0, 0.03, 8).tolist(), 8)
    effects = [found.detectable(blocks, ALPHA) for blocks in (4, 8, 16, 28)]
    assert effects == sorted(effects, reverse=True)
    assert Paired([0.0] * 8, 8, floor=0.03).detectable(8, ALPHA) > 0.02


def test_the_four_metrics_are_seen_in_every_block_and_judged_together() -> None:
    """Each at a quarter of 5 %."""
    assert pytest.approx(ALPHA / 4) == aa_findings.AA_ALPHA
    scenario = catalogue()[selfcheck.SCENARIO].as_aa_test(selfcheck.VARIANT)
    design = Design(scenario, selfcheck.PROFILE)
    assert design.planned_blocks == design.most_blocks == 8
    run = [*islice(design.blocks(0, Placing(300, 0.03)), 8)]
    drive = Simulator([scenario])
    blocks = [{trial.variant: drive(trial) for trial in block} for block in run]
    found = aa_findings.findings(blocks, 1.0)
    assert sum(isinstance(one, SameVariant) for one in found) == 4
    # The simulator lets the baseline hold its loop, which the bystander must show.
    unsound = [one for one in found if one.grade is Grade.UNSOUND]
    assert [one.metric for one in unsound if isinstance(one, SameVariant)] == [
        aa_findings.METRICS[-1]
    ]


def test_no_claim_is_smaller_than_what_is_called_coarse() -> None:
    """Of any fix over its trap, else a machine would pass that cannot judge it.

    CPU, and the time of one request alone, are read more finely than all else.
    """
    claims = [
        (one.primary, claim.at_least)
        for one in catalogue().values()
        for claim in one.claims
        if claim.at_least > 1 and claim.over == one.baseline.name
    ]
    fine = ("CPU", time_alone.name)
    coarse = [at_least for metric, at_least in claims if not metric.name.startswith(fine)]
    assert min(coarse) >= 1 + aa_findings.COARSE


def test_a_stall_makes_the_percentile_that_arithmetic_says() -> None:
    """Of evenly spaced requests, all of the stall but a hundredth of the window."""
    for stall_s, window_s in ((1.0, 20.0), (1.01, 20.0), (1.0, 6.0)):
        p99 = np.quantile(calibration.truth_ms(stall_s, window_s), 0.99)
        expected = calibration.WAIT_MS + 1000 * (stall_s - 0.01 * window_s)
        assert p99 == pytest.approx(expected, abs=1000 / calibration.STALL_RATE)


def times(p50_s: float) -> OpenTimes:
    """Return response times with this median."""
    return OpenTimes(p50_s, 2 * p50_s)


@pytest.mark.parametrize(
    ("finding", "grade", "verdict"),
    [
        (GeneratorCeiling(70_000, 12e-6), Grade.SOUND, "faster than any app"),
        (GeneratorCeiling(9_000, 1e-4), Grade.UNSOUND, "too slow"),
        (ClockError(200, TRUE), Grade.SOUND, ": true"),
        (ClockError(200, Clock(0.2, 6, 0.4, 1, 0.1, 0)), Grade.UNSOUND, "sends too late"),
        (
            ClockError(200, Clock(0.2, 6, 2, 1, 0.1, 0)),
            Grade.UNSOUND,
            "sends too late and adds too much",
        ),
        (ClockError(200, Clock(0.2, 1, 0.4, -7, 0.1, 0)), Grade.UNSOUND, "adds too much"),
        (StallSeen(805, 800), Grade.SOUND, "seen in full"),
        (StallSeen(15, 805), Grade.UNSOUND, "more than 2% off"),
        (OtherCapacity("wrk 4", 990, 0.99), Grade.SOUND, "0.99× of ours: the same as ours"),
        (OtherCapacity("k6 1", 500, 0.5), Grade.NOTE, "less than ours"),
        (OtherCapacity("wrk 4", 2000, 2.0), Grade.UNSOUND, "ours is the limit"),
        (OtherTimes("k6 1", 300, times(0.0150), times(0.0155)), Grade.SOUND, "they agree"),
        (OtherTimes("k6 1", 300, times(0.010), times(0.020)), Grade.NOTE, "they differ"),
        (MissingDriver("k6 is not installed", "install 6"), Grade.NOTE, "installed; install"),
        (SameVariant(capacity, Interval(1, 0.98, 1.02, 8)), Grade.SOUND, "the same within ±5%"),
        (SameVariant(capacity, Interval(1, 0.9, 1.1, 8)), Grade.NOTE, "not said to differ"),
        (
            SameVariant(capacity, Interval(1.1, 1.06, 1.2, 8)),
            Grade.UNSOUND,
            "said to differ from itself",
        ),
        (SameVariant(capacity, None), Grade.UNSOUND, "could not be read"),
        (NothingSaid("no block is whole"), Grade.UNSOUND, "no block is whole"),
        (
            SmallestEffect(capacity, [0.07, 0.02, 0.01], 0.3),
            Grade.SOUND,
            "1.0% in 16 blocks (4.8 min): its margin of 5% is detected in 8 blocks",
        ),
        (
            SmallestEffect(capacity, [0.3, 0.2, 0.1], 0.3),
            Grade.NOTE,
            "its margin of 5% is not detected, all that is claimed is",
        ),
        (
            SmallestEffect(capacity, [0.9, 0.8, 0.7], 0.3),
            Grade.UNSOUND,
            "not even the smallest claim of 1.5× is detected",
        ),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Finding) else "",
)
def test_each_finding_has_its_verdict_in_words(
    finding: Finding, grade: Grade, verdict: str
) -> None:
    """And figures before it, and a tick only where all is as it must be."""
    assert finding.grade is grade
    assert verdict in finding.says
    assert str(finding) == f"{grade.value} {finding.says}"
    wordless = isinstance(finding, NothingSaid) or "could not" in finding.says
    assert wordless or any(character.isdigit() for character in finding.says)


def test_the_last_sentence_names_what_is_not_sound() -> None:
    """Once, and what to do; a note is no fault."""
    good, note, bad = StallSeen(805, 800), MissingDriver("", ""), NothingSaid("void")
    assert "is sound here" in overall([good, note])
    assert "not sound here, as for A/A:" in overall([good, note, bad, bad])


def test_selfcheck_is_refused_while_another_measures(tmp_path: Path) -> None:
    """They would measure each other."""
    with exclusive(tmp_path), pytest.raises(BenchError, match=r"another bench\.py is measuring"):
        next(selfcheck.selfcheck(tmp_path))
