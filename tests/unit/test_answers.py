"""The forest holds every answer of a run in plain words on one axis, and names what has none."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.judge.interval import Interval, Verdict
from harness.model.reading import Bound
from harness.report.answers import Answers, Row, answers, in_plain_words, points, share
from harness.report.document import Document, Section, document
from harness.report.family import families
from harness.report.headline import told
from harness.report.language import LANGUAGES, known, speaking
from tests.support.simulated import measured
from tests.support.stack import WAITS, stack_run

NAMES = ("postgres_read", "hop", "streaming")
Gains = dict[str, tuple[Interval | None, Verdict]]  # by the name of the scenario


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """What a simulated run of three scenarios says."""
    run = measured(tmp_path_factory.mktemp("results") / "run", *(catalogue()[n] for n in NAMES))
    return document(run.record(), everything=False)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """What a simulated run of two scenarios over waits says."""
    run = stack_run(tmp_path_factory.mktemp("results") / "stack", "loop", "server")
    return document(run.record(), everything=False)


def forest(found: Document) -> Answers:
    """Return the forest of a run that has one."""
    drawn = answers(found)
    assert drawn
    return drawn


def rows(found: Document) -> dict[str, Row]:
    """Return its rows by the anchor of their scenario."""
    return {row.part: row for row in forest(found).rows}


def telling(found: Document, gains: Gains) -> Document:
    """Return a document in which these scenarios have one comparison, with these gains."""
    return replace(found, sections=tuple(_telling(one, gains) for one in found.sections))


def _telling(section: Section, gains: Gains) -> Section:
    if section.name not in gains:
        return section
    gain, verdict = gains[section.name]
    contrast = replace(section.run.answer.contrasts[0], gain=gain, verdict=verdict)
    answer = replace(section.run.answer, contrasts=(contrast,))
    return replace(section, run=replace(section.run, answer=answer))


def test_every_scenario_is_a_row_below_its_group(said: Document) -> None:
    """In the order of the groups; the row leads to the scenario."""
    found = forest(said)
    assert [group.heading for group in found.groups] == ["clients", "threads", "streaming"]
    assert [row.part for row in found.rows] == list(NAMES)
    assert found.missing == ()


def test_a_row_says_what_takes_the_place_of_what(said: Document) -> None:
    """By what both do, with both levels and their claim ids; never by names of variants alone."""
    section = next(one for one in said.sections if one.name == "postgres_read")
    contrast = told(section.run)
    assert contrast
    assert contrast.gain
    row = rows(said)["postgres_read"]
    fix, trap = (section.scenario.variant(name) for name in (contrast.subject, contrast.over))
    assert row.words == f"{fix.does} instead of {trap.does}"
    assert row.words.endswith("instead of psycopg2 inside async def")
    assert row.metric == "requests served per second"
    assert row.ratio == f"{contrast.gain.estimate:.3g}×"
    assert row.interval == f"{contrast.gain.low:.3g}× to {contrast.gain.high:.3g}×"
    assert row.before.endswith(" requests/s")
    assert row.claim == f"postgres_read.{fix.name}/{trap.name}"
    assert (row.claim_before, row.claim_after) == (
        f"postgres_read.{trap.name}",
        f"postgres_read.{fix.name}",
    )


@pytest.mark.parametrize("factor", [1.0, 1.1, 2.0, 7.0, 20.0])
def test_a_half_is_as_far_from_the_middle_as_twice(factor: float) -> None:
    """On both sides, and at the ends."""
    assert share(factor, 20) + share(1 / factor, 20) == pytest.approx(1)
    assert share(1, 20) == 0.5
    assert share(factor**2, 400) - 0.5 == pytest.approx(share(factor, 20) - 0.5)


def test_what_lies_beyond_the_axis_lies_at_its_end() -> None:
    """Zero and infinity too."""
    assert [share(one, 10) for one in (0, 0.01, 0.1)] == pytest.approx([0, 0, 0])
    assert [share(one, 10) for one in (10, 300, math.inf)] == pytest.approx([1, 1, 1])


def test_the_axis_reaches_as_far_as_the_data_and_no_farther_than_fifty(said: Document) -> None:
    """The same on both sides; beyond it the row says so."""
    near: Gains = {name: (Interval(1.3, 1.2, 1.4, 5), Verdict.BETTER) for name in NAMES}
    labels = [tick.label for tick in forest(telling(said, near)).ticks]
    assert labels == ["0.5×", "0.8×", "1×", "1.25×", "2×"]
    worse: Gains = {**near, "hop": (Interval(0.2, 0.15, 0.3, 5), Verdict.WORSE)}
    assert forest(telling(said, worse)).ticks[-1].label == "20×"
    far: Gains = {**near, "hop": (Interval(293, 15, 400, 5), Verdict.BETTER)}
    assert forest(telling(said, far)).ticks[0].label == "0.02×"
    row = rows(telling(said, far))["hop"]
    assert (row.below, row.above) == (False, True)
    assert row.low < row.estimate == row.high == 1


@pytest.mark.parametrize(
    ("gain", "verdict", "drawn", "side", "ratio"),
    [
        (Interval(2.0, 1.5, 2.5, 5), Verdict.BETTER, "better", "better", "2×"),
        (Interval(0.5, 0.4, 0.6, 5), Verdict.WORSE, "worse", "worse", "0.5×"),
        (Interval(1.2, 0.9, 1.5, 5), Verdict.UNCLEAR, "grey", "better", "1.2×"),
        (Interval(1.01, 1.005, 1.02, 5), Verdict.SAME, "grey", "better", "1.01×"),
        (
            Interval(40, 20, math.inf, 5, Bound.AT_LEAST),
            Verdict.BETTER,
            "collapse",
            "better",
            "≥ 40×",
        ),
        (Interval(0.02, 0, 0.1, 5, Bound.AT_MOST), Verdict.WORSE, "collapse", "worse", "≤ 0.02×"),
        (Interval(math.inf, math.inf, math.inf, 5), Verdict.BETTER, "collapse", "better", "∞"),
        (Interval(0, 0, 0, 5), Verdict.WORSE, "collapse", "worse", "0"),
        (Interval(3, 0.5, math.inf, 5, Bound.AT_LEAST), Verdict.UNCLEAR, "grey", "better", "≥ 3×"),
    ],
)
def test_a_row_is_drawn_by_its_verdict(
    said: Document, gain: Interval, verdict: Verdict, drawn: str, side: str, ratio: str
) -> None:
    """Grey where nothing is clear, and apart where one of the two gave way."""
    row = rows(telling(said, {"hop": (gain, verdict)}))["hop"]
    assert (row.verdict, row.side, row.ratio) == (drawn, side, ratio)


def test_the_legend_explains_the_marks_that_are_there(said: Document) -> None:
    """And no others."""
    clear: Gains = {name: (Interval(1.3, 1.2, 1.4, 5), Verdict.BETTER) for name in NAMES}
    assert forest(telling(said, clear)).legend == ("bar: 95 % interval",)
    odd: Gains = {
        "hop": (Interval(1.0, 0.9, 1.1, 5), Verdict.UNCLEAR),
        "streaming": (Interval(40, 30, math.inf, 5, Bound.AT_LEAST), Verdict.BETTER),
        "postgres_read": (Interval(300, 200, 400, 5), Verdict.BETTER),
    }
    assert len(forest(telling(said, odd)).legend) == 4


def test_what_has_no_answer_is_named_with_why(said: Document) -> None:
    """Below the rows, by the anchor of its scenario."""
    found = forest(telling(said, {"hop": (None, Verdict.INVALID)}))
    assert [row.part for row in found.rows] == ["postgres_read", "streaming"]
    (missing,) = found.missing
    assert (missing.part, missing.name) == ("hop", "hop")
    assert missing.why == next(one for one in said.sections if one.name == "hop").answer[0].says


def test_what_a_stand_in_served_is_labelled(said: Document) -> None:
    """In its row alone."""
    first, *others = said.sections
    labelled = replace(first, stand_in=" (of a stand-in)")
    found = rows(replace(said, sections=(labelled, *others)))
    assert [row.stand_in for row in found.values()] == [" (of a stand-in)", "", ""]


def test_one_scenario_and_a_run_without_an_answer_have_none(said: Document, tmp_path: Path) -> None:
    """There is nothing to put side by side."""
    assert answers(replace(said, sections=said.sections[:1])) is None
    smoke = measured(tmp_path / "run", *(catalogue()[n] for n in NAMES), profile="smoke")
    assert answers(document(smoke.record(), everything=False)) is None


def test_the_largest_gain_of_a_group_comes_first(said: Document, stack: Document) -> None:
    """Whatever the names are."""
    both = replace(said, sections=(*said.sections, *stack.sections))
    shown = [row for group in forest(both).groups for row in group.rows if group.heading == "stack"]
    assert len(shown) == 2
    assert shown[0].estimate >= shown[1].estimate


def test_a_scenario_at_several_points_is_one_row_at_its_own_settings(stack: Document) -> None:
    """Those that the catalogue gives it, here a wait of 10 ms."""
    found = rows(stack)
    assert list(found) == ["loop", "server"] or list(found) == ["server", "loop"]
    for name, row in found.items():
        assert row.at == "wait 10 ms"
        assert row.claim.startswith(f"{name}-wait_ms-10.")


def test_else_it_is_at_the_point_that_is_farthest_from_1(
    stack: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the catalogue has no such scenario; what a choice is worth fades with the wait."""
    monkeypatch.setattr("harness.report.answers._catalogue", dict)
    assert {row.at for row in rows(stack).values()} == {"wait 0 ms"}


