"""What is said of two variants besides their ratio: bounds, what gave way, failures, and why."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.judge.interval import Verdict
from harness.model.facts import Measurement
from harness.model.metric import capacity, goodput
from harness.model.scenario import Scenario
from harness.report import comparisons
from harness.report.document import Document, Section, assembled, document
from harness.report.draw import LivePage
from harness.report.render import terminal
from tests.support.questions import QUESTIONS, changed, measured, section
from tests.support.simulated import measured as simulated

POSTGRES = catalogue()["postgres_read"]


def answers(found: Section) -> str:
    """Return all that is said to a question."""
    return " | ".join(map(str, found.answer))


def test_a_collapse_is_a_bound(sections: dict[str, Section]) -> None:
    """No right answer in a window is less than half of one, and the ratio at least so much."""
    said = answers(sections["cliff"])
    found = re.search(
        r"with 100 clients, brief \([^)]+\) answers at least ([\d,]+)× more requests in time than "
        r"held: ([\d,]+) against less than 0\.500 requests/s.* "
        r"\(95 % CI at least [\d,]+×, \d+ blocks\)",
        said,
    )
    assert found, said
    times, brief = (float(one.replace(",", "")) for one in found.groups())
    assert times == pytest.approx(brief / 0.5, rel=0.01)


def test_what_was_not_seen_to_fail_is_a_bound(sections: dict[str, Section]) -> None:
    """As many requests as it was watched for, and the ratio at least so much."""
    assert re.fullmatch(
        r"forgotten \([^)]+\) fails after \d+ requests; closed \([^)]+\) did not fail within \d+ "
        r"requests, at least [\d.]+× as many \(95 % CI at least [\d.]+×, 4 blocks\)",
        str(sections["leak"].answer[0]),
    )


def test_both_may_break_down(sections: dict[str, Section]) -> None:
    """Nobody is said to stand where it fell to a tenth of its own best, with fewer clients."""
    both, held, enlarged = map(str, sections["cliff"].answer[:3])
    level = r"[\d,]+ requests/s"
    assert re.search(rf"both break down \(enlarged {level}, held {level} at their best, ", both)
    assert re.search(rf"; held breaks down \({level} at its best, with less load\)", held)
    assert re.search(rf"; enlarged breaks down \({level} at its best, with less load\)", enlarged)
    assert "is not" not in f"{both} {held} {enlarged}"


def test_where_an_order_turns_round_is_said(tmp_path: Path) -> None:
    """More goodput at the load that decides may hide that there is less at another."""
    asked = catalogue()["upstream_limit"]
    subject = asked.variants[1].name
    assert asked.primary.kind == goodput(0).kind

    def turned(one: Measurement) -> Measurement:
        """Return a measurement in which `subject` is best, but for the lowest load."""
        cells = []
        for cell in one.open:
            decides, mine = cell.load == asked.primary.at, one.trial.variant == subject
            good = round(cell.work.due * (1.0 if decides == mine else 0.9 if decides else 0.5))
            outcomes = {"ok": good, "late": cell.work.due - good}
            cells.append(replace(cell, work=replace(cell.work, good=good, outcomes=outcomes)))
        return replace(one, open=tuple(cells))

    record = measured(tmp_path / "run", asked, change=lambda one: one).record()
    record = replace(record, measurements=list(map(turned, record.measurements)))
    (found,) = document(record).sections
    pair = subject, asked.baseline.name
    made = next(one for one in found.run.answer.contrasts if (one.subject, one.over) == pair)
    assert made.verdict is Verdict.BETTER
    said = comparisons.of_contrast(found.run, made).says
    levels = r"[\d,.]+ against [\d,.]+ requests/s"
    assert re.search(rf"; but at [\d.]+ requests/s it answers less in time: {levels}", said), said


def test_what_limits_each_variant_is_said(tmp_path: Path) -> None:
    """By the law of the ceiling that explains it: the answer's why."""
    run = simulated(tmp_path / "run", POSTGRES)
    (found,) = document(run.record()).sections
    said = next(str(one) for one in found.answer if "what limits them" in str(one))
    assert re.search(r"blocking by one request at a time \([\d.]+ ms each\)", said), said
    waiting = r"\([\d.]+( to [\d.]+)? ms of waiting each\)"
    assert re.search(rf"threaded, awaiting and offloaded by 10 connections {waiting}", said), said
    assert f"  {said}" in terminal.answer(found)


def test_what_is_not_explained_has_no_reason(tmp_path: Path) -> None:
    """A surprise is bound by something else."""
    record = simulated(tmp_path / "run", POSTGRES).record()
    slow = [
        replace(one, closed=replace(one.closed, slope=one.closed.goodput / 2))
        if one.closed and one.trial.variant == "blocking"
        else one
        for one in record.measurements
    ]
    (found,) = document(replace(record, measurements=slow)).sections
    assert "blocking by" not in answers(found)
    assert "awaiting" in answers(found)


def test_a_latency_that_nothing_could_be_read_of_has_no_chart(tmp_path: Path) -> None:
    """And no column: fewer requests than a median takes are no reason to say "no answer"."""
    record = simulated(tmp_path / "run", POSTGRES).record()
    (found,) = document(record).sections
    assert len(found.run.cells("blocking", 0.5)) == 1
    assert found.run.cells("blocking", 0.5)[0].work.due < 200
    assert "latency" not in {chart.chart for chart in found.charts}
    assert found.variants is not None
    assert not any("p50" in head for head in found.variants.heads)


