"""All charts of a run, drawn by several processes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.catalogue import catalogue
from harness.report.document import document
from harness.report.draw import draw
from tests.support.simulated import measured


def test_all_charts_are_drawn_and_as_png_too(tmp_path: Path) -> None:
    """Of every scenario, each once."""
    run = measured(tmp_path / "run", *(catalogue()[name] for name in ("hop", "postgres_read")))
    page = draw(run, everything=True)
    names = {one.file(chart) for one in document(run.record()).sections for chart in one.charts}
    assert len(names) > 4
    assert all(f'href="{name}.svg"' in page.read_text() for name in names)
    names.add("answers")
    for ending in (".svg", ".png"):
        assert {path.stem for path in page.parent.glob(f"*{ending}")} == names
    rows = pd.read_csv(page.parent / "readings.csv")
    assert set(rows["scenario"]) == {"hop", "postgres_read"}
    assert {"capacity", "CPU per request"} <= set(rows["metric"])
    blocks = rows[(rows["metric"] == "capacity") & (rows["seen"] == "in blocks")]
    sections = document(run.record()).sections
    assert len(blocks) == sum(len(block) for one in sections for block in one.run.blocks)
