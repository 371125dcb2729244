"""Nothing of a record becomes HTML, Markdown or a path."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.errors import BenchError
from harness.report.code import Code
from harness.report.document import Section
from harness.report.draw import draw
from harness.report.render.markdown import summary
from harness.report.render.page import page
from harness.store.run import Run
from tests.support.reports import cut, said, simulated

SCRIPT = "<script>alert('&')</script>|"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of one scenario."""
    return simulated(tmp_path_factory.mktemp("results") / "now-quick", "quick", "postgres_read")


def hostile(section: Section) -> Section:
    """Return a section in which every text from the record is a script."""
    table = section.variants
    assert table is not None
    cells = tuple(replace(cell, text=SCRIPT) for cell in table.columns[0].cells)
    columns = (replace(table.columns[0], cells=cells), *table.columns[1:])
    code = Code(remarks=(SCRIPT,), listing=SCRIPT)
    return replace(
        section,
        charts=(),
        answer=(replace(section.answer[0], says=SCRIPT, basis=SCRIPT),),
        in_short=SCRIPT,
        variants=replace(table, columns=columns),
        code=replace(code, diffs=tuple(section.code.diffs)),
        findings=((SCRIPT, SCRIPT),),
        traps=(replace(section.answer[0], says=SCRIPT, basis=SCRIPT),),
        conditions=((SCRIPT, SCRIPT),),
    )


def test_code_cannot_break_out_of_the_page(quick: Run) -> None:
    """What is compared is shown, not run; nor is anything else of a record."""
    whole = said(quick)
    sections = tuple(map(hostile, whole.sections))
    found = page(replace(whole, origin=SCRIPT, sections=sections))
    assert found.count("<script") == page(replace(whole, sections=())).count("<script") == 1
    assert "alert('&')" not in found
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)" in found


def test_nothing_of_a_record_is_html_in_the_summary(quick: Run) -> None:
    """Neither does a pipe or a new line end a cell."""
    whole = said(quick)
    sections = tuple(map(hostile, whole.sections))
    found = summary(replace(whole, name=f"a\n{SCRIPT}", origin=SCRIPT, sections=sections))
    assert "<" not in found
    assert "&lt;script>alert('&amp;')&lt;/script>\\|" in found


def test_no_name_of_a_record_leaves_the_folder(quick: Run, tmp_path: Path) -> None:
    """A plan that calls a scenario like a path is refused, and nothing is written."""
    run = cut(quick, tmp_path / "results" / "run", 1)
    plan = run.folder / "plan.json"
    found = json.loads(plan.read_text())
    found["scenarios"][0]["name"] = "../evil"
    plan.write_text(json.dumps(found))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BenchError, match="is no name"):
        draw(run)
    assert sorted(tmp_path.rglob("*")) == before
