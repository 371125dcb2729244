"""The map of a run: what feeds it, what is held against it, and how that is said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.calculator import held, lines
from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.judge.interval import Interval
from harness.model.facts import Measurement
from harness.model.trial import Trial
from harness.report import wording
from harness.report.charts import map as map_chart
from harness.report.charts import theme
from harness.report.document import document
from harness.report.family import Family, families
from harness.report.language import CHINESE, speaking
from harness.report.map import AWAITING, BLOCKING, BUSY, CORNERS, THREADED, Ratio
from harness.report.map_figure import MapFigure, map_of
from harness.report.map_picture import HEIGHT, LEVELS, WIDTH, Column, Picture
from harness.report.render.page import page
from harness.store.run import Run
from tests.support.simulated import measured
from tests.support.svg import shown


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Simulate every cell once."""
    folder = tmp_path_factory.mktemp("map") / "run"
    return measured(folder, *catalogue()["break_even"].points)


def family(run: Run) -> Family:
    """Return the one family of a run."""
    (found,) = families(document(run.record(), everything=False))
    return found


def drawn(run: Run) -> MapFigure:
    """Return the map of a run that has one."""
    found = map_of(family(run))
    assert found is not None
    return found


def ratio(seen: float, predicted: float, low: float, high: float) -> Ratio:
    """Return a comparison with an interval."""
    return Ratio("awaiting", seen, predicted, Interval(seen, low, high, 4))


def test_every_corner_is_among_the_cells_that_are_measured() -> None:
    """And most cells are none."""
    points = [(one["wait_ms"], one["clients"]) for one in catalogue()["break_even"].over]
    assert set(CORNERS) < set(points)
    assert len(CORNERS) < len(points) / 2


def test_what_follows_the_theory_is_foreseen_from_the_corners(run: Run) -> None:
    """The simulator draws from ceilings; the map knows only four cells of it."""
    found = drawn(run).map
    assert len(found.held_out) == 2 * (len(found.cells) - len(CORNERS))
    assert not found.misses
    assert str(drawn(run).sentences[-1]) == (
        "Fitted to 4 points, the theory predicts 16 of the 16 other comparisons within ± 10 %"
    )


def test_a_cell_that_the_theory_does_not_foresee_is_named(tmp_path: Path) -> None:
    """With what was measured and what was predicted; no corner is held against the theory."""
    points = catalogue()["break_even"].points
    simulate = Simulator(points)

    def slower(trial: Trial) -> Measurement:
        found = simulate(trial)
        chosen = trial.variant == "awaiting" and "100-clients-400" in trial.scenario
        if not chosen or found.closed is None:
            return found
        return replace(found, closed=replace(found.closed, slope=found.closed.goodput / 2))

    found = drawn(measured(tmp_path / "run", *points, drive=slower))
    (missed,) = found.map.misses
    assert (missed[0].clients, missed[1].subject) == (400, "awaiting")
    assert "15 of the 16 other comparisons" in str(found.sentences[-1])
    at = "a wait of 100 ms with 400 requests in flight"
    assert f"<li>awaiting against threaded at {at}: measured 2" in found.html
    assert found.picture.count("✗</text>") == 1


def test_a_prediction_hits_where_the_interval_comes_within_a_tenth_of_it() -> None:
    """On either side."""
    assert ratio(1.2, 1.0, 1.09, 1.3).hit
    assert ratio(0.8, 1.0, 0.7, 0.91).hit
    assert not ratio(1.2, 1.0, 1.11, 1.3).hit
    assert not ratio(0.8, 1.0, 0.7, 0.89).hit
    assert replace(ratio(1.0, 1.0, 0.9, 1.1), gain=None).hit is None


def test_what_is_not_judged_is_not_held_against_the_theory(tmp_path: Path) -> None:
    """A smoke run draws its cells, and counts no hits."""
    points = catalogue()["break_even"].points
    found = drawn(measured(tmp_path / "run", *points, profile="smoke"))
    assert len(found.map.cells) == len(points)
    assert [str(one) for one in found.sentences] == [
        "Nothing is judged in this run, so no comparison tests the theory"
    ]


def test_turned_round_a_comparison_says_the_same() -> None:
    """Its bounds change places."""
    found = ratio(0.1, 0.2, 0.05, 0.5).turned
    assert (found.seen, found.predicted) == (10, 5)
    assert found.gain
    assert found.gain.low == pytest.approx(2)
    assert found.gain.high == pytest.approx(20)


def test_without_a_corner_there_is_no_map(run: Run) -> None:
    """Nothing feeds the theory then; another scenario has none either."""
    whole = family(run)
    left = [
        one
        for one in whole.sections
        if (one.scenario.at["wait_ms"], one.scenario.at["clients"]) != BUSY[0]
    ]
    assert map_of(Family(tuple(left))) is None
    assert map_of(whole)


