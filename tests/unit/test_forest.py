"""The forest as HTML and as a chart: every row can be read, followed, and told by its mark."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.report.answers import Answers, Group, Missing, Row, Tick, share
from harness.report.charts import answers as chart
from harness.report.charts import theme
from harness.report.language import CHINESE, speaking
from harness.report.render.environment import environment
from tests.support.svg import shown

TICKS = tuple(Tick(f"{one:g}×", share(one, 20)) for one in (0.05, 0.2, 1, 5, 20))
CALL = '{%% from "forest.html.j2" import forest %%}{{ forest(found%s) }}'
DRAWN: dict[str, tuple[float, float, float]] = {  # estimate, low, high
    "better": (10.7, 10.4, 11),
    "worse": (0.3, 0.2, 0.4),
    "grey": (1.2, 0.9, 1.6),
    "collapse": (40, 12, math.inf),
    "gone": (0.0, 0.0, 0.05),
    "beyond": (293, 8, 310),
}


def row(name: str, words: str = "psycopg2 inside def instead of psycopg2 inside async def") -> Row:
    """Return a row that is drawn in this way."""
    estimate, low, high = DRAWN[name]
    known = {"gone": "collapse", "beyond": "better"}
    return Row(
        part=f"{name}_part",
        words=words,
        at="",
        stand_in="",
        metric="requests served per second",
        before="85.7 requests/s",
        after="919 requests/s",
        ratio=f"{estimate:g}×",
        interval=f"{low:g}× to {high:g}×",
        claim=f"{name}_part.one/other",
        claim_before=f"{name}_part.other",
        claim_after=f"{name}_part.one",
        low=share(low, 20),
        estimate=share(estimate, 20),
        high=share(high, 20),
        below=low < 1 / 20,
        above=high > 20,
        verdict=known.get(name, name),  # type: ignore[arg-type]  # one of them
    )


FOUND = Answers(
    (
        Group("Clients", tuple(row(name) for name in ("better", "worse", "grey"))),
        Group("Limits", tuple(row(name) for name in ("collapse", "gone", "beyond"))),
    ),
    TICKS,
    (Missing("file_read", "file_read", "no answer: more than a third of the blocks are void"),),
    "run now · a machine · commit abc",
)


def html(found: Answers = FOUND, how: str = "") -> ET.Element:
    """Return the forest as the page has it."""
    written = environment().from_string(CALL % how).render(found=found)
    return ET.fromstring(written)  # noqa: S314  our own


def classed(found: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements of a class."""
    return [one for one in found.iter() if name in (one.get("class") or "").split()]


def plain(found: ET.Element) -> str:
    """Return what is written, with single spaces."""
    return " ".join("".join(found.itertext()).split())


def items(found: ET.Element) -> dict[str, ET.Element]:
    """Return the list items of rows by what they link to."""
    linked = ((one.find("a"), one) for one in found.iter("li"))
    return {link.get("href", ""): one for link, one in linked if link is not None}


def test_every_row_is_one_link_in_a_list_to_its_scenario() -> None:
    """And what has no answer is linked below, with why."""
    found = html()
    targets = [one.get("href") for one in found.iter("a")]
    assert targets == [*(f"#{name}_part" for name in DRAWN), "#file_read"]
    assert len(list(found.iter("ul"))) == 3
    assert "no answer: more than a third" in plain(classed(found, "missing")[0])
    elsewhere = html(how=', link="index.html#"')
    link = elsewhere.find(".//a")
    assert link is not None
    assert link.get("href") == "index.html#better_part"


def test_a_row_reads_as_a_sentence_without_its_bar() -> None:
    """Words, metric, both levels, the ratio, how it stands, the interval."""
    assert plain(items(html())["#better_part"]) == (
        "psycopg2 inside def instead of psycopg2 inside async def requests served per second "
        "85.7 requests/s → 919 requests/s 10.7× better 10.4× to 11×"
    )
    hidden = [one for one in html().iter() if one.get("aria-hidden") == "true"]
    assert {one.get("class") for one in hidden} == {"row axis", "track"}


def test_every_number_has_the_id_of_its_claim() -> None:
    """The ratio and both levels."""
    numbers = {one.get("data-claim"): plain(one) for one in classed(html(), "n")}
    assert numbers["better_part.one/other"] == "10.7×"
    assert numbers["better_part.other"] == "85.7 requests/s"
    assert numbers["better_part.one"] == "919 requests/s"


@pytest.mark.parametrize(
    ("name", "classes", "marks", "says"),
    [
        ("better", "better better", ["M-6"], "better"),
        ("worse", "worse worse", ["M0-7"], "worse"),
        ("grey", "grey better", ["M-6"], "no clear difference"),
        ("collapse", "collapse better", ["M4 0-7-7V7ZM-8"], "better"),
        ("gone", "collapse worse", ["M4 0-7-7V7ZM-8"], "worse"),
        ("beyond", "better better", ["M4 0-7-7V7Z"], "better"),
    ],
)
def test_a_verdict_is_told_by_class_mark_and_word(
    name: str, classes: str, marks: list[str], says: str
) -> None:
    """So that colour is never the only one; a collapse has a mark of its own, at the edge."""
    item = items(html())[f"#{name}_part"]
    assert item.get("class") == classes
    drawn = [one.get("d", "") for one in item.iter("path")]
    assert len(drawn) == len(marks)
    assert all(path.startswith(mark) for path, mark in zip(drawn, marks, strict=True))
    assert plain(classed(item, "unseen")[0]) == says
    (mark,) = classed(item, "mark")
    at_edge = name in {"collapse", "gone", "beyond"}
    assert (mark.get("x") in {"0", "100%"}) == at_edge


