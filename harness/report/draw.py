"""Draw a run: its folder in, page and summary out, and charts as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from harness.report.answers import answers, points
from harness.report.document import Document, Section, assembled, document, section
from harness.report.family import families
from harness.report.language import ENGLISH, speaking, spoken
from harness.report.opening import maps
from harness.report.render.markdown import summary
from harness.report.render.page import Views, page
from harness.store.run import Run

ANSWERS = "answers"  # the chart of all answers, for where the page is not


def draw(
    run: Run, into: Path | None = None, *, everything: bool = False, language: str = ENGLISH
) -> Path:
    """Draw what a run holds into `report/` of its folder, or elsewhere, in one of LANGUAGES.

    That is the page, the summary, the chart of all answers and the map; with `everything` all
    charts, as PNG too, and the tables of what was measured. Charts as files are in English alone.
    What was drawn before is replaced. Returns the page's path; raises BenchError where the run
    cannot be read.
    """
    into, record = into or run.folder / "report", run.record()
    with speaking(language):
        found = document(record, everything=everything)
        into.mkdir(parents=True, exist_ok=True)
        index = write(found, into, files=everything)
    if language == ENGLISH or everything:
        with speaking(ENGLISH):
            if language != ENGLISH:
                found = document(record, everything=everything)
            draw_joint_charts(found, into, everything=everything)
            if everything:
                _draw_all_charts(found.sections, into)
    return index


class LivePage:
    """The page of a run under way, which is drawn anew with each answer."""

    def __init__(self, run: Run, into: Path | None = None) -> None:
        """Draw nothing yet."""
        self._run, self._into = run, into or run.folder / "report"
        self._sections: dict[str, Section] = {}
        self._views = Views()

    @property
    def path(self) -> Path:
        """Where the page is."""
        return self._into / "index.html"

    def add(self, name: str) -> None:
        """Draw the page anew, with what is said of this scenario now; of others as before."""
        record = self._run.record()
        self._into.mkdir(parents=True, exist_ok=True)
        for scenario in record.asked.scenarios:
            if scenario.name == name or scenario.name not in self._sections:
                self._sections[scenario.name] = section(record, scenario)
        whole = assembled(record, list(self._sections.values()))
        write(whole, self._into, views=self._views)


def write(found: Document, into: Path, *, files: bool = False, views: Views | None = None) -> Path:
    """Write the summary and the page in the language that is spoken; return the page's path.

    `files` says that all charts are beside it.
    """
    ending = "" if spoken() == ENGLISH else f".{spoken()}"
    (into / f"summary{ending}.md").write_text(summary(found), encoding="utf-8")
    index = into / f"index{ending}.html"
    index.write_text(page(found, files=files, views=views), encoding="utf-8")
    return index


def draw_charts(found: Section, into: Path, *, png: bool = False) -> None:
    """Draw the charts of one scenario."""
    from harness.report.charts import CHARTS, theme  # noqa: PLC0415  matplotlib delays every start

    with theme.drawing():
        for caption in found.charts:
            figure = CHARTS[caption.chart](found.run, caption)
            theme.save(figure, into / found.file(caption), png=png)


def draw_joint_charts(found: Document, into: Path, *, everything: bool = False) -> None:
    """Draw the chart of all answers and the map; with `everything` those of points, and PNGs."""
    known, shown = maps(found), {ANSWERS: answers(found)}
    if everything:
        shown |= {f"{one.name}-points": points(one) for one in families(found)}
    if not known and not any(shown.values()):
        return
    from harness.report.charts import answers as rows  # noqa: PLC0415  matplotlib is slow
    from harness.report.charts import map as areas  # noqa: PLC0415  matplotlib is slow
    from harness.report.charts import theme  # noqa: PLC0415  matplotlib is slow

    with theme.drawing():
        for name, forest in shown.items():
            if forest:
                theme.save(rows.plot(forest), into / name, png=everything)
        for one in known:
            theme.save(areas.plot(one), into / one.svg_name, png=everything)


def _draw_all_charts(sections: Sequence[Section], into: Path) -> None:
    """Draw the charts of all scenarios, on all cores where there are several, and the tables."""
    if len(sections) > 1:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(draw_charts, into=into, png=True), sections))
    else:
        for one in sections:
            draw_charts(one, into, png=True)
    from harness.report import table  # noqa: PLC0415  pandas takes half a second to import

    table.save(sections, into)
