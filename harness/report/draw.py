"""Draw a run: its folder in, charts, page and summary out."""

from __future__ import annotations

from pathlib import Path

from harness.model.scenario import Scenario
from harness.report.charts import CHARTS, theme
from harness.report.document import Document, Section, document, section
from harness.report.render.markdown import summary
from harness.report.render.page import page
from harness.store.run import Run


def draw(run: Run, into: Path | None = None) -> Path:
    """Draw everything that a run holds into `report/` of its folder, or elsewhere.

    What was drawn before is replaced. Returns the page's path; raises BenchError where the run
    cannot be read.
    """
    into = into or run.folder / "report"
    found = document(run.record())
    into.mkdir(parents=True, exist_ok=True)
    for one in found.sections:
        draw_charts(one, into)
    return write(found, into)


def add(run: Run, scenario: Scenario) -> None:
    """Draw what became known of one scenario into the report of a run that goes on."""
    record, into = run.record(), run.folder / "report"
    into.mkdir(parents=True, exist_ok=True)
    draw_charts(section(record, scenario), into)
    write(document(record), into)


def draw_charts(section: Section, into: Path) -> None:
    """Draw the charts of one scenario."""
    with theme.drawing():
        for caption in section.charts:
            figure = CHARTS[caption.chart].plot(section.run, caption)
            theme.save(figure, into / section.file(caption))


def write(found: Document, into: Path) -> Path:
    """Write the summary, and the page around the charts that are in the folder."""
    (into / "summary.md").write_text(summary(found), encoding="utf-8")
    index = into / "index.html"
    index.write_text(page(found, into), encoding="utf-8")
    return index
