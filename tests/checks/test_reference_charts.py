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
REPORT = REFERENCE / "report"
READMES = ("README.md", "README.zh-TW.md")


@pytest.fixture(scope="module")
def told() -> Document:
    """What the reference run says."""
    return document(Run(REFERENCE).record(), everything=False)


def test_every_chart_is_drawn_from_the_reference_run_by_the_code_as_it_is(
    told: Document, tmp_path: Path
) -> None:
    """Its words and its data are those of the tracked one, and both READMEs show it.

    If not: bench.py report results/reference.
    """
    draw_joint_charts(told, tmp_path)
    drawn, kept = ({one.name: one for one in of.glob("*.svg")} for of in (tmp_path, REPORT))
    assert set(drawn) == set(kept)
    for name, chart in drawn.items():
        assert shown(chart).same_as(shown(kept[name])), f"{name} is stale"
        for readme in READMES:
            assert f"results/reference/report/{name}" in (ROOT / readme).read_text(), readme


def test_the_readme_says_of_the_map_what_its_run_says(told: Document) -> None:
    """How much of it the theory foresaw."""
    (found,) = maps(told)
    assert str(found.sentences[-1]) in (ROOT / "README.md").read_text()


def test_a_chart_shows_its_words_and_its_data() -> None:
    """Both are read from the SVG, and a value that moves by a pixel is another."""
    found = shown(REPORT / "break_even-map.svg")
    assert "requests in flight" in found.words
    assert len(found.places) > 50
    moved = tuple(place + 0.001 for place in found.places)
    assert not found.same_as(Shown(found.words, moved))
    assert not found.same_as(Shown(found.words.replace("flight", "sight"), found.places))
