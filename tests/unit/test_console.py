"""What one sees of a run: each trial as it starts and ends, each answer, the time left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from harness.catalogue import catalogue
from harness.cli import console
from harness.cli.time_left import TimeLeft
from harness.design.design import TYPICAL_CEILING, TYPICAL_S, Design, Placing
from harness.design.lengths import in_words
from harness.design.profile import PROFILES
from harness.experiment import session
from harness.experiment.events import (
    Answered,
    BlockStarted,
    Event,
    MoreBlocksAsked,
    TrialEnded,
    TrialStarted,
    WorkersAwaited,
)
from harness.experiment.run import run_experiment
from harness.experiment.session import Order
from harness.experiment.simulated import Simulator
from harness.judge.answer import answer
from harness.judge.caveats import VoidReason
from harness.model.evidence import Evidence
from harness.model.scenario import Scenario
from harness.store.run import Run
from tests.support.simulated import begun

HOP = catalogue()["hop"]
DESIGN = Design(HOP, PROFILES["quick"])


def events(folder: Path, design: Design = DESIGN) -> Iterator[Event]:
    """Carry out a design."""
    return run_experiment(design, 0, Simulator([HOP]), begun(folder, HOP))


def followed(order: Order, draw: console.Draw = lambda _: None) -> list[str]:
    """Carry out an order, and return the lines that are shown of it."""
    said = StringIO()
    with session.start(order) as measuring:
        console.follow(measuring, lambda _: "have a rest", draw, Console(file=said, width=500))
    return said.getvalue().splitlines()


def ordered(results: Path, scenario: Scenario = HOP, profile: str = "quick") -> Order:
    """Order a scenario, to be simulated."""
    return Order(scenarios=[scenario], profile=profile, on="simulated", seed=0, results=results)


def test_each_trial_is_a_line_as_it_starts_and_one_as_it_ends(tmp_path: Path) -> None:
    """Where the output is no terminal."""
    lines = followed(ordered(tmp_path, profile="smoke"))
    (folder,) = tmp_path.glob("20*")
    assert lines[0].startswith(f"Measuring into {folder}, simulated: hop, ")
    assert lines[1] == f"The page, drawn anew with each answer: {folder}/report/index.html"
    assert lines[2] == "hop · evidence · threaded …"
    assert lines[3].startswith("hop · evidence · threaded: ")
    assert " ms alone · " in lines[3]
    assert "hop · block 1 of 1 · inline …" in lines
    (ended,) = (line for line in lines if line.startswith("hop · block 1 of 1 · inline: "))
    assert "CPU per request " in ended
    assert ", ceiling " in ended
    assert "  next: have a rest" in lines


def test_points_of_a_scenario_are_named_as_people_read_them(tmp_path: Path) -> None:
    """Once with their number before anything is measured, then each by its title."""
    points = HOP.asked_over({"clients": (8, 32)}).points
    order = replace(ordered(tmp_path, profile="smoke"), scenarios=[*points, HOP])
    lines = followed(order)
    assert ", simulated: hop (2 points), hop, " in lines[0]
    assert "hop at clients=8 · evidence · threaded …" in lines
    assert "hop at clients=32 · block 1 of 1 · inline …" in lines
    assert f"hop at clients=8: {HOP.question}" in lines
    assert not any("hop-clients" in line for line in lines)


def test_an_answer_is_said_then_drawn_and_then_the_rest_is_seen_once(tmp_path: Path) -> None:
    """Nothing is drawn while something measures."""
    seen: list[str] = []
    http = catalogue()["http_call"]
    lines = followed(ordered(tmp_path, http), seen.append)
    assert seen == ["http_call"]
    answered = lines.index(http.question)
    trials = [n for n, line in enumerate(lines) if " · block " in line]
    once = [n for n, line in enumerate(lines) if " · seen once · " in line]
    assert max(trials) < answered < min(once)
    assert re.search(r": 0\.5× load \d+ of \d+ right", lines[once[1]])


def test_the_page_is_drawn_between_the_answer_and_what_is_seen_once(tmp_path: Path) -> None:
    """When it is drawn, what decides is on record, and nothing else is."""
    kinds: list[set[str]] = []

    def draw(_: str) -> None:
        (folder,) = tmp_path.glob("20*")
        kinds.append({one.trial.kind for one in Run(folder).read()})

    followed(ordered(tmp_path, catalogue()["http_call"]), draw)
    assert kinds == [{"evidence", "deciding"}]


def test_a_line_that_a_kill_cut_off_is_said_to_be_dropped(tmp_path: Path) -> None:
    """And its trial is measured again."""
    followed(ordered(tmp_path))
    (folder,) = tmp_path.glob("20*")
    run = Run(folder)
    whole = run.measured.read_text()
    run.measured.write_text(whole[:-40])
    lines = followed(ordered(tmp_path))
    assert lines[0].startswith(f"Going on with {folder}")
    assert f"Dropped the last line of {run.measured}, which was cut off by a kill" in lines
    assert run.measured.read_text() == whole
    assert not any("Dropped" in line for line in followed(ordered(tmp_path)))


def test_a_void_measurement_shows_why_and_no_figure(tmp_path: Path) -> None:
    """With all its reasons."""
    ended = next(event for event in events(tmp_path) if isinstance(event, TrialEnded))
    void = replace(ended, void=(VoidReason.NOISY, VoidReason.SHED))
    said = console.figures(void)
    assert said == f"void: {VoidReason.NOISY.says}, {VoidReason.SHED.says}"


def test_what_was_seen_of_a_handler_is_said_in_a_noisy_evidence_pass_too(tmp_path: Path) -> None:
    """It is seen once, and noise does not change where a handler runs."""
    ended = next(event for event in events(tmp_path) if isinstance(event, TrialEnded))
    seen = Evidence(
        ran_on="thread", what="anyio", stood_still=0.0, longest_s=0.0, line=None, code=None
    )
    measurement = replace(ended.measurement, evidence=seen)
    said = console.figures(replace(ended, measurement=measurement, void=(VoidReason.NOISY,)))
    assert said.startswith(f"void: {VoidReason.NOISY.says}; ran in a thread (anyio)")


def test_a_collapse_is_shown_as_a_bound(tmp_path: Path) -> None:
    """And not as a level of nothing."""
    http = Design(catalogue()["http_call"], PROFILES["quick"])
    run = begun(tmp_path, http.scenario)
    drive = Simulator([http.scenario])
    ended = next(
        event
        for event in run_experiment(http, 0, drive, run)
        if isinstance(event, TrialEnded) and event.trial.block
    )
    closed = ended.measurement.closed
    assert closed is not None
    gone = replace(closed, good=0, outcomes={"late": closed.sent}, slope=0.0, tenths=(0,) * 10)
    found = replace(ended, measurement=replace(ended.measurement, closed=gone))
    bound = 0.5 / closed.window_s
    assert console.figures(found) == f"capacity at most {bound:.3f} requests/s"


def test_workers_elsewhere_and_blocks_that_the_noise_asks_for_are_announced() -> None:
    """The one with the command that is typed there."""
    assert (console.other(WorkersAwaited("locust --worker")) or "").endswith(": locust --worker")
    said = console.other(MoreBlocksAsked(DESIGN, 9))
    assert said == f"hop · noise asks for 9 blocks instead of {DESIGN.planned_blocks}"
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
            # Ramps differ a little from trial to trial.
            rest_s = max(0.0, DESIGN.seconds - done_s)
            assert left.seconds == pytest.approx(2 * rest_s, abs=2)
            assert left.share_done == pytest.approx(done_s / DESIGN.seconds, abs=0.05)


def test_blocks_that_the_noise_asks_for_take_their_time() -> None:
    """As soon as it is known that they are wanted."""
    left = TimeLeft([DESIGN])
    left.follow(MoreBlocksAsked(DESIGN, DESIGN.planned_blocks + 3))
    assert left.seconds == pytest.approx(DESIGN.seconds + 3 * DESIGN.block_s)


def test_the_start_of_servers_is_part_of_the_pace() -> None:
    """They are started together, before the first trial of a block."""
    now = 0.0
    left = TimeLeft([DESIGN], now=lambda: now)
    evidence = DESIGN.evidence(0)[0]
    left.follow(BlockStarted(DESIGN, 0))
    left.follow(TrialStarted(DESIGN, evidence))
    now = evidence.seconds
    left.follow(TrialEnded(DESIGN, Simulator([HOP])(evidence), ()))
    assert left.seconds == pytest.approx(DESIGN.seconds - evidence.seconds)
    trial = next(DESIGN.blocks(0, Placing(None, 0.01)))[0]
    left.follow(BlockStarted(DESIGN, 1))
    now += trial.seconds + evidence.seconds
    left.follow(TrialStarted(DESIGN, trial))
    now += trial.seconds
    left.follow(TrialEnded(DESIGN, Simulator([HOP])(trial), ()))
    rest_s = DESIGN.seconds - evidence.seconds - trial.seconds
    assert left.seconds == pytest.approx(2 * rest_s)


def test_what_a_scenario_takes_before_its_first_trial_is_expected_of_the_others() -> None:
    """And not taken for the pace of its trials."""
    now = 0.0
    http = Design(catalogue()["http_call"], PROFILES["quick"])
    left = TimeLeft([DESIGN, http], now=lambda: now)
    left.follow(BlockStarted(DESIGN, 0))
    now = 30
    left.follow(TrialStarted(DESIGN, DESIGN.evidence(0)[0]))
    assert left.seconds == pytest.approx(DESIGN.seconds + http.seconds + 30)
    left.follow(BlockStarted(http, 0))
    assert left.seconds == pytest.approx(DESIGN.seconds + http.seconds)


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
    for number, _ in enumerate(run_experiment(DESIGN, 0, Simulator([HOP]), run)):
        if number == 12:
            break
    known = run.read()
    done_s = sum(one.trial.seconds for one in known)
    assert done_s > 0
    assert TimeLeft([DESIGN], known).seconds == pytest.approx(whole - done_s)
    list(run_experiment(DESIGN, 0, Simulator([HOP]), run))
    assert TimeLeft([DESIGN], run.read()).seconds == 0


def test_a_run_that_goes_on_after_its_answer_takes_only_what_is_seen_once(tmp_path: Path) -> None:
    """Its blocks are all there."""
    http = catalogue()["http_call"]
    design, run = Design(http, PROFILES["quick"]), begun(tmp_path, http)
    for event in run_experiment(design, 0, Simulator([http]), run):
        if isinstance(event, Answered):
            break
    once_s = sum(one.seconds for one in design.exploring(0, Placing(TYPICAL_CEILING, TYPICAL_S)))
    assert TimeLeft([design], run.read()).seconds == pytest.approx(once_s) != 0


def test_a_block_that_is_measured_again_takes_its_time_again() -> None:
    """What is void is no progress."""
    left = TimeLeft([DESIGN])
    left.follow(BlockStarted(DESIGN, 3, attempt=1))
    assert left.seconds == pytest.approx(DESIGN.seconds + DESIGN.block_s)


def test_a_scenario_without_an_answer_takes_no_more_time(tmp_path: Path) -> None:
    """One that is answered takes what is seen once."""
    http = Design(catalogue()["http_call"], PROFILES["quick"])
    run = begun(tmp_path, http.scenario)
    left = TimeLeft([http])
    for event in run_experiment(http, 0, Simulator([http.scenario]), run):
        left.follow(event)
        if isinstance(event, Answered):
            assert 0 < left.seconds < http.seconds / 2
    assert left.seconds == pytest.approx(0, abs=0.1)
    left.follow(Answered(replace(answer(http, run.read()), invalid="too noisy")))
    assert str(left) == "0 s left"


@pytest.mark.parametrize(("seconds", "said"), [(4.4, "4 s"), (90, "90 s"), (91, "2 min")])
def test_a_time_is_written_in_the_unit_that_reads_best(seconds: float, said: str) -> None:
    """Minutes from a minute and a half on."""
    assert in_words(seconds) == said
