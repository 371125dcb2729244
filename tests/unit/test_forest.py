"""Forest plots show what was judged, and every letter of them can be read."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from harness.judge.interval import Interval, Verdict
from harness.model.reading import Bound
from harness.model.scenario import grid
from harness.report.charts import forest, theme
from harness.report.document import Document, document
from harness.report.family import Family, families
from harness.report.forest import Forest, of_family, of_stack
from harness.report.opening import forests, openings
from tests.support.figures import lines, require_readable, text
from tests.support.simulated import measured
from tests.support.stack import asked, stack_run


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """What a simulated run of the whole stack says."""
    folder = tmp_path_factory.mktemp("results") / "stack"
    run = stack_run(folder, "interpreter", "loop", "server", "workers")
    return document(run.record(), everything=False)


def plotted(found: Forest | None) -> Figure:
    """Draw a forest plot that there is."""
    assert found
    with theme.drawing():
        return forest.plot(found)


def test_there_is_one_for_each_family_and_one_for_the_stack(said: Document) -> None:
    """That of the stack is what the page begins with."""
    assert [one.file for one in forests(said)] == [
        "interpreter-points",
        "loop-points",
        "server-points",
        "workers-points",
        "stack",
    ]
    assert [one.svg_name for one in openings(said)] == ["stack"]
    assert of_stack(families(said)[:1]) is None


@pytest.mark.parametrize("number", range(5))
def test_no_letter_of_it_is_cut_off_or_covered(said: Document, number: int) -> None:
    """Not of sixteen rows in four panels either."""
    require_readable(plotted(forests(said)[number]))


def test_many_points_are_rows_and_the_comparisons_panels(tmp_path: Path) -> None:
    """As of one comparison; where both are many, the table is all there is."""
    waits = replace(asked("loop"), over=grid(wait_ms=range(8), clients=(1, 64)), claims=())
    found = document(measured(tmp_path / "run", *waits.points).record(), everything=False)
    (family,) = families(found)
    shown = of_family(family)
    assert shown
    assert shown.panels == ("asyncio: uvicorn on asyncio's loop",)
    assert [row.name for row in shown.rows] == list(family.points)
    require_readable(plotted(shown))
    wide = replace(asked("interpreter"), over=grid(wait_ms=range(6)), claims=())
    (many,) = families(document(measured(tmp_path / "wide", *wide.points).record()))
    assert of_family(many) is None


def test_marks_and_bars_lie_where_the_document_says(said: Document) -> None:
    """In the panel of their point."""
    server = families(said)[2]
    figure = plotted(of_family(server))
    assert len(figure.axes) == len(server.points)
    for number, axes in enumerate(figure.axes):
        for variant in server.variants[1:]:
            contrast = server.contrasts(variant.name, "uvicorn")[number]
            assert contrast
            assert contrast.gain
            ends = [contrast.gain.low, contrast.gain.high]
            assert any(line[:, 0].tolist() == pytest.approx(ends) for line in lines(axes, 2))
            marks = [line[0][0] for line in lines(axes, 1)]
            assert any(mark == pytest.approx(contrast.gain.estimate) for mark in marks)


def test_what_holds_1_is_grey_and_what_is_worse_is_not_green(said: Document) -> None:
    """By the verdict: the colour and the mark say the same."""
    server = families(said)[2]
    figure = plotted(of_family(server))
    seen = set()
    for number, axes in enumerate(figure.axes):
        drawn = [one for one in axes.lines if len(np.asarray(one.get_xdata())) == 1]
        for variant, line in zip(server.variants[1:], drawn, strict=True):
            contrast = server.contrasts(variant.name, "uvicorn")[number]
            assert contrast
            style = {Verdict.BETTER: forest.BETTER, Verdict.WORSE: forest.WORSE}.get(
                contrast.verdict, forest.NOTHING
            )
            assert to_hex(line.get_color()) == style.colour.lower()
            assert line.get_marker() == style.marker
            seen.add(contrast.verdict)
    assert {Verdict.BETTER, Verdict.WORSE} < seen


def test_the_alternative_text_says_the_finding(said: Document) -> None:
    """A line for each comparison; of many, how many differ at each point."""
    interpreter, loop, _, _ = families(said)
    one, many = of_family(loop), of_family(interpreter)
    assert one
    assert many
    contrast = loop.contrasts("asyncio", "uvloop")[0]
    assert contrast
    assert contrast.gain
    assert f"asyncio against uvloop: {contrast.gain.estimate:.3g}× (wait 0 ms), " in one.caption.alt
    assert "the same (100 ms)" in one.caption.alt
    assert "Different from their baseline: " in many.caption.alt
    assert " of 6 (wait 0 ms), " in many.caption.alt


def test_the_stack_has_a_panel_per_wait_and_rows_by_family(said: Document) -> None:
    """Those with the fewest choices first; what was not asked at a wait is left empty."""
    found = of_stack(families(said))
    assert found
    assert found.panels == ("wait 0 ms", "wait 1 ms", "wait 10 ms", "wait 100 ms")
    heads = [group.head.partition(":")[0] for group in found.groups]
    assert heads == ["loop", "server", "workers", "interpreter"]
    loop, *others = families(said)[1:]
    brief = replace_points(loop, (0, 2))
    rows = of_stack([brief, *others])
    assert rows
    assert [one is None for one in rows.groups[0].rows[0].found] == [False, True, False, True]
    require_readable(plotted(rows))
    drawn = text(plotted(found))
    assert "1 = uvloop, uvicorn on uvloop" in drawn
    assert "worse" in drawn
    assert "better" in drawn


def replace_points(family: Family, kept: tuple[int, ...]) -> Family:
    """Return a family of fewer points."""
    return Family(tuple(family.sections[number] for number in kept))


@pytest.mark.parametrize(
    ("gain", "verdict", "written"),
    [
        (Interval(math.inf, math.inf, math.inf, 4), Verdict.BETTER, "∞"),
        (Interval(0.0, 0.0, 0.0, 4), Verdict.WORSE, "0"),
        (Interval(40.0, 20.0, math.inf, 4, Bound.AT_LEAST), Verdict.BETTER, "≥ 40×"),
        (Interval(0.001, 0.0, 1e9, 4), Verdict.UNCLEAR, "0.001×"),
        (None, Verdict.INVALID, "–"),
    ],
)
def test_what_lies_beyond_the_axes_is_pointed_at(
    said: Document, gain: Interval | None, verdict: Verdict, written: str
) -> None:
    """And its number stands beside, whatever it is."""
    found = of_family(families(said)[2])
    assert found
    first, *others = found.rows
    contrast = first.found[0]
    assert contrast
    odd = replace(contrast, gain=gain, verdict=verdict)
    row = replace(first, found=(odd, *first.found[1:]))
    groups = (replace(found.groups[0], rows=(row, *others)),)
    figure = plotted(replace(found, groups=groups))
    require_readable(figure)
    assert written in {one.get_text() for one in figure.texts}
