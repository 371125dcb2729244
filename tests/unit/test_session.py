"""A run is continued, marked as complete, and removed only where that is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.experiment import session
from harness.experiment.events import Answered, Event, TrialEnded, TrialStarted
from harness.experiment.run import Driver
from harness.experiment.session import Order, Session
from harness.model.errors import BenchError

HOP, HTTP = catalogue()["hop"], catalogue()["http_call"]


def order(results: Path, *, profile: str = "smoke", on: str = "simulated") -> Order:
    """Order two scenarios."""
    return Order(scenarios=[HOP, HTTP], profile=profile, on=on, seed=0, results=results)


def runs(results: Path) -> list[Path]:
    """Return the run folders."""
    return sorted(results.glob("20*"))


def staged(begun: Session) -> tuple[Session, list[str]]:
    """Return the session, and the scenarios whose services and load it brings up from now on."""
    brought_up: list[str] = []

    @contextmanager
    def stage(design: Design) -> Iterator[Driver]:
        brought_up.append(design.scenario.name)
        with begun.stage(design) as drive:
            yield drive

    return replace(begun, stage=stage), brought_up


def names(events: Sequence[Event]) -> list[str]:
    """Return the kinds of these events."""
    return [type(event).__name__ for event in events]


def test_every_scenario_is_answered_once_all_of_it_is_measured(tmp_path: Path) -> None:
    """Each with the events of its deciding trials before it; what is seen once comes after."""
    with session.start(order(tmp_path)) as begun:
        events = list(begun.events())
    found = [event.answer.scenario.name for event in events if isinstance(event, Answered)]
    assert found == ["hop", "http_call"]
    kinds = [
        event.trial.kind if isinstance(event, TrialEnded) else "answered"
        for event in events
        if isinstance(event, (TrialEnded, Answered))
    ]
    variants = len(HTTP.variants)
    assert kinds == [
        *["evidence"] * 2,
        *["deciding"] * 2,
        "answered",
        *["evidence"] * variants,
        *["deciding"] * variants,
        "answered",
        *["exploring"] * variants,
    ]


def test_a_run_is_complete_only_when_it_says_so(tmp_path: Path) -> None:
    """Which the command does once the report is drawn: a kill before that loses nothing."""
    with session.start(order(tmp_path)) as begun:
        list(begun.events())
    with session.start(order(tmp_path)) as again:
        assert again.resumed
        watched, brought_up = staged(again)
        events = list(watched.events())
        again.finish()
    assert names(events) == ["Answered", "Answered"]
    assert not brought_up
    with session.start(order(tmp_path)) as anew:
        assert not anew.resumed


def test_only_what_is_missing_is_brought_up(tmp_path: Path) -> None:
    """The services and the load of a scenario that is measured already are not."""
    with session.start(order(tmp_path)) as begun:
        hop = 1 + sum(names([event]) != ["Answered"] for event in begun.events())
        assert hop > 3
    lines = begun.run.measured.read_text().splitlines(keepends=True)
    begun.run.measured.write_text("".join(lines[:5]))
    with session.start(order(tmp_path)) as again:
        watched, brought_up = staged(again)
        list(watched.events())
    assert brought_up == ["http_call"]


def test_a_run_in_which_nothing_was_measured_is_removed(tmp_path: Path) -> None:
    """It would be drawn as the newest, and holds nothing."""
    with session.start(order(tmp_path)) as begun:
        assert begun.run.folder.exists()
        begun.finish()
    assert not runs(tmp_path)


def test_a_run_in_which_something_was_logged_is_kept(tmp_path: Path) -> None:
    """The log may say why nothing was measured."""
    with session.start(order(tmp_path)) as begun:
        (begun.run.folder / "logs" / "empty.log").touch()
        (begun.run.folder / "logs" / "app.log").write_text("no licence\n")
        begun.finish()
    assert runs(tmp_path) == [begun.run.folder]
    assert not begun.run.finished


def test_a_run_that_is_interrupted_is_kept(tmp_path: Path) -> None:
    """With what was measured, and goes on."""
    with session.start(order(tmp_path)) as begun:
        next(event for event in begun.events() if isinstance(event, TrialEnded))
    with session.start(order(tmp_path)) as again:
        assert again.resumed
        assert len(again.run.read()) == 1
        started = next(event for event in again.events() if isinstance(event, TrialStarted))
    assert started.trial.position == 1


def test_a_folder_in_place_of_a_plan_keeps_nobody_from_starting(tmp_path: Path) -> None:
    """It is no run, and is left alone."""
    (tmp_path / "2026-01-01" / "plan.json").mkdir(parents=True)
    with session.start(order(tmp_path)) as begun:
        list(islice(begun.events(), 3))
    assert (tmp_path / "2026-01-01" / "plan.json").is_dir()


def test_a_port_that_is_out_of_range_leaves_no_folder(tmp_path: Path) -> None:
    """Nor does a target at which nobody answers."""
    port = replace(order(tmp_path / "port"), port=99_999)
    target = replace(
        order(tmp_path / "target", on="auto"), scenarios=[HOP], target="http://127.0.0.1:1"
    )
    for wrong in (port, target):
        with pytest.raises(BenchError), session.start(wrong):
            pass
        assert not runs(wrong.results)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """They would measure each other; the second touches nothing of the first."""
    with session.start(order(tmp_path)) as first:
        first.run.measured.write_text("half a li")
        for same in (order(tmp_path), order(tmp_path, profile="quick")):
            with (
                pytest.raises(BenchError, match=r"another bench\.py is measuring, process \d"),
                session.start(same),
            ):
                pass
        assert first.run.measured.read_text() == "half a li"
        assert {path.name for path in tmp_path.iterdir()} == {".lock", first.run.folder.name}


def test_runs_that_begin_within_a_second_have_folders_of_their_own(tmp_path: Path) -> None:
    """The second has a number."""
    folders = []
    for _ in range(3):
        folders.append(session.new_folder(tmp_path, "quick"))
        folders[-1].mkdir()
    assert len(set(folders)) == 3
