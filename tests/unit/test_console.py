"""What one sees of a run: each trial as it starts and ends, the time left, the next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from harness.catalogue import catalogue
from harness.cli import console
from harness.cli.run import next_step
from harness.cli.time_left import TimeLeft, in_words
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment import session
from harness.experiment.events import (
    Answered,
    BlockStarted,
    Event,
    LookTaken,
    TrialEnded,
    WorkersAwaited,
)
from harness.experiment.run import run_experiment
from harness.experiment.session import Order
from harness.experiment.simulated import simulator
from harness.judge.answer import answer
from harness.judge.caveats import VoidReason
from tests.support.simulated import begun

HOP = catalogue()["hop"]
DESIGN = Design(HOP, PROFILES["quick"])


def events(folder: Path, design: Design = DESIGN) -> Iterator[Event]:
    """Carry out a design."""
    return run_experiment(design, 0, simulator([HOP]), begun(folder, HOP))


def test_each_trial_is_a_line_as_it_starts_and_one_as_it_ends(tmp_path: Path) -> None:
    """Where the output is no terminal."""
    said = StringIO()
    order = Order(scenarios=[HOP], profile="smoke", on="simulated", seed=0, results=tmp_path)
    with session.start(order) as measuring:
        console.follow(measuring, lambda _: "have a rest", Console(file=said, width=500))
    lines = said.getvalue().splitlines()
    assert lines[0].startswith(f"Measuring into {measuring.run.folder}, simulated: hop, ")
    assert lines[1] == "hop · pilot · threaded …"
    assert lines[2].startswith("hop · pilot · threaded: CPU per request ")
    assert "hop · block 1 of 1 · inline …" in lines
    assert "  next: have a rest" in lines


def test_a_void_measurement_shows_why_and_no_figure(tmp_path: Path) -> None:
    """With all its reasons."""
    ended = next(event for event in events(tmp_path) if isinstance(event, TrialEnded))
    void = replace(ended, void=(VoidReason.NOISY, VoidReason.SHED))
    said = console.figures(void)
    assert said == f"void: {VoidReason.NOISY.says}, {VoidReason.SHED.says}"


def test_workers_elsewhere_and_a_look_that_decides_nothing_are_announced() -> None:
    """The one with the command that is typed there."""
    assert (console.other(WorkersAwaited("locust --worker")) or "").endswith(": locust --worker")
    assert "8 blocks do not decide yet" in (console.other(LookTaken(DESIGN, 8)) or "")
    assert console.other(BlockStarted(DESIGN, 1)) is None


def test_the_time_left_falls_with_the_plan_at_the_pace_seen(tmp_path: Path) -> None:
    """Twice as slow as planned is twice the time."""
    now = 0.0
    left = TimeLeft([DESIGN], now=lambda: now)
    assert left.seconds == pytest.approx(DESIGN.seconds)
    done_s = 0.0
    for event in events(tmp_path):
        if isinstance(event, TrialEnded):
            now += 2 * event.trial.seconds
            done_s += event.trial.seconds
        left.follow(event)
        if isinstance(event, TrialEnded):
            assert left.seconds == pytest.approx(2 * (DESIGN.seconds - done_s), abs=0.1)
            assert left.share_done == pytest.approx(done_s / DESIGN.seconds, abs=0.01)


def test_waiting_for_workers_says_nothing_of_the_pace(tmp_path: Path) -> None:
    """However long somebody takes to type their command."""
    now = 0.0
    left = TimeLeft([DESIGN], now=lambda: now)
    left.follow(WorkersAwaited("locust --worker"))
    for event in islice(events(tmp_path), 3):
        left.follow(event)
        now += 600
    assert left.seconds < DESIGN.seconds


def test_a_run_that_goes_on_starts_at_what_is_left(tmp_path: Path) -> None:
    """And not at the whole time; a scenario that is settled takes none."""
    run = begun(tmp_path, HOP)
    whole = TimeLeft([DESIGN]).seconds
    for number, _ in enumerate(run_experiment(DESIGN, 0, simulator([HOP]), run)):
        if number == 12:
            break
    known = run.read()
    done_s = sum(one.trial.seconds for one in known)
    assert done_s > 0
    assert TimeLeft([DESIGN], known).seconds == pytest.approx(whole - done_s)
    list(run_experiment(DESIGN, 0, simulator([HOP]), run))
    assert TimeLeft([DESIGN], run.read()).seconds == 0


def test_a_question_that_an_early_look_settled_takes_no_more_time(tmp_path: Path) -> None:
    """Although its plan has more blocks."""
    clear = replace(catalogue()["postgres_read"].drop({"awaiting", "offloaded"}), loads=())
    standard = Design(clear, replace(PROFILES["standard"], loads=()))
    run = begun(tmp_path, clear)
    list(run_experiment(standard, 0, simulator([clear]), run))
    assert answer(standard, run.read()).blocks == standard.looks[0] < standard.last_block
    assert TimeLeft([standard], run.read()).seconds == 0


def test_a_block_that_is_measured_again_takes_its_time_again() -> None:
    """What was measured in vain is no progress."""
    left = TimeLeft([DESIGN])
    left.follow(BlockStarted(DESIGN, 3, attempt=1))
    assert left.seconds == pytest.approx(DESIGN.seconds + DESIGN.block_s)


def test_a_scenario_that_is_answered_takes_no_more_time() -> None:
    """Whatever its plan says."""
    left = TimeLeft([DESIGN])
    left.follow(Answered(answer(DESIGN, [])))
    assert left.seconds == 0
    assert str(left) == "0 s left"


@pytest.mark.parametrize(("seconds", "said"), [(4.4, "4 s"), (90, "90 s"), (91, "2 min")])
def test_a_time_is_written_in_the_unit_that_reads_best(seconds: float, said: str) -> None:
    """Minutes from a minute and a half on."""
    assert in_words(seconds) == said


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
    list(run_experiment(DESIGN, 0, simulator([HOP]), run))
    assert next_step(answer(DESIGN, run.read()), "quick") is None
    noisy = [replace(one, foreign=0.9) for one in run.read()]
    found = answer(DESIGN, noisy)
    invalid = found if found.invalid else replace(found, invalid="it is noisy")
    assert VoidReason.NOISY.remedy in (next_step(invalid, "quick") or "")
