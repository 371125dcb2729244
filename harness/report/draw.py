"""Draw a run: its folder in, charts, page and summary out."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from harness.model.record import Record
from harness.report.charts import CHARTS, theme
from harness.report.document import Document, Section, assembled, document, section
from harness.report.render.markdown import summary
from harness.report.render.page import page
from harness.store.run import Run

PROCESSES = 2  # that draw all charts of a run


def draw(run: Run, into: Path | None = None, *, everything: bool = False) -> Path:
    """Draw what a run holds into `report/` of its folder, or elsewhere.

    That is the page, the summary, and of each scenario the chart of what decides; with
    `everything` all its charts, as PNG too, and the tables of what was measured. What was
    drawn before is replaced. Returns the page's path; raises BenchError where the run cannot be
    read.
    """
    into = into or run.folder / "report"
    found = document(run.record(), everything=everything)
    into.mkdir(parents=True, exist_ok=True)
    if everything and len(found.sections) > 1:
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(draw_charts, into=into, png=True), found.sections))
    else:
        for one in found.sections:
            draw_charts(one, into, png=everything)
    if everything:
        from harness.report import table  # noqa: PLC0415  pandas takes half a second to import

        table.save(found.sections, into)
    return write(found, into, png=everything)


class LivePage:
    """The page of a run under way, which is drawn anew with each answer."""

    def __init__(self, run: Run, into: Path | None = None) -> None:
        """Draw nothing yet."""
        self._run, self._into = run, into or run.folder / "report"
        self._sections: dict[str, Section] = {}

    @property
    def path(self) -> Path:
        """Where the page is."""
        return self._into / "index.html"

    def add(self, name: str) -> None:
        """Draw the page anew, with what is said of this scenario now; of others as before.

        Only the charts of this scenario are drawn, and those that were not yet.
        """
        record = self._run.record()
        self._into.mkdir(parents=True, exist_ok=True)
        for scenario in record.asked.scenarios:
            if scenario.name == name or scenario.name not in self._sections:
                found = section(record, scenario)
                self._sections[scenario.name] = found
                draw_charts(found, self._into)
        write(self._document(record), self._into)

    def _document(self, record: Record) -> Document:
        return assembled(record, list(self._sections.values()))


def draw_charts(found: Section, into: Path, *, png: bool = False) -> None:
    """Draw the charts of one scenario."""
    with theme.drawing():
        for caption in found.charts:
            figure = CHARTS[caption.chart](found.run, caption)
            theme.save(figure, into / found.file(caption), png=png)


def write(found: Document, into: Path, *, png: bool = False) -> Path:
    """Write the summary, and the page around the charts that are in the folder."""
    (into / "summary.md").write_text(summary(found), encoding="utf-8")
    index = into / "index.html"
    index.write_text(page(found, into, png=png), encoding="utf-8")
    return index
