"""What is void has no number: each rule, the block that is measured again, and every renderer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from rich.console import Console

from harness.cli import progress
from harness.design.plan import PROFILES, Offer, Trial, looks, spare
from harness.experiment.run import conduct
from harness.experiment.simulated import simulator
from harness.judge.answer import answer
from harness.judge.caveats import Void
from harness.judge.guards import voids
from harness.judge.statistics import Judgement, Verdict
from harness.catalogue import catalogue
from harness.model.facts import Measurement
from harness.model.scenario import Scenario, capacity
from harness.report import reading as seen
from harness.report.charts import style
from harness.report.draw import CHARTS, draw, shown
from harness.store.records import Asked, Run

POSTGRES, LIMIT = catalogue()["postgres_read"], catalogue()["upstream_limit"]
QUICK = PROFILES["quick"]
SECRET = 31_415_926  # a number that nothing may print


def measured(scenario: Scenario = POSTGRES) -> Measurement:
    """Simulate one sound measurement."""
    trial = Trial(
        scenario=scenario.name,
        variant=scenario.variants[-1].name,
        block=1,
        position=0,
        seed=1,
        closed_s=2,
        offers=(Offer(0.5, 40, 4),),
    )
    return simulator([scenario])(trial)


def with_cell(measurement: Measurement, **changes: Any) -> Measurement:
    """Change its one open cell: `work` and `generator` by their own fields."""
    (cell,) = measurement.open
    nested = {
        name: replace(getattr(cell, name), **value)
        for name, value in changes.items()
        if isinstance(value, dict)
    }
    return replace(measurement, open=(replace(cell, **{**changes, **nested}),))


def test_a_sound_measurement_passes_every_guard() -> None:
    """Or all of them would cry wolf."""
    assert voids(POSTGRES, measured()) == ()


@pytest.mark.parametrize(
    ("void", "changes"),
    [
        (Void.RATE, {"generator": {"sent": 250.0}}),
        (Void.GENERATOR_LATE, {"generator": {"lag_p99_s": 0.9}}),
        (Void.GENERATOR_BUSY, {"generator": {"cpu": 0.71}}),
        (Void.SHED, {"generator": {"shed": 1}}),
        (Void.ARRIVALS, {"generator": {"arrivals": 0.2}}),
        (Void.LITTLE, {"generator": {"little": 0.02}}),
        (Void.LITTLE_INSIDE, {"generator": {"in_flight": (3.0, 3.0)}, "inside_in_flight": 4.0}),
        (Void.ERRORS, {"work": {"outcomes": {"status": 3}}}),
        (Void.OTHER_ANSWERS, {"work": {"outcomes": {"other": 1}}}),
        (Void.SATURATED, {"work": {"unanswered": 60}}),
    ],
)
def test_each_rule_finds_its_fault_and_no_other(void: Void, changes: dict[str, Any]) -> None:
    """In a latency cell."""
    assert voids(POSTGRES, with_cell(measured(), **changes)) == (void,)


def test_rules_of_the_closed_loop_and_of_the_machine() -> None:
    """Halves that differ beyond noise, failures, a busy neighbour."""
    sound = measured()
    assert voids(POSTGRES, replace(sound, closed=replace(sound.closed, halves=(600, 1300)))) == (
        Void.NOT_STEADY,
    )
    assert voids(POSTGRES, replace(sound, closed=replace(sound.closed, halves=(20, 35)))) == ()
    assert voids(
        POSTGRES, replace(sound, closed=replace(sound.closed, outcomes={"error": 40}))
    ) == (Void.ERRORS,)
    assert voids(POSTGRES, replace(sound, foreign=0.16)) == (Void.NOISY,)


def test_failures_are_no_fault_where_they_are_the_question() -> None:
    """Goodput counts them already; and in overload nobody has to keep up."""
    assert voids(LIMIT, with_cell(measured(LIMIT), work={"outcomes": {"status": 30}})) == ()
    assert voids(POSTGRES, with_cell(measured(), load=2.0, work={"unanswered": 60})) == ()
    assert (
        voids(
            POSTGRES,
            with_cell(
                measured(),
                load=2.0,
                work={"outcomes": {"late": 9}},
                generator={"in_flight": (3.0,)},
                inside_in_flight=9.0,
            ),
        )
        == ()
    )


def spoilt(scenario: Scenario, voided: Callable[[Trial], bool]) -> Callable[[Trial], Measurement]:
    """Simulate, with some trials void, whose every number is the secret one."""
    drive = simulator([scenario])

    def one(trial: Trial) -> Measurement:
        found = drive(trial)
        if not voided(trial):
            return found
        work: dict[str, Any] = {"due": SECRET, "good": SECRET}
        cells = tuple(
            replace(
                cell,
                work=replace(cell.work, **work),
                bystander=replace(cell.bystander, **work),
                window_s=1.0,
            )
            for cell in found.open
        )
        closed = replace(found.closed, good=SECRET, sent=SECRET, window_s=1.0, cpu_s=SECRET)
        return replace(
            found,
            closed=closed,
            open=cells,
            ceiling=SECRET,
            rss_bytes=SECRET * 10**6,
            void=("NOISY",),
        )

    return one


def run_of(
    scenario: Scenario, folder: Path, voided: Callable[[Trial], bool], profile: str = "quick"
) -> Run:
    """Conduct a run of which some trials are void."""
    run = Run(folder)
    run.create(
        Asked(
            profile=profile,
            on="simulated",
            seed=0,
            commit="",
            fingerprint="",
            scenarios=(scenario,),
            code={},
        )
    )
    list(conduct(scenario, PROFILES[profile], 0, spoilt(scenario, voided), run))
    return run


def test_a_void_block_is_measured_again_in_the_same_order(tmp_path: Path) -> None:
    """Whole, and the answer is as if it had never been."""
    run = run_of(
        POSTGRES,
        tmp_path,
        lambda trial: trial.block == 3 and trial.attempt == 0 and trial.variant == "awaiting",
    )
    trials = [one.trial for one in run.read() if one.trial.block == 3]
    size = len(POSTGRES.variants)
    assert [trial.attempt for trial in trials] == [0] * size + [1] * size
    assert [trial.variant for trial in trials[:size]] == [trial.variant for trial in trials[size:]]
    found = answer(POSTGRES, QUICK, run.read())
    assert found.blocks == looks(POSTGRES, QUICK)[-1]
    assert [(one.block, one.attempt, one.why) for one in found.voided] == [(3, 0, (Void.NOISY,))]
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.BETTER}


def test_more_than_a_third_void_makes_the_scenario_invalid_and_ends_it(tmp_path: Path) -> None:
    """With the reason, and without a number."""
    run = run_of(POSTGRES, tmp_path, lambda trial: trial.block > 0)
    found = answer(POSTGRES, QUICK, run.read())
    assert len(found.voided) == spare(POSTGRES, QUICK) + 1
    assert found.settled
    assert {contrast.verdict for contrast in found.contrasts} == {Verdict.INVALID}
    assert {judged for _, judged in found.claims} == {Judgement.INVALID}
    assert "more than a third of the blocks are void: other work" in found.sentences[0]


def test_a_metric_that_moves_in_every_window_makes_the_scenario_invalid(tmp_path: Path) -> None:
    """Too little in each for a guard, but always the same way."""
    run = Run(tmp_path)
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
    drive = simulator([POSTGRES])
    warming = lambda trial: replace(
        found := drive(trial), closed=replace(found.closed, halves=(100 + trial.block, 120))
    )  # noqa: E731
    list(conduct(POSTGRES, QUICK, 0, warming, run))
    assert "is not steady: 1.15× in the second half" in answer(POSTGRES, QUICK, run.read()).invalid


def test_answers_that_come_in_bunches_are_no_drift() -> None:
    """Eight requests that are worked on in turn end together; a blocked loop answers one at a time, and has no such excuse."""
    closed = replace(measured().closed, halves=(72, 80))
    assert replace(measured(), closed=replace(closed, inside_in_flight=7.9)).halves(capacity) == (
        76,
        76,
    )
    assert replace(measured(), closed=replace(closed, inside_in_flight=0.99)).halves(capacity) == (
        72,
        80,
    )


def everything_said(run: Run, scenario: Scenario) -> Iterator[str]:
    """Collect what every renderer makes of a run: page, summary, charts, the terminal."""
    page = draw(run).read_text()
    yield "".join(part.partition('"')[2] for part in page.split("data:image/svg+xml;base64,"))
    yield (run.folder / "report" / "summary.md").read_text()
    yield progress.answers(run)
    with style.drawing():
        for reading in seen.read(run):
            for what in shown(reading):
                yield " ".join(text.get_text() for text in CHARTS[what](reading).findobj(Text))
    said = StringIO()
    again = Run(run.folder / "again")
    again.create(run.asked)
    measurements = {one.trial.key: one for one in run.read()}

    class Session:
        """Measures what is on record once more."""

        run, scenarios, skipped, profile, resumed, where = (
            again,
            (scenario,),
            (),
            QUICK,
            False,
            "simulated",
        )

        def joining(self, _: Scenario) -> None:
            """Nobody joins."""

        def conduct(self, one: Scenario) -> Iterator[Trial | Measurement]:
            """Take it from the record."""
            return conduct(one, QUICK, 0, lambda trial: measurements[trial.key], again)

    progress.follow(Session(), Console(file=said, width=500))
    yield said.getvalue()


@pytest.mark.slow
@settings(
    max_examples=4, deadline=None, phases=[Phase.generate]
)  # shrinking a failure would draw for minutes
@given(
    voided=st.sets(
        st.tuples(
            st.integers(1, 7),
            st.integers(0, 1),
            st.sampled_from(["blocking", "threaded", "awaiting"]),
        ),
        min_size=1,
    )
)
def test_no_renderer_prints_a_number_of_a_void_measurement(
    tmp_path_factory: pytest.TempPathFactory, voided: set[tuple[int, int, str]]
) -> None:
    """Whichever trials are void, whether a scenario survives it or not."""
    folder = tmp_path_factory.mktemp("run")
    run = run_of(
        POSTGRES, folder, lambda trial: (trial.block, trial.attempt, trial.variant) in voided
    )
    for said in everything_said(run, POSTGRES):
        assert "31,4" not in said
        assert "314" not in said.replace(run.folder.name, "")
