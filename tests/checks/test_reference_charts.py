"""The charts in the repository show what the reference run says."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.project import ROOT
from harness.report.document import Document, document
from harness.report.draw import draw_joint_charts
from harness.report.opening import maps
from harness.store.run import Run
from tests.support.svg import Shown, shown

REFERENCE = ROOT / "results" / "reference"
KEPT = REFERENCE / "report"


@pytest.fixture(scope="module")
def said() -> Document:
    """What the reference run says."""
    return document(Run(REFERENCE).record(), everything=False)


def test_every_chart_is_drawn_from_the_reference_run_by_the_code_as_it_is(
    said: Document, tmp_path: Path
) -> None:
    """Its words and its data are those of the tracked one, wherever its letters lie.

    If not: bench.py report results/reference.
    """
    draw_joint_charts(said, tmp_path)
    drawn = {chart.name: chart for chart in tmp_path.glob("*.svg")}
    assert set(drawn) == {chart.name for chart in KEPT.glob("*.svg")}
    for name, chart in drawn.items():
        assert shown(chart).same_as(shown(KEPT / name)), f"{name} is stale"
    for readme in ("README.md", "README.zh-TW.md"):
        words = (ROOT / readme).read_text()
        assert all(f"results/reference/report/{name}" in words for name in drawn), readme


def test_the_readme_says_of_the_map_what_the_reference_run_says(said: Document) -> None:
    """How often the theory is right."""
    (found,) = maps(said)
    assert str(found.sentences[-1]) in (ROOT / "README.md").read_text()


def test_a_chart_shows_its_words_and_its_data() -> None:
    """Both are read from the SVG, and a value that moves by a pixel is another."""
    found = shown(KEPT / "answers.svg")
    assert "asyncpg instead of psycopg2 inside async def" in found.words
    assert len(found.places) > 50
    moved = tuple(place + 0.001 for place in found.places)
    assert not found.same_as(Shown(found.words, moved))
    assert not found.same_as(Shown(found.words.replace("µs", "ms"), found.places))