def test_the_chart_writes_formulas_areas_and_every_cells_comparisons(
    run: Run, tmp_path: Path
) -> None:
    """As text, which can be searched."""
    figure = drawn(run)
    with theme.drawing():
        theme.save(map_chart.plot(figure), tmp_path / "map")
    said = shown(tmp_path / "map.svg").words
    for words in ("rate × wait = 1", "in flight = threads (40)", "threads have run out"):
        assert words in said
    for cell in figure.map.cells:
        assert wording.times(cell.ratio("blocking").turned.seen) in said
        assert wording.times(cell.ratio("awaiting").seen) in said


def test_the_chart_crosses_what_is_counted_as_missed(run: Run, tmp_path: Path) -> None:
    """Also where the ratio misses closely, and turned round it would hit."""
    figure = drawn(run)
    changed = replace(figure.map)
    *others, cell = changed.cells
    one = cell.ratio("blocking")
    low = one.predicted * 1.105
    near = replace(one, seen=low, gain=Interval(low, low, low, 4))
    assert (near.hit, near.turned.hit) == (False, True)
    vars(changed)["cells"] = (*others, replace(cell, ratios=(near, cell.ratio("awaiting"))))
    (missed,) = changed.misses
    assert missed[1] == near
    with theme.drawing():
        theme.save(map_chart.plot(replace(figure, map=changed)), tmp_path / "map")
    words = shown(tmp_path / "map.svg").words
    assert f"{wording.times(near.turned.seen)} ✗" in words


def svg(figure: MapFigure) -> ET.Element:
    """Return the picture of a map, as it stands in the page."""
    found = re.search(r"<svg.*</svg>", figure.picture, re.DOTALL)
    assert found
    return ET.fromstring(found[0])  # noqa: S314  our own markup


@pytest.mark.parametrize("language", ["en", CHINESE])
def test_the_picture_says_all_of_it_in_the_colours_of_the_page(run: Run, language: str) -> None:
    """Every number and area as text, nothing outside of it, and no colour of its own in it."""
    with speaking(language):
        figure = drawn(run)
    picture = svg(figure)
    said = [" ".join("".join(one.itertext()).split()) for one in picture.iter("text")]
    for cell in figure.map.cells:
        assert wording.times(cell.ratio(BLOCKING).turned.seen) in said
        assert wording.times(cell.ratio(AWAITING).seen) in said
    areas = {"en": "threads have run out", CHINESE: "執行緒用完了"}
    assert areas[language] in said
    assert len(list(picture.iter("circle"))) == len(figure.map.cells)
    assert picture.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    for one in (*picture.iter("text"), *picture.iter("tspan")):
        assert 0 <= float(one.get("x", 0)) <= WIDTH
        assert 0 <= float(one.get("y", 0)) <= HEIGHT
    assert not [one for one in picture.iter() if one.get("fill") or one.get("stroke")]
    assert "var(--ink)" in figure.picture
    assert "min-width: 640px" in figure.picture


def test_areas_begin_where_the_theory_says_so(run: Run) -> None:
    """Between two numbers of clients; where it never is so, there is no area."""
    theory = drawn(run).map
    column = Column(theory, 10.0)
    served = theory.served(0.01, 600)
    start = column.costs(2.0)
    assert start is not None
    before, after = (
        served[THREADED][n] / served[BLOCKING][n] for n in (int(start) - 1, int(start))
    )
    assert before < 2.0 <= after
    assert Column(theory, 0.1).costs(1e6) is None
    out, twice = Column(theory, 300.0).brings(LEVELS[0]), Column(theory, 300.0).brings(2.0)
    assert out is not None
    assert twice is not None
    assert theory.threads <= out < twice


def test_areas_lie_within_each_other_and_only_the_seen_lines_are_named(run: Run) -> None:
    """What blocking costs is hidden where the threads have run out."""
    picture = Picture(drawn(run).map)
    for kind in ("cost", "bring"):
        starts = [min(y for _, y in one.curve) for one in picture.areas if one.kind == kind]
        assert starts == sorted(starts)
        assert len(starts) > 2
    named = [(says, kind) for _, says, kind in picture.labels]
    assert ("2×", "cost") in named
    assert ("2×", "bring") in named
    assert not [says for says, _ in named if says == "1.1×"]
    ends = [y for y, _, kind in picture.labels if kind == "cost"]
    assert min(ends) > max(y for y, _, kind in picture.labels if kind == "bring")


def test_the_page_begins_with_the_map_and_the_calculator(run: Run) -> None:
    """Before any table."""
    written = page(document(run.record(), everything=False))
    assert written.index('id="break_even-map"') < written.index('id="calculator"')
    assert written.index('id="calculator"') < written.index("<table")


def test_the_calculator_is_held_against_three_cells(run: Run) -> None:
    """Each way in each, with the formula that it is predicted by."""
    found = held(run)
    said = list(lines(found))
    assert len(found) == 9
    assert all(one.within for one in found)
    assert {one.formula for one in found} == {
        "1 / (wait + CPU)",
        "1 / CPU",
        "40 / (wait + CPU)",
    }
    assert said[-1].endswith("9 of 9 predictions are within 15 %.")


def test_a_run_without_those_cells_is_refused(tmp_path: Path) -> None:
    """With the name of the scenario that measures them."""
    with pytest.raises(SystemExit, match=r"run bench\.py break_even"):
        held(measured(tmp_path / "run", catalogue()["hop"]))