def test_the_bar_lies_where_the_interval_does_and_1_is_in_the_middle() -> None:
    """In percent of the track, whatever its width is."""
    item = items(html())["#better_part"]
    (bar,) = classed(item, "bar")
    expected = [f"{100 * share(one, 20):.2f}%" for one in (10.4, 11)]
    assert [bar.get("x1"), bar.get("x2")] == expected
    (one,) = classed(item, "one")
    assert one.get("x1") == one.get("x2") == "50.00%"


def test_it_has_no_colour_but_those_of_the_theme_and_no_markup_of_others() -> None:
    """Words of a scenario are text."""
    found = html(replace(FOUND, groups=(Group("<i>", (row("better", "a <b> & `code`"),)),)))
    assert not [one for one in found.iter() if one.get("fill") or one.get("stroke")]
    assert not list(found.iter("i"))
    assert plain(classed(found, "words")[0]).startswith("a <b> & code")
    assert [plain(one) for one in found.iter("code")] == ["code"]


def test_it_speaks_the_language_of_the_moment() -> None:
    """The words around the rows as well."""
    with speaking(CHINESE):
        found = plain(html())
    assert "較好 →" in found
    assert "沒有答案" in found


def drawn(found: Answers = FOUND) -> Figure:
    """Draw the chart."""
    with theme.drawing():
        return chart.plot(found)


def letters(figure: Figure) -> list[Text]:
    """Return the texts of a figure that show something."""
    found = [one for one in figure.findobj(Text) if isinstance(one, Text)]
    return [one for one in found if one.get_text().strip()]


def test_no_letter_of_the_chart_is_small_cut_off_or_covered() -> None:
    """Of long words either."""
    long = row("better", "the same thing in another way, told at length, " * 3)
    figure = drawn(replace(FOUND, groups=(*FOUND.groups, Group("More", (long,)))))
    FigureCanvasAgg(figure)
    with theme.drawing():
        figure.canvas.draw()
        boxes = [(one.get_text(), one.get_window_extent()) for one in letters(figure)]
    width, height = figure.get_size_inches() * figure.dpi
    assert min(float(one.get_fontsize()) for one in letters(figure)) >= theme.points(22) - 1e-9
    for said, box in boxes:
        assert box.x0 >= 0, said
        assert box.x1 <= width, said
        assert box.y0 >= 0, said
        assert box.y1 <= height, said
    for (said, box), (other, beside) in combinations(boxes, 2):
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert across <= 0 or down <= 3, (said, other)


def test_the_chart_says_what_the_page_says() -> None:
    """Words, ratio and interval of every row, the groups, what is missing, where it is from."""
    said = " ".join(one.get_text() for one in letters(drawn()))
    for one in FOUND.rows:
        assert one.ratio in said
        assert one.interval in said
    for words in ("Clients", "Limits", "file_read: no answer", "← worse", "better →", "commit abc"):
        assert words in said


@pytest.mark.parametrize("name", DRAWN)
def test_the_chart_marks_a_verdict_by_colour_and_by_shape(name: str) -> None:
    """What lies beyond the axis has an arrow at its end, a collapse two."""
    figure = drawn(replace(FOUND, groups=(Group("One", (row(name),)),), missing=()))
    (axes,) = figure.axes
    marks = [one for one in axes.lines if one.get_marker() not in {"None", "", None}]
    (mark,) = marks
    kind = {"collapse": "better", "gone": "worse", "beyond": "better"}.get(name, name)
    assert to_hex(mark.get_color()) == chart.COLOURS[kind]
    arrows = {"collapse": (">", 2), "gone": ("<", 2), "beyond": (">", 1)}
    shape, many = arrows.get(name, (chart.MARKS[kind], 1))
    assert (mark.get_marker(), np.size(mark.get_xdata())) == (shape, many)
    assert (mark.get_markerfacecolor() == "none") == (name == "grey")


def test_the_chart_is_as_high_as_its_rows_need() -> None:
    """No row is squeezed."""
    one, two = (drawn(replace(FOUND, groups=FOUND.groups[:n])).get_size_inches()[1] for n in (1, 2))
    assert two > one + 3 * 0.6


def test_the_charts_colours_follow_the_readers_screen(tmp_path: Path) -> None:
    """Every colour of words has one for the dark, and there is no ground."""
    with theme.drawing():
        theme.save(chart.plot(FOUND), tmp_path / "answers")
    written = (tmp_path / "answers.svg").read_text()
    colours = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})\b", written))
    assert not colours
    assert "prefers-color-scheme: dark" in written
    assert "psycopg2 inside def instead of" in shown(tmp_path / "answers.svg").words
