"""The charts: no letter is covered, no bar lies, what never fails or collapses is seen to, and who is of a kind looks it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from harness.catalogue import catalogue
from harness.model.scenario import Budget, Claim, Scenario, Variant, cpu_per, time_alone
from harness.report import reading as seen
from harness.report import tables, wording
from harness.report.charts import bars, style, sweep, time
from harness.report.charts.frame import Label, fitting, spread, wrapped
from harness.report.charts.frame import measured as measured_width
from harness.report.draw import CHARTS, shown
from harness.report.reading import Reading
from tests.questions import QUESTIONS, variant  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there

CATALOGUE = catalogue()


def written(figure: Figure) -> list[Text]:
    """Find the letters of a figure that lie on it, its watermark aside."""
    figure.canvas.draw()
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        beyond |= {
            id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high
        }
    found = [
        text
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
    ]
    return [text for text in found if text.get_text() != "SIMULATED" and id(text) not in beyond]


def widths(axes: Axes) -> list[float]:
    """Measure the bars."""
    return [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]


def test_every_question_has_a_chart_of_what_decides_it(readings: dict[str, Reading]) -> None:
    """It comes first; bars are drawn only where no other chart shows the metric, and nothing of open loads where there were none."""
    assert {name: shown(reading) for name, reading in readings.items()} == {
        "tax": ["deciding", "capacity", "time", "monitor"],
        "leak": ["deciding", "capacity", "time", "monitor"],
        "chunk": ["deciding", "capacity", "time", "monitor"],
        "tail": ["latency", "capacity", "bystander", "time", "monitor"],
        "cliff": ["sweep", "capacity", "time", "monitor"],
    }


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_letter_of_it_is_covered_or_cut_off(readings: dict[str, Reading], name: str) -> None:
    """Not of six variants with long names either, nor of what collapses or never fails."""
    for what in shown(readings[name]):
        with style.drawing():
            boxes = [
                (text.get_text(), text.get_window_extent())
                for text in written(CHARTS[what](readings[name]))
            ]
        for number, (text, box) in enumerate(boxes):
            assert 0 <= box.x0 <= box.x1 <= style.WIDTH, (what, text)
            assert 0 <= box.y0 <= box.y1 <= style.HEIGHT, (what, text)
            for other, beside in boxes[number + 1 :]:
                assert (
                    box.x1 <= beside.x0
                    or beside.x1 <= box.x0
                    or min(box.y1, beside.y1) - max(box.y0, beside.y0) <= 3
                ), (what, text, other)


def test_a_tail_is_drawn_by_its_own_percentile(readings: dict[str, Reading]) -> None:
    """Its chart says the metric that decides."""
    with style.drawing():
        said = " ".join(text.get_text() for text in written(CHARTS["latency"](readings["tail"])))
    assert "p99" in said
    assert "p50" not in said
    assert "exploratory" not in said


def test_what_was_not_drawn_is_not_in_the_title(readings: dict[str, Reading]) -> None:
    """Too few blocks to say a share: the title says what is drawn, and requests in flight only where a schedule offered some."""
    told = {
        name: time.sentence(replace(readings[name], blocks=readings[name].blocks[:1]))
        for name in ("tax", "tail")
    }
    assert told["tax"].startswith("For how long the event loop stands still")
    assert told["tail"].startswith("Requests in flight, and for how long")


def test_costs_are_drawn_in_microseconds(readings: dict[str, Reading]) -> None:
    """As long as they are written."""
    with style.drawing():
        figure = bars.chart(readings["chunk"])
    found = seen.typical(readings["chunk"], cpu_per("chunk", 100), "by_thread")
    assert found is not None
    assert figure.axes[0].get_xlabel() == "CPU per chunk, µs"
    assert max(widths(figure.axes[0])) == pytest.approx(1e6 * found.estimate)
    assert wording.quantity(found.estimate, cpu_per("chunk", 100)) in {
        text.get_text() for text in written(figure)
    }


def test_what_never_fails_leaves_the_chart(readings: dict[str, Reading]) -> None:
    """Its bar goes beyond the edge, an arrow says so, and so do the words; what failed keeps its place."""
    with style.drawing():
        figure = bars.chart(readings["leak"])
    axes = figure.axes[0]
    assert 1.2 * min(widths(axes)) < axes.get_xlim()[1] < max(widths(axes))
    assert (
        axes.get_position().x1 * style.WIDTH + bars.ARROW * style.DPI / 72 < bars.COLUMN - 60
    )  # where the marks beside begin
    assert (
        len(
            [
                text
                for text in axes.texts
                if isinstance(text, Annotation) and text.arrow_patch is not None
            ]
        )
        == 1
    )
    said = " ".join(text.get_text() for text in written(figure))
    assert "none failed in 6 blocks" in said
    assert "inf" not in said
    assert len(axes.get_xticks()) > 2
    whole = replace(
        readings["leak"], scenario=replace(QUESTIONS["leak"], variants=(variant("closed"),))
    )
    with style.drawing():
        assert list(bars.chart(whole).axes[0].get_xticks()) == []
    heads, rows = tables.variants(readings["leak"])
    assert rows[1][heads.index("requests until failure, requests (decides)")] == "none failed"


def test_a_collapse_lies_where_the_rule_puts_it(readings: dict[str, Reading]) -> None:
    """A dashed line per budget at its threads and connections; the line of what collapses goes down to 0 within the axes."""
    with style.drawing():
        axes = sweep.chart(readings["cliff"]).axes[0]
    texts = {text.get_text() for text in axes.texts}
    assert {"40 + 10 = 50", "enlarged: 40 + 40 = 80"} <= texts
    lines = [np.asarray(line.get_xydata(), float) for line in axes.lines]
    assert {50.0, 80.0} == {
        line[0, 0] for line in lines if len(line) == 2 and line[0, 0] == line[1, 0] > 1
    }
    assert axes.get_ylim()[0] < min(line[:, 1].min() for line in lines if len(line) == 4) == 0
    assert [int(tick) for tick in axes.get_xticks()] == [50, 60, 64, 100]


def test_names_of_cliffs_stand_above_each_other_where_they_would_touch(
    readings: dict[str, Reading],
) -> None:
    """Nearer than their letters are wide."""
    cliff = readings["cliff"]
    near = tuple(
        variant(f"pool_of_{size}", budget=Budget(threads=40, connections=size))
        for size in (20, 21, 22)
    )
    crowded = replace(
        cliff,
        scenario=replace(cliff.scenario, variants=(cliff.scenario.baseline, *near), claims=()),
    )
    assert [row for *_, row in sweep.cliffs(crowded, 12.0)] == [0, 1, 2, 3]
    assert [row for *_, row in sweep.cliffs(cliff, 12.0)] == [0, 0]


def test_a_word_that_is_wider_than_its_line_is_broken() -> None:
    """After one of its signs, and nothing of it is lost."""
    text = "calls asyncio.gather(return_exceptions=True) once"
    lines = wrapped(text, 24, 370)
    assert lines == ["calls asyncio.gather(", "return_exceptions=True) once"]
    assert all(measured_width(line, 24) <= 370 for line in lines)


def test_labels_lose_their_last_lines_before_they_run_over() -> None:
    """All of them alike."""
    look = style.LOOKS["awaits"]
    labels = [Label(0, 0, look, "first", ("a", "b", "c")), Label(0, 1, look, "second", ("a",))]
    assert fitting(labels, 1000) == labels
    assert [len(label.lines) for label in fitting(labels, 200)] == [2, 1]
    assert [len(label.lines) for label in fitting(labels, 10)] == [0, 0]


def test_a_title_has_room_for_few_sentences(readings: dict[str, Reading]) -> None:
    """Of many comparisons the claimed ones come first, and the others are counted."""
    answer = readings["tax"].answer
    claimed = replace(QUESTIONS["tax"], claims=(Claim("with_response_model", "bare", 0.5),))
    many = replace(
        readings["tax"],
        scenario=claimed,
        answer=replace(answer, contrasts=(*answer.contrasts, *answer.contrasts[:1])),
    )
    said = seen.titles(many, time_alone)
    assert len(said) == seen.MOST
    assert "with_response_model" in said[0]
    assert said[-1] == "and 2 more comparisons"
    assert len(seen.titles(readings["tax"], time_alone)) == 5


def test_a_kind_of_variant_looks_the_same_everywhere() -> None:
    """And within a scenario no two look alike."""
    found: dict[str, style.Look] = {}
    for scenario in CATALOGUE.values():
        looks = style.looks(scenario)
        assert len(set(looks.values())) == len(looks)
        for name, look in looks.items():
            assert found.setdefault(name, look) == look


def test_unknown_names_still_get_looks_of_their_own() -> None:
    """A contributor's variants are told apart without a change here."""
    loop = CATALOGUE["postgres_read"].baseline
    named = [
        Variant(name, "", loop.runs_on, loop.ceiling)
        for name in ("sequential", "gathered", "unpooled", "awaiting")
    ]
    scenario: Scenario = replace(CATALOGUE["postgres_read"], variants=tuple(named), claims=())
    looks = style.looks(scenario)
    assert len(set(looks.values())) == len(named)
    assert looks["awaiting"] == style.LOOKS["awaits"]


def test_labels_never_overlap() -> None:
    """However close their marks are, and within the bounds."""
    heights = [80.0, 100.0, 60.0]
    tops = spread([500.0, 499.0, 498.0], heights, 100, 520)
    assert tops[0] <= 520
    assert all(
        top - height >= below
        for top, height, below in zip(tops, heights, [*tops[1:], 100.0], strict=True)
    )
