"""The charts draw what the document says, and every letter can be read."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Annotation

from harness.catalogue import catalogue
from harness.model.app import Budget
from harness.model.metric import DEFINITIONS, capacity, cpu_per, p99, time_alone, until_failure
from harness.model.scenario import Claim, Scenario, Variant
from harness.report import language, standstill, wording
from harness.report.captions import MOST, title
from harness.report.charts import CHARTS, sweep, theme
from harness.report.charts.bars import ARROW, COLUMN
from harness.report.charts.labels import Label, fitting, spread
from harness.report.charts.text import measured, wrapped
from harness.report.document import Section, document
from harness.report.headline import trap
from harness.report.render.environment import TEMPLATES
from tests.support.figures import (
    bars,
    charts,
    figure,
    intervals,
    lines,
    marked,
    require_readable,
    text,
    written,
)
from tests.support.questions import QUESTIONS, variant
from tests.support.questions import measured as questions_measured
from tests.support.reports import unanswered

CATALOGUE = catalogue()


def test_every_question_has_a_chart_of_what_decides_it(sections: dict[str, Section]) -> None:
    """It comes first; bars only where no other chart shows the metric, and no empty chart."""
    assert {name: charts(section) for name, section in sections.items()} == {
        "tax": ["deciding", "capacity", "time", "monitor"],
        "leak": ["deciding", "capacity", "time", "monitor"],
        "chunk": ["deciding", "capacity", "time", "monitor"],
        "tail": ["latency", "capacity", "bystander", "time", "monitor"],
        "cliff": ["sweep", "capacity", "time", "monitor"],
    }


def test_every_metric_has_a_chart_that_exists() -> None:
    """And bars are told what they show."""
    for definition in DEFINITIONS.values():
        assert definition.chart in CHARTS
        about = f"captions.about.{definition.name.lower().replace(' ', '_')}"
        assert language.known(about) or definition.chart != "deciding"


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_letter_of_it_is_covered_or_cut_off(sections: dict[str, Section], name: str) -> None:
    """Not of six variants with long names either, nor of what collapses or never fails."""
    for chart in charts(sections[name]):
        require_readable(figure(sections[name], chart))


def test_bars_are_as_long_as_the_document_says(sections: dict[str, Section]) -> None:
    """Bar, interval and dots of the capacity; the ceiling lies where the theory puts it."""
    run = sections["chunk"].run
    (axes,) = figure(sections["chunk"], "capacity").axes
    found = [run.typical(capacity, name) for name in run.variants]
    assert bars(axes) == pytest.approx([one.estimate for one in found if one])
    ends = [(one.low, one.high) for one in found if one]
    assert np.array(intervals(axes)) == pytest.approx(np.array(ends))
    for name in run.variants:
        assert marked(axes, run.values(capacity, name))
        assert marked(axes, [run.ceiling(name)] * 2)


def test_lines_of_a_sweep_go_through_the_levels(sections: dict[str, Section]) -> None:
    """One point for each number of clients, of each variant."""
    run = sections["cliff"].run
    (axes,) = figure(sections["cliff"], "sweep").axes
    drawn = [line[:, 1].tolist() for line in lines(axes, 4)]
    for name in run.variants:
        metrics = [run.goodput_with(clients) for clients in run.client_counts]
        levels = [found.estimate for one in metrics if (found := run.typical(one, name))]
        assert any(line == pytest.approx(levels) for line in drawn)


def test_a_curve_is_marked_at_its_percentile(sections: dict[str, Section]) -> None:
    """The mark at 99 % is as high as the p99 of all blocks together."""
    run = sections["tail"].run
    (axes,) = figure(sections["tail"], "latency").axes
    marks = [line[0] for line in lines(axes, 1) if line[0][0] == pytest.approx(2)]
    assert len(marks) == len(run.variants)
    for (_, level), name in zip(marks, run.variants, strict=True):
        found = run.typical(p99(0.5), name)
        assert found is not None
        assert level == pytest.approx(found.estimate, rel=0.05)


def test_a_tail_is_drawn_by_its_own_percentile(sections: dict[str, Section]) -> None:
    """Its chart says the metric that decides."""
    said = text(figure(sections["tail"], "latency"))
    assert "p99" in said
    assert "p50" not in said
    assert "exploratory" not in said


def test_what_was_not_drawn_is_not_in_the_title(sections: dict[str, Section]) -> None:
    """With too few blocks for a share, the title says what is drawn.

    Requests in flight are named only where a schedule offered some.
    """
    said = {
        name: standstill.sentence(unanswered(run)).says
        for name in ("tax", "tail")
        for run in [sections[name].run]
    }
    assert said["tax"].startswith("For how long the event loop stands still")
    assert said["tail"].startswith("Requests in flight, and for how long")


def test_costs_are_drawn_in_microseconds(sections: dict[str, Section]) -> None:
    """As long as they are written."""
    drawn, metric = figure(sections["chunk"], "deciding"), cpu_per("chunk", 100)
    found = sections["chunk"].run.typical(metric, "by_thread")
    assert found is not None
    assert drawn.axes[0].get_xlabel() == "CPU per chunk, µs"
    assert max(bars(drawn.axes[0])) == pytest.approx(1e6 * found.estimate)
    assert wording.quantity(found.estimate, metric) in {one.get_text() for one in written(drawn)}


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Section:
    """A question by method 3, for which what never failed was infinite."""
    folder = tmp_path_factory.mktemp("results") / "old"
    record = questions_measured(folder, QUESTIONS["leak"], profile="standard").record()
    uncounted = [replace(one, answered=None) for one in record.measurements]
    (found,) = document(replace(record, method=3, measurements=uncounted)).sections
    return found


def test_what_was_not_seen_to_fail_is_as_long_as_it_was_watched(
    sections: dict[str, Section],
) -> None:
    """Its interval leaves the chart, and an arrow and the words say so."""
    drawn, leak = figure(sections["leak"], "deciding"), sections["leak"]
    (axes,) = drawn.axes
    found = leak.run.typical(until_failure, "closed")
    assert found is not None
    assert max(bars(axes)) == pytest.approx(found.estimate)
    assert max(bars(axes)) < axes.get_xlim()[1] < max(high for _, high in intervals(axes))
    arrows = [one for one in axes.texts if isinstance(one, Annotation) and one.arrow_patch]
    assert len(arrows) == 1
    said = text(drawn)
    assert f"more than {wording.quantity(found.estimate, until_failure)}" in said
    assert "inf" not in said


def test_what_never_fails_leaves_the_chart(endless: Section) -> None:
    """Its bar goes beyond the edge, and an arrow and the words say so."""
    drawn, leak = figure(endless, "deciding"), endless
    (axes,) = drawn.axes
    assert 1.2 * min(bars(axes)) < axes.get_xlim()[1] < max(bars(axes))
    tip = axes.get_position().x1 * theme.WIDTH + ARROW * theme.DPI / 72
    assert tip < COLUMN - 60  # where the marks beside begin
    arrows = [one for one in axes.texts if isinstance(one, Annotation) and one.arrow_patch]
    assert len(arrows) == 1
    said = text(drawn)
    assert "none failed in 8 blocks" in said
    assert "inf" not in said
    assert len(axes.get_xticks()) > 2
    assert leak.variants is not None
    heads = leak.variants.heads
    failed = heads.index("requests until failure, requests (decides)")
    assert str(leak.variants.rows[1][failed]) == "none failed"


def test_where_nothing_fails_the_axis_has_no_ticks(endless: Section) -> None:
    """There is no number to scale it by."""
    leak = endless
    closed = replace(QUESTIONS["leak"], variants=(variant("closed"),))
    design = replace(leak.run.design, scenario=closed)
    drawn = figure(replace(leak, run=replace(leak.run, design=design)), "deciding")
    assert list(drawn.axes[0].get_xticks()) == []


def test_a_collapse_lies_where_the_rule_puts_it(sections: dict[str, Section]) -> None:
    """A dashed line per budget at its threads and connections; a collapse is half an answer."""
    drawn = figure(sections["cliff"], "sweep")
    assert "less than 0.500 requests/s" in text(drawn)
    (axes,) = drawn.axes
    assert {"40 + 10 = 50", "enlarged: 40 + 40 = 80"} <= {one.get_text() for one in axes.texts}
    vertical = {line[0, 0] for line in lines(axes, 2) if line[0, 0] == line[1, 0] > 1}
    assert vertical == {50.0, 80.0}
    assert axes.get_ylim()[0] < min(line[:, 1].min() for line in lines(axes, 4)) == 0.5
    assert [int(tick) for tick in axes.get_xticks()] == [50, 60, 64, 100]


def test_names_of_cliffs_stand_above_each_other_where_they_would_touch(
    sections: dict[str, Section],
) -> None:
    """Where they are nearer than their letters are wide."""
    run = sections["cliff"].run
    near = tuple(variant(f"pool_of_{n}", budget=Budget(connections=n)) for n in (20, 21, 22))
    crowded = replace(run.scenario, variants=(run.scenario.baseline, *near), claims=())
    found = sweep.cliffs(replace(run, design=replace(run.design, scenario=crowded)), 12.0)
    assert [cliff.row for cliff in found] == [0, 1, 2, 3]
    assert [cliff.row for cliff in sweep.cliffs(run, 12.0)] == [0, 0]


def test_a_word_that_is_wider_than_its_line_is_broken() -> None:
    """After one of its signs, and nothing of it is lost."""
    found = wrapped("calls asyncio.gather(return_exceptions=True) once", 24, 370)
    assert found == ["calls asyncio.gather(", "return_exceptions=True) once"]
    assert all(measured(line, 24) <= 370 for line in found)


def test_labels_lose_their_last_lines_before_they_run_over() -> None:
    """All of them alike."""
    style = theme.STYLES["awaits"]
    labels = [Label(0, 0, style, "first", ("a", "b", "c")), Label(0, 1, style, "second", ("a",))]
    assert fitting(labels, 1000) == labels
    assert [len(label.lines) for label in fitting(labels, 200)] == [2, 1]
    assert [len(label.lines) for label in fitting(labels, 10)] == [0, 0]


def test_a_title_has_room_for_few_sentences(sections: dict[str, Section]) -> None:
    """Of many comparisons the claimed ones come first, and the others are counted."""
    run = sections["tax"].run
    claimed = replace(QUESTIONS["tax"], claims=(Claim("with_response_model", "bare", 0.5),))
    contrasts = (*run.answer.contrasts, *run.answer.contrasts[:1])
    many = replace(
        run,
        design=replace(run.design, scenario=claimed),
        answer=replace(run.answer, contrasts=contrasts),
    )
    said = title(many, time_alone)
    assert len(said) == MOST
    assert "with_response_model" in said[0].says
    assert said[-1].says == "and 2 more comparisons"
    assert len(title(run, time_alone)) == 5


def test_the_trap_has_a_colour_that_nothing_else_has() -> None:
    """In every scenario; and within one no two variants look alike."""
    for scenario in CATALOGUE.values():
        styles = theme.styles(scenario)
        assert len(set(styles.values())) == len(styles)
        alarming = {name for name, style in styles.items() if style.name == "trap"}
        assert alarming == {name for name in [trap(scenario)] if name}


def test_every_style_has_its_class_and_every_chart_its_colours_in_the_dark() -> None:
    """For the page in charts.css; as a file a chart has them in itself, and no ground."""
    css = (TEMPLATES / "charts.css").read_text()
    assert set(re.findall(r"^\.s-(\w+) \{", css, re.MULTILINE)) == {
        style.name for style in theme.STYLES.values()
    }
    svg = f' <defs>\n<path style="fill: {theme.INK}; stroke: #d55e00"/><path style="fill: none"/>'
    found = theme.themed(svg)
    assert f"fill: var(--c1a1a1a, {theme.INK}); stroke: #d55e00" in found
    assert "@media (prefers-color-scheme: dark) { svg { --c1a1a1a: #ececec } }" in found
    assert theme.RC["figure.facecolor"] == "none"


def test_unknown_names_still_get_styles_of_their_own() -> None:
    """A contributor's variants look different from each other without a change here."""
    names = ("sequential", "gathered", "unpooled", "awaiting")
    named = tuple(Variant(name, "", "loop") for name in names)
    scenario: Scenario = replace(CATALOGUE["postgres_read"], variants=named, claims=())
    styles = theme.styles(scenario)
    assert len(set(styles.values())) == len(named)
    assert styles["awaiting"] == theme.STYLES["awaits"]


def test_labels_never_overlap() -> None:
    """However close their marks are, and within the bounds."""
    heights = [80.0, 100.0, 60.0]
    tops = spread([500.0, 499.0, 498.0], heights, 100, 520)
    assert tops[0] <= 520
    ends = [top - height for top, height in zip(tops, heights, strict=True)]
    assert all(end >= below for end, below in zip(ends, [*tops[1:], 100.0], strict=True))


def test_a_block_that_never_fails_is_an_arrow_at_the_edge(endless: Section) -> None:
    """One for each such block."""
    (axes,) = figure(endless, "deciding").axes
    edge = 0.985 * axes.get_xlim()[1]
    assert sum(np.allclose(line[:, 0], edge) for line in lines(axes, 8)) == 1
    assert endless.run.values(until_failure, "closed") == [math.inf] * 8
