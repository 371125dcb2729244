"""Draw a run: its folder in, charts, page and summary out."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from harness.report.charts import CHARTS, forest, theme
from harness.report.charts import map as map_chart
from harness.report.document import Document, Section, assembled, document, section
from harness.report.opening import forests, maps
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
    draw_joint_charts(found, into, png=everything)
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
        record, drawn = self._run.record(), {name}
        self._into.mkdir(parents=True, exist_ok=True)
        for scenario in record.asked.scenarios:
            if scenario.name == name or scenario.name not in self._sections:
                drawn.add(scenario.name)
                found = section(record, scenario)
                self._sections[scenario.name] = found
                draw_charts(found, self._into)
        whole = assembled(record, list(self._sections.values()))
        draw_joint_charts(whole, self._into, of=drawn)
        write(whole, self._into)


def draw_charts(found: Section, into: Path, *, png: bool = False) -> None:
    """Draw the charts of one scenario."""
    with theme.drawing():
        for caption in found.charts:
            figure = CHARTS[caption.chart](found.run, caption)
            theme.save(figure, into / found.file(caption), png=png)


def draw_joint_charts(
    found: Document, into: Path, *, png: bool = False, of: Collection[str] | None = None
) -> None:
    """Draw the charts that show several points or several scenarios: all, or those `of` some."""
    with theme.drawing():
        for one in forests(found):
            if of is None or any(run.scenario.name in of for run in one.runs):
                theme.save(forest.plot(one), into / one.file, png=png)
        for figure in maps(found):
            if of is None or any(run.scenario.name in of for run in figure.map.runs):
                theme.save(map_chart.plot(figure), into / figure.svg_name, png=png)


def write(found: Document, into: Path, *, png: bool = False) -> Path:
    """Write the summary, and the page around the charts that are in the folder."""
    (into / "summary.md").write_text(summary(found), encoding="utf-8")
    index = into / "index.html"
    index.write_text(page(found, into, png=png), encoding="utf-8")
    return index
