"""Claims against simulated noise, and whole answers beside the parts that were simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, islice

import numpy as np
import pytest

from benchmarks.experiments import DOUBT, FOUR, POSTGRES, as_planned, experiments
from benchmarks.noise import Noise, iid, mix, wandering
from harness.design.design import ALPHA, Placing
from harness.experiment.simulated import Simulator
from harness.judge.answer import answer, blocks_wanted
from harness.judge.blocks import whole_blocks
from harness.judge.interval import Judgement
from harness.judge.paired import Paired, judge_claims
from harness.model.facts import Measurement

# True, false, or clearly true, which leaves its share of alpha to the others.
CLAIMS = [
    claims
    for claims in combinations_with_replacement((True, False, None), len(FOUR.pairs))
    if set(claims) != {None}
]


@pytest.mark.parametrize("noise", [iid, wandering, mix], ids=lambda noise: noise.__name__)
def test_claims_go_wrong_in_at_most_one_experiment_of_twenty(noise: Noise) -> None:
    """For every set of true and false ones, each as close to the truth as can be.

    Wrong is a false one that is confirmed, or a true one that is refuted.
    """
    planned = FOUR.planned_blocks
    drawn = list(experiments(noise, FOUR))

    def mistaken(claims: Sequence[bool | None], differences: Sequence[Sequence[float]]) -> bool:
        tested = [
            (Paired([value + (claim is None) for value in one[:planned]], planned), 0.0)
            for claim, one in zip(claims, differences, strict=True)
        ]
        wrongly = {True: Judgement.REFUTED, False: Judgement.CONFIRMED, None: Judgement.REFUTED}
        said = zip(claims, judge_claims(tested), strict=True)
        return any(wrongly[claim] is judgement for claim, judgement in said)

    for claims in CLAIMS:
        mistakes = sum(mistaken(claims, differences) for differences in drawn)
        assert mistakes / len(drawn) <= ALPHA + DOUBT


def test_an_answer_judges_whole_measurements_in_just_this_way() -> None:
    """The same intervals, from as many blocks."""
    drive = Simulator([POSTGRES])
    blocks = list(islice(FOUR.blocks(0, Placing(None, 0.01)), FOUR.most_blocks))
    template = {trial.variant: drive(trial) for trial in blocks[0]}
    rng = np.random.default_rng(2)
    for spread in (0.01, 0.05, 0.1):
        measured = [
            _with_capacity(replace(template[trial.variant], trial=trial), rng.normal(0, spread))
            for block in blocks
            for trial in block
        ]
        every = whole_blocks(POSTGRES, measured)
        size = len(POSTGRES.variants)
        kept = measured[: size * blocks_wanted(FOUR, every)]
        logs = [{name: math.log(_slope(one)) for name, one in block.items()} for block in every]
        found = [[log[subject] - log[over] for log in logs] for subject, over in FOUR.pairs]
        expected = [tuple(map(math.exp, bounds)) for bounds in as_planned(FOUR, found, 0.0)]
        gains = [contrast.gain for contrast in answer(FOUR, kept).contrasts]
        assert [(gain.low, gain.high) for gain in gains if gain] == [
            pytest.approx(bounds) for bounds in expected
        ]


def _with_capacity(found: Measurement, log: float) -> Measurement:
    assert found.closed is not None
    # Without tenths a window has no error of its own, and so no floor.
    closed = replace(found.closed, slope=100 * math.exp(log), tenths=())
    return replace(found, closed=closed)


def _slope(found: Measurement) -> float:
    assert found.closed is not None
    assert found.closed.slope is not None
    return found.closed.slope