def test_an_app_that_asks_itself_is_said_to_count_those_requests_too(tmp_path: Path) -> None:
    """So it may have accepted more than there are clients."""

    def asking(one: Measurement) -> Measurement:
        if one.app is None:
            return one
        closed = one.closed and replace(one.closed, app_in_flight=9.4)
        asks_itself = one.trial.variant == "by_thread"
        return replace(one, closed=closed, app=replace(one.app, asks_itself=asks_itself))

    said = dict(section(tmp_path / "run", QUESTIONS["chunk"], change=asking).findings)
    included = ", those that it sends itself included"
    assert f"accepted 9.40 on average{included}" in said["by_thread at run time"]
    assert included not in said["by_loop at run time"]


def test_calls_that_waited_for_a_thread_are_said(tmp_path: Path) -> None:
    """As many as there were at most."""

    def waiting(one: Measurement) -> Measurement:
        if one.app is None or one.trial.variant != "by_thread":
            return one
        first, *others = one.app.samples
        samples = replace(first, threads_waiting=118.0), *others
        return replace(one, app=replace(one.app, samples=samples))

    said = dict(section(tmp_path / "run", QUESTIONS["chunk"], change=waiting).findings)
    assert said["by_thread at run time"].endswith("; up to 118 calls waited for a thread")
    assert "waited for a thread" not in said["by_loop at run time"]


def test_what_works_on_behind_its_answers_is_said(tmp_path: Path) -> None:
    """A capacity is that of answering, whatever is left to do."""

    def lingering(one: Measurement) -> Measurement:
        if one.app is None or one.closed is None:
            return one
        samples = tuple(replace(sample, background=531.0) for sample in one.app.samples)
        closed = replace(one.closed, app_in_flight=8.0)
        return replace(one, closed=closed, app=replace(one.app, samples=samples))

    found = section(tmp_path / "run", QUESTIONS["chunk"], change=lingering)
    said = dict(found.findings)["by_loop at run time"]
    assert "531 answered requests still worked at its end" in said


def test_full_collections_are_named_beside_a_tail(tmp_path: Path) -> None:
    """Where they are frequent: they stop every request that is in flight."""

    def collecting(one: Measurement) -> Measurement:
        """Return a measurement in which `waiting` collected four times a second, 15 ms each."""
        if one.app is None or one.trial.variant != "waiting":
            return one
        samples = (
            replace(sample, gc_s=0.06 * sample.at_s, gc_full=4 * sample.at_s)
            for sample in one.app.samples
        )
        return replace(one, app=replace(one.app, samples=tuple(samples)))

    found = section(tmp_path / "run", QUESTIONS["tail"], change=collecting)
    said = "full garbage collections, which are in its p99: waiting 4.00 times a second (6.00 % of"
    assert said in answers(found)
    assert "racing 4" not in answers(found)
    assert found.variants is not None
    (column,) = (one for one in found.variants.columns if "garbage collections" in one.head)
    assert re.search(r" at [\d,.]+ requests/s \(share of the time\)$", column.head)
    assert "4 (6.00 %)" in set(map(str, column.cells))
    free = section(tmp_path / "free", QUESTIONS["tail"], change=lambda one: one)
    assert "collections" not in answers(free)


def test_the_page_says_what_its_intervals_speak_of(told: Document) -> None:
    """Of one scenario's answer, of this machine and hour, and not of what was seen once."""
    notes = " ".join(told.notes)
    assert "95 of 100 runs" in notes
    assert "this machine in that hour" in notes
    assert "Other figures were seen once, without interval" in notes
    assert "Claims marked * were changed" in notes


def test_of_many_answers_some_miss_somewhere(told: Document) -> None:
    """About one of twenty."""
    assert "will miss" not in " ".join(told.notes)
    many = assembled(told.sections[0].run.record, told.sections * 4)
    assert "of 20 scenarios about 1 will miss somewhere" in many.notes[0]


def test_a_target_is_offered_shares_of_what_it_served(tmp_path: Path) -> None:
    """No ceiling is known of it, and still its latency is seen once."""
    run = simulated(tmp_path / "run", POSTGRES.for_target("http://somewhere"))
    (found,) = document(run.record()).sections
    assert str(found.answer[0]).startswith("the target has a capacity of ")
    served = found.run.typical(capacity, "target")
    assert served is not None
    assert found.run.rate(0.5) == pytest.approx(served.estimate / 2, rel=0.1)
    assert "latency" in {chart.chart for chart in found.charts}


def test_noise_that_asked_for_blocks_is_said(tmp_path: Path) -> None:
    """Where more were measured than planned."""

    def noisy(one: Measurement) -> Measurement:
        factor = 1.5 if one.trial.block % 2 and one.trial.variant == "by_loop" else 1.0
        closed = one.closed and replace(one.closed, cpu_s=one.closed.cpu_s * factor)
        return changed(replace(one, closed=closed))

    found = section(tmp_path / "run", QUESTIONS["chunk"], change=noisy)
    asked = found.run.answer.asked_by_noise
    assert asked is not None
    assert asked > found.run.design.planned_blocks
    assert f"Noise asked for {asked} blocks, where 4 were planned." in found.note
    assert f"noise asked for {asked} blocks" in terminal.answer(found)


def test_a_live_page_is_one_file_beside_the_summary(tmp_path: Path) -> None:
    """With what is said of the scenario that was answered, and of those before it."""
    asked: tuple[Scenario, ...] = (QUESTIONS["leak"], QUESTIONS["chunk"])
    live = LivePage(measured(tmp_path / "run", *asked))
    live.add("leak")
    live.add("chunk")
    assert {one.name for one in live.path.parent.iterdir()} == {"index.html", "summary.md"}
    page = live.path.read_text()
    assert all(f'id="{one.name}"' in page for one in asked)
