"""A plan is carried out once, in order, and can be cut anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from harness.design import plan
from harness.design.plan import PROFILES, Trial
from harness.experiment.run import conduct
from harness.experiment.simulated import simulator
from harness.judge.answer import answer
from harness.judge.caveats import Caveat, Void
from harness.judge.statistics import Verdict
from harness.catalogue import catalogue
from harness.model.facts import Measurement
from harness.model.scenario import cpu_per_request
from harness.store.records import Asked, Run

POSTGRES = catalogue()["postgres_read"]
QUICK, STANDARD = PROFILES["quick"], PROFILES["standard"]


def begin(folder: Path) -> Run:
    """Make an empty run."""
    run = Run(folder)
    run.create(
        Asked(
            profile="quick",
            on="simulated",
            seed=0,
            commit="",
            fingerprint="",
            scenarios=(POSTGRES,),
            code={},
        )
    )
    return run


def test_an_interrupted_run_ends_with_the_very_same_record(tmp_path: Path) -> None:
    """Cut after any number of events, then called again."""
    whole, cut = begin(tmp_path / "whole"), begin(tmp_path / "cut")
    list(conduct(POSTGRES, QUICK, 0, simulator([POSTGRES]), whole))
    for events in (3, 8, 20):
        list(islice(conduct(POSTGRES, QUICK, 0, simulator([POSTGRES]), cut), events))
    list(conduct(POSTGRES, QUICK, 0, simulator([POSTGRES]), cut))
    assert cut.read() == whole.read()


def test_each_measurement_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    """Nothing that was seen can be lost."""
    run = begin(tmp_path)
    for event in conduct(POSTGRES, QUICK, 0, simulator([POSTGRES]), run):
        if isinstance(event, Measurement):
            assert event == run.read()[-1]


def test_a_settled_question_is_not_asked_on(tmp_path: Path) -> None:
    """An effect of ten times needs one look of three."""
    run = begin(tmp_path)
    list(conduct(POSTGRES, STANDARD, 0, simulator([POSTGRES]), run))
    assert (
        max(measurement.trial.block for measurement in run.read())
        == plan.looks(POSTGRES, STANDARD)[0]
    )


def test_the_pilot_is_never_judged(simulated: Callable[..., Run]) -> None:
    """It places the rates and nothing else."""
    run = simulated("postgres_read")
    measurements = run.read()
    spoilt = [
        replace(m, closed=replace(m.closed, good=1)) if m.trial.block == 0 else m
        for m in measurements
    ]
    assert answer(POSTGRES, QUICK, spoilt) == answer(POSTGRES, QUICK, measurements)


def test_a_block_that_lacks_a_variant_is_not_judged(simulated: Callable[..., Run]) -> None:
    """Half a block has no ratio, and too few blocks have no answer."""
    measurements = simulated("postgres_read").read()[:-1]
    found = answer(POSTGRES, QUICK, measurements)
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.INVALID}
    assert all("6 of the 7 blocks" in sentence for sentence in found.sentences)


def test_what_was_measured_in_vain_keeps_its_doubts(simulated: Callable[..., Run]) -> None:
    """A void block says nothing of the server, and still tells where it came from."""
    void = [
        replace(measurement, void=(Void.NOISY.name,))
        for measurement in simulated("postgres_read").read()
    ]
    assert Caveat.SIMULATED in answer(POSTGRES, QUICK, void).caveats


def test_a_metric_that_cannot_be_seen_from_outside_is_named() -> None:
    """A target tells nothing of its CPU, and no number of blocks would change that."""
    asked = replace(
        POSTGRES.without({"threaded", "awaiting", "offloaded"}), primary=cpu_per_request
    )
    drive = simulator([asked])
    trials = [trial for block in plan.blocks(asked, QUICK, 0, 100) for trial in block]
    found = answer(
        asked,
        QUICK,
        [replace(one, closed=replace(one.closed, cpu_s=0.0)) for one in map(drive, trials)],
    )
    assert found.sentences == ("no answer: the CPU per request could not be read in every block",)
    assert found.settled


def test_equal_variants_are_not_told_apart(tmp_path: Path) -> None:
    """The same draw for all of them reads as the same, within the margin."""
    drive = simulator([POSTGRES], noise=0.005)

    def blind(trial: Trial) -> Measurement:
        return replace(drive(replace(trial, variant="awaiting")), trial=trial)

    run = begin(tmp_path)
    list(conduct(POSTGRES, QUICK, 0, blind, run))
    assert {contrast.verdict for contrast in answer(POSTGRES, QUICK, run.read()).contrasts} == {
        Verdict.SAME
    }
