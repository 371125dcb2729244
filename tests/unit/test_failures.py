"""What failed is counted by its kind, and what is void names whose it is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model.facts import ClosedLoop, Measurement, OpenLoop
from harness.model.trial import Trial
from harness.report.document import Section, document
from harness.report.render import terminal
from tests.support.questions import QUESTIONS, measured
from tests.support.simulated import measured as simulated

POSTGRES = catalogue()["postgres_read"]


def answers(found: Section) -> str:
    """Return all that is said to a question."""
    return " | ".join(map(str, found.answer))


def failing(closed: ClosedLoop, share: float) -> ClosedLoop:
    """Return a closed loop in which this share of the answers were 500s."""
    wrong = round(share * closed.sent)
    good = closed.sent - wrong
    return replace(
        closed,
        good=good,
        slope=good / closed.window_s,
        tenths=(),
        outcomes={"ok": good, "500": wrong},
    )


def test_failures_are_counted_by_their_status(tmp_path: Path) -> None:
    """Where failing is what is asked: how many of how many, and how."""
    record = measured(tmp_path / "run", QUESTIONS["leak"]).record()
    broken = [
        replace(one, closed=failing(one.closed, 1 / 3))
        if one.closed and one.trial.variant == "forgotten"
        else one
        for one in record.measurements
    ]
    (found,) = document(replace(record, measurements=broken)).sections
    said = re.search(r"of ([\d,]+) requests of forgotten, ([\d,]+) were 500", answers(found))
    assert said
    total, wrong = (int(one.replace(",", "")) for one in said.groups())
    assert wrong == pytest.approx(total / 3, rel=0.01)


def test_a_void_block_names_its_variant_and_its_failures(tmp_path: Path) -> None:
    """Where failing is not the question, nothing else is said of it."""
    record = simulated(tmp_path / "run", POSTGRES).record()
    broken = [
        replace(
            one,
            closed=failing(one.closed, 1 / 3),
            first_failure="/users/7 was answered 500: KeyError",
        )
        if one.closed and one.trial.variant == "awaiting" and one.trial.block == 2
        else one
        for one in record.measurements
    ]
    (found,) = document(replace(record, measurements=broken)).sections
    (void,) = found.void
    assert void.says.startswith("block 2 (awaiting): requests failed where failing is not the ")
    assert re.search(
        r"; of \d+ requests of awaiting, \d+ were 500; the first: /users/7 ", void.says
    )
    assert void.says in terminal.answer(found)


def test_what_comes_too_late_is_a_failure_only_where_that_is_asked(tmp_path: Path) -> None:
    """Beyond a ceiling, where more is offered on purpose, some always do."""
    (tail,) = document(measured(tmp_path / "tail", QUESTIONS["tail"]).record()).sections
    late = [
        replace(one, open=tuple(_late(cell) for cell in one.open))
        for one in tail.run.record.measurements
    ]
    (found,) = document(replace(tail.run.record, measurements=late)).sections
    assert "late" not in answers(found)
    limit = simulated(tmp_path / "limit", catalogue()["upstream_limit"]).record()
    late = [
        replace(one, open=tuple(_late(cell) for cell in one.open)) for one in limit.measurements
    ]
    (found,) = document(replace(limit, measurements=late)).sections
    assert re.search(r"of [\d,]+ requests of unbounded, [\d,]+ were late", answers(found))


def _late(cell: OpenLoop) -> OpenLoop:
    """Return an open load of which one answer came too late."""
    good = cell.work.good - 1
    outcomes = {"ok": good, "late": cell.work.due - good}
    return replace(cell, work=replace(cell.work, good=good, outcomes=outcomes))


def test_what_was_seen_once_in_vain_is_not_shown(tmp_path: Path) -> None:
    """It is said why; the answer stands."""
    record = simulated(tmp_path / "run", POSTGRES).record()
    noisy = [
        replace(one, foreign=0.4)
        if one.trial.kind == "exploring" and one.trial.variant == "awaiting"
        else one
        for one in record.measurements
    ]
    (found,) = document(replace(record, measurements=noisy)).sections
    assert found.run.answered
    assert {chart.chart for chart in found.charts} == {"capacity", "time", "monitor"}
    (void,) = found.void
    assert void.says.startswith("what was seen once (awaiting): other work, or the hypervisor, ")


def test_what_was_seen_once_in_vain_is_measured_once_more(tmp_path: Path) -> None:
    """The variants alone that were void; what the second attempt saw counts."""
    drive = Simulator([POSTGRES])

    def noisy(trial: Trial) -> Measurement:
        void = trial.kind == "exploring" and trial.variant == "awaiting" and not trial.attempt
        return replace(drive(trial), foreign=0.4 if void else 0.0)

    record = simulated(tmp_path / "run", POSTGRES, drive=noisy).record()
    again = [one.trial.variant for one in record.measurements if one.trial.attempt]
    assert again == ["awaiting"]
    (found,) = document(record).sections
    assert found.run.once
    assert not found.void
