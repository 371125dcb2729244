"""A design is carried out once, in order, and can be interrupted anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from harness.catalogue import catalogue
from harness.design.design import Design, Placing
from harness.design.profile import PROFILES
from harness.experiment.events import (
    Answered,
    BlockStarted,
    MoreBlocksAsked,
    TrialEnded,
    TrialStarted,
)
from harness.experiment.run import run_experiment
from harness.experiment.simulated import Simulator
from harness.judge.answer import answer, blocks_wanted
from harness.judge.blocks import seen_once, whole_blocks
from harness.judge.caveats import Caveat
from harness.judge.interval import Verdict
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
    list(run_experiment(DESIGN, 0, Simulator([POSTGRES]), whole))
    for events in (3, 8, 20):
        list(islice(run_experiment(DESIGN, 0, Simulator([POSTGRES]), cut), events))
    list(run_experiment(DESIGN, 0, Simulator([POSTGRES]), cut))
    assert cut.read() == whole.read()


def test_each_measurement_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    """Nothing that was seen can be lost."""
    run = begun(tmp_path, POSTGRES)
    for event in run_experiment(DESIGN, 0, Simulator([POSTGRES]), run):
        if isinstance(event, TrialEnded):
            assert event.measurement == run.read()[-1]


def test_every_block_is_announced_and_then_each_of_its_trials(tmp_path: Path) -> None:
    """The evidence and what is seen once are block 0; a trial ends before the next starts."""
    drive = Simulator([POSTGRES], noise=0.005)
    events = list(run_experiment(DESIGN, 0, drive, begun(tmp_path, POSTGRES)))
    (answered,) = (event for event in events if isinstance(event, Answered))
    blocks = [one.number for one in events if isinstance(one, BlockStarted)]
    assert blocks == [*range(DESIGN.planned_blocks + 1), 0]
    size = 1 + 2 * len(POSTGRES.variants)
    assert events.index(answered) == size * (DESIGN.planned_blocks + 1)
    events.remove(answered)
    for start in range(0, len(events), size):
        block = [type(event) for event in events[start : start + size]]
        assert block == [BlockStarted, *[TrialStarted, TrialEnded] * len(POSTGRES.variants)]


def test_what_is_seen_once_comes_after_the_answer_and_changes_nothing(tmp_path: Path) -> None:
    """The answer that is announced is the one that the whole record gives."""
    run = begun(tmp_path, POSTGRES)
    events = list(run_experiment(DESIGN, 0, Simulator([POSTGRES]), run))
    (answered,) = (event for event in events if isinstance(event, Answered))
    kinds = [event.trial.kind for event in events if isinstance(event, TrialEnded)]
    assert kinds == sorted(kinds, key=["evidence", "deciding", "exploring"].index)
    assert answered.answer == answer(DESIGN, run.read())
    once = seen_once(POSTGRES, run.read(), "exploring")
    assert all(one.at(0.5) is not None for one in once.values())
    assert len(once) == len(POSTGRES.variants)


def test_where_every_block_holds_all_loads_nothing_is_seen_once(tmp_path: Path) -> None:
    """As in `standard`."""
    run = begun(tmp_path, POSTGRES, profile="standard")
    standard = Design(POSTGRES, PROFILES["standard"])
    list(run_experiment(standard, 0, Simulator([POSTGRES]), run))
    assert {one.trial.kind for one in run.read()} == {"evidence", "deciding"}
    assert all(one.closed and one.at(0.5) for one in run.read() if one.trial.block)


def test_the_noise_asks_for_more_blocks_and_the_ratio_never_does(tmp_path: Path) -> None:
    """As announced, and no more than the profile allows."""
    two = POSTGRES.drop({"threaded", "offloaded"})
    design = Design(two, PROFILES["quick"])

    def blocks(noise: float, folder: str) -> tuple[int, list[int]]:
        run = begun(tmp_path / folder, two)
        events = list(run_experiment(design, 0, Simulator([two], noise=noise), run))
        asked = [event.blocks for event in events if isinstance(event, MoreBlocksAsked)]
        return max(one.trial.block for one in run.read()), asked

    assert blocks(0.005, "quiet") == (design.planned_blocks, [])
    most = design.most_blocks
    assert blocks(0.2, "noisy") == (most, [most])
    quiet = measured(tmp_path / "ten", two, drive=Simulator([two], noise=0.005))
    whole = whole_blocks(two, quiet.read())
    assert blocks_wanted(design, whole) == design.planned_blocks  # though it is ten times better


def test_the_evidence_is_never_judged(simulated: Callable[..., Run]) -> None:
    """It places the rates and nothing else; nor is what is seen once."""
    measurements = simulated("postgres_read").read()
    spoilt = [replace(one, foreign=0.9) if not one.trial.block else one for one in measurements]
    assert answer(DESIGN, spoilt) == answer(DESIGN, measurements)


def test_a_block_that_lacks_a_variant_is_not_judged(simulated: Callable[..., Run]) -> None:
    """Half a block has no ratio, and too few blocks have no answer."""
    deciding = [one for one in simulated("postgres_read").read() if one.trial.block]
    found = answer(DESIGN, deciding[: DESIGN.planned_blocks * len(POSTGRES.variants) - 1])
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.INVALID}
    assert all("4 of the 5 blocks" in str(of_contrast(one)) for one in found.contrasts)


def test_what_was_measured_in_vain_keeps_its_doubts(simulated: Callable[..., Run]) -> None:
    """A void block says nothing of the server, but where it was measured is still known."""
    void = [replace(one, foreign=0.9) for one in simulated("postgres_read").read()]
    assert Caveat.SIMULATED in answer(DESIGN, void).caveats


def test_a_metric_that_cannot_be_seen_from_outside_is_named() -> None:
    """The CPU of a target is not known, and no number of blocks would change that."""
    alone = POSTGRES.drop({"threaded", "awaiting", "offloaded"})
    design = Design(replace(alone, primary=cpu_per_request), PROFILES["quick"])
    drive = Simulator([design.scenario])
    blocks = islice(design.blocks(0, Placing(100, 0.01)), design.planned_blocks)
    seen = [drive(trial) for block in blocks for trial in block]
    unseen = [replace(one, closed=replace(one.closed, cpu_s=0.0)) for one in seen if one.closed]
    found = answer(design, unseen)
    assert found.invalid == "the CPU per request could not be read in every block"


def test_equal_variants_are_not_told_apart(tmp_path: Path) -> None:
    """The same draw for all of them reads as the same, within the margin."""
    drive = Simulator([POSTGRES], noise=0.005)

    def blind(trial: Trial) -> Measurement:
        return replace(drive(replace(trial, variant="awaiting")), trial=trial)

    run = measured(tmp_path / "run", POSTGRES, drive=blind)
    verdicts = {contrast.verdict for contrast in answer(DESIGN, run.read()).contrasts}
    assert verdicts == {Verdict.SAME}


def test_a_variant_that_answers_nothing_places_no_load(tmp_path: Path) -> None:
    """The open loads follow the others; where nobody answers, there are none."""
    scenario = catalogue()["cpu_work"]
    simulate = Simulator([scenario])
    everybody = {variant.name for variant in scenario.variants}

    def loads(silent: set[str]) -> set[float]:
        def drive(trial: Trial) -> Measurement:
            seen = simulate(trial)
            if seen.closed is None or trial.variant not in silent:
                return seen
            return replace(seen, closed=replace(seen.closed, slope=0.0, cpu_s=0.0))

        run = measured(tmp_path / str(len(silent)), scenario, drive=drive)
        return {cell.load for one in run.read() for cell in one.open}

    assert loads({scenario.baseline.name}) == {0.5}
    assert loads(everybody) == set()