def test_a_family_has_a_forest_with_a_row_for_every_point(stack: Document) -> None:
    """Below each comparison; each row leads to its point."""
    server = families(stack)[1]
    found = points(server)
    assert found
    assert len(found.groups) == len(server.variants) - 1
    baseline = server.variants[0]
    for group, variant in zip(found.groups, server.variants[1:], strict=True):
        assert group.heading == f"{variant.does} instead of {baseline.does}"
        assert [row.words for row in group.rows] == list(server.points)
        assert [row.part for row in group.rows] == [one.name for one in server.sections]
        for row, contrast in zip(
            group.rows, server.contrasts(variant.name, baseline.name), strict=True
        ):
            assert contrast
            assert contrast.gain
            assert row.ratio == f"{contrast.gain.estimate:.3g}×"
            assert row.at == ""
    assert len(found.rows) == len(WAITS) * len(found.groups)


def test_a_point_without_an_answer_is_named(stack: Document) -> None:
    """As is a scenario."""
    first = families(stack)[0].sections[0]
    (family, _) = families(telling(stack, {first.name: (None, Verdict.INVALID)}))
    found = points(family)
    assert found
    assert [one.name for one in found.missing] == ["wait 0 ms"]
    assert len(found.rows) == len(WAITS) - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_of_the_catalogue_has_plain_words(language: str) -> None:
    """No reader has to know what p99 is."""
    with speaking(language):
        for scenario in catalogue().values():
            assert known(f"forest.metric.{scenario.primary.name}"), scenario.name
            assert "p99" not in in_plain_words(scenario.primary)
