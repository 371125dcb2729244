"""The charts in the repository show what the reference run says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.project import ROOT
from harness.report.document import document
from harness.report.draw import draw, draw_charts
from harness.report.family import families
from harness.report.map import map_of
from harness.store.run import Run
from tests.support.svg import Shown, shown

REFERENCE = ROOT / "results" / "reference"


def test_every_chart_is_drawn_from_the_reference_run_by_the_code_as_it_is(
    tmp_path: Path,
) -> None:
    """Its words and its data are those of the tracked one, wherever its letters lie.

    If not: bench.py report --all results/reference.
    """
    kept = {chart.stem: chart for chart in (REFERENCE / "report").glob("*.svg")}
    readme = (ROOT / "README.md").read_text()
    assert any(chart.name in readme for chart in kept.values())
    for section in document(Run(REFERENCE).record()).sections:
        charts = [chart for chart in section.charts if section.file(chart) in kept]
        draw_charts(replace(section, charts=tuple(charts)), tmp_path)
    drawn = {chart.stem: chart for chart in tmp_path.glob("*.svg")}
    assert set(drawn) == set(kept)
    for name, chart in drawn.items():
        assert shown(chart).same_as(shown(kept[name])), f"{name}.svg is stale"


def test_the_map_is_that_of_its_run_and_so_is_what_the_readme_says_of_it(tmp_path: Path) -> None:
    """If not: bench.py report results/map."""
    run = Run(ROOT / "results" / "map")
    draw(run, tmp_path)
    chart = run.folder / "report" / "break_even-map.svg"
    assert shown(tmp_path / chart.name).same_as(shown(chart)), f"{chart.name} is stale"
    (found,) = map(map_of, families(document(run.record())))
    assert found is not None
    readme = (ROOT / "README.md").read_text()
    assert str(found.sentences[-1]) in readme
    assert f"results/map/report/{chart.name}" in readme


def test_a_chart_shows_its_words_and_its_data() -> None:
    """Both are read from the SVG, and a value that moves by a pixel is another."""
    found = shown(REFERENCE / "report" / "hop-deciding.svg")
    assert "CPU per request, µs" in found.words
    assert len(found.places) > 50
    moved = tuple(place + 0.001 for place in found.places)
    assert not found.same_as(Shown(found.words, moved))
    assert not found.same_as(Shown(found.words.replace("µs", "ms"), found.places))
