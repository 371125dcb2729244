"""A design is carried out once, in order, and can be interrupted anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.events import BlockStarted, LookTaken, TrialEnded, TrialStarted
from harness.experiment.run import run_experiment
from harness.experiment.simulated import simulator
from harness.judge.answer import answer
from harness.judge.caveats import Caveat
from harness.judge.statistics import Verdict
from harness.model import cpu_per_request
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.report.sentences import of_contrast
from harness.store.run import Run
from tests.support.simulated import begun, measured

POSTGRES = catalogue()["postgres_read"]
DESIGN = Design(POSTGRES, PROFILES["quick"])


def test_an_interrupted_run_ends_with_the_very_same_record(tmp_path: Path) -> None:
    """Cut after any number of events, then called again."""
    whole, cut = begun(tmp_path / "whole", POSTGRES), begun(tmp_path / "cut", POSTGRES)
    list(run_experiment(DESIGN, 0, simulator([POSTGRES]), whole))
    for events in (3, 8, 20):
        list(islice(run_experiment(DESIGN, 0, simulator([POSTGRES]), cut), events))
    list(run_experiment(DESIGN, 0, simulator([POSTGRES]), cut))
    assert cut.read() == whole.read()


def test_each_measurement_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    """Nothing that was seen can be lost."""
    run = begun(tmp_path, POSTGRES)
    for event in run_experiment(DESIGN, 0, simulator([POSTGRES]), run):
        if isinstance(event, TrialEnded):
            assert event.measurement == run.read()[-1]


def test_every_block_is_announced_and_then_each_of_its_trials(tmp_path: Path) -> None:
    """The pilot is block 0; a trial ends before the next starts."""
    events = list(run_experiment(DESIGN, 0, simulator([POSTGRES]), begun(tmp_path, POSTGRES)))
    blocks = [one.number for one in events if isinstance(one, BlockStarted)]
    assert blocks == list(range(DESIGN.last_block + 1))
    size = 1 + 2 * len(POSTGRES.variants)
    for start in range(0, len(events), size):
        block = [type(event) for event in events[start : start + size]]
        assert block == [BlockStarted, *[TrialStarted, TrialEnded] * len(POSTGRES.variants)]


def test_a_settled_question_is_not_asked_on(tmp_path: Path) -> None:
    """An effect of ten times needs one look of three."""
    run = begun(tmp_path, POSTGRES)
    standard = Design(POSTGRES, PROFILES["standard"])
    events = list(run_experiment(standard, 0, simulator([POSTGRES]), run))
    assert max(one.trial.block for one in run.read()) == standard.looks[0]
    assert not any(isinstance(event, LookTaken) for event in events)


def test_a_question_that_a_look_does_not_settle_goes_on_to_the_next(tmp_path: Path) -> None:
    """Each look but the last is announced where it settled nothing."""
    two = POSTGRES.drop({"threaded", "offloaded"})
    standard = Design(replace(two, loads=()), replace(PROFILES["standard"], loads=()))
    run = begun(tmp_path, two)
    events = list(run_experiment(standard, 0, simulator([two]), run, settled=lambda _: False))
    taken = [event.blocks for event in events if isinstance(event, LookTaken)]
    assert taken == list(standard.looks[:-1])
    assert max(one.trial.block for one in run.read()) == standard.last_block


def test_the_pilot_is_never_judged(simulated: Callable[..., Run]) -> None:
    """It places the rates and nothing else."""
    measurements = simulated("postgres_read").read()
    spoilt = [
        replace(m, closed=replace(m.closed, good=1)) if m.trial.block == 0 else m
        for m in measurements
    ]
    assert answer(DESIGN, spoilt) == answer(DESIGN, measurements)


def test_a_block_that_lacks_a_variant_is_not_judged(simulated: Callable[..., Run]) -> None:
    """Half a block has no ratio, and too few blocks have no answer."""
    found = answer(DESIGN, simulated("postgres_read").read()[:-1])
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.INVALID}
    assert all("6 of the 7 blocks" in str(of_contrast(one)) for one in found.contrasts)


def test_what_was_measured_in_vain_keeps_its_doubts(simulated: Callable[..., Run]) -> None:
    """A void block says nothing of the server, but where it was measured is still known."""
    void = [replace(one, foreign=0.9) for one in simulated("postgres_read").read()]
    assert Caveat.SIMULATED in answer(DESIGN, void).caveats


def test_a_metric_that_cannot_be_seen_from_outside_is_named() -> None:
    """The CPU of a target is not known, and no number of blocks would change that."""
    alone = POSTGRES.drop({"threaded", "awaiting", "offloaded"})
    design = Design(replace(alone, primary=cpu_per_request), PROFILES["quick"])
    drive = simulator([design.scenario])
    trials = [trial for block in design.blocks(0, 100) for trial in block]
    unseen = [replace(one, closed=replace(one.closed, cpu_s=0.0)) for one in map(drive, trials)]
    found = answer(design, unseen)
    assert found.invalid == "the CPU per request could not be read in every block"
    assert found.settled


def test_equal_variants_are_not_told_apart(tmp_path: Path) -> None:
    """The same draw for all of them reads as the same, within the margin."""
    drive = simulator([POSTGRES], noise=0.005)

    def blind(trial: Trial) -> Measurement:
        return replace(drive(replace(trial, variant="awaiting")), trial=trial)

    run = measured(tmp_path / "run", POSTGRES, drive=blind)
    verdicts = {contrast.verdict for contrast in answer(DESIGN, run.read()).contrasts}
    assert verdicts == {Verdict.SAME}
