"""The report: what it shows of a run, and what it must never show."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from matplotlib.image import imread

from harness.model.facts import Stream
from harness.report import figures
from harness.report.captions import origin
from harness.report.charts import CHARTS
from harness.report.code import diff
from harness.report.draw import draw
from harness.report.findings import findings
from harness.store.run import Run
from tests.support.figures import charts, figure, require_readable, text
from tests.support.reports import cut, said, simulated, written

# What there is to draw of open loads; test_questions.py has the rest.
OFFERED = [chart for chart in CHARTS if chart not in {"deciding", "sweep"}]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of two scenarios."""
    folder = tmp_path_factory.mktemp("results") / "now-quick"
    return simulated(folder, "quick", "postgres_read", "upstream_limit")


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated smoke run of one scenario."""
    return simulated(tmp_path_factory.mktemp("results") / "now-smoke", "smoke", "cpu_work")


@pytest.fixture(scope="module")
def drawn(smoke: Run) -> Path:
    """Its page, with all charts beside it."""
    return draw(smoke, everything=True)


def test_the_page_says_how_to_detect_a_trap_and_what_it_costs(quick: Run, smoke: Run) -> None:
    """Without an interval, and without a word on what nobody counted."""
    postgres, limit = (dict(section.findings) for section in said(quick).sections)
    nothing = "no linter sees this: ruff's ASYNC rules find nothing in any of these files"
    assert postgres["linter"] == nothing
    assert not any("shows" in found for found in (*postgres.values(), *limit.values()))
    cost = r"[\d,.]+ µs (more|less) per request than blocking, exploratory"
    assert re.fullmatch(cost, postgres["CPU of awaiting"])
    (early,) = said(smoke).sections
    seen = [f"{name} at run time" for name in early.run.variants]
    assert [name for name, _ in findings(early.run)] == ["linter", *seen]
    assert "How to detect it" in written(quick)[0]


def test_the_page_asks_nothing_of_the_network(drawn: Path) -> None:
    """Open it on a plane: no address, no script of others, no import is followed."""
    found = drawn.read_text()
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", found) == []
    assert "<script src" not in found
    assert "fetch(" not in found
    assert "@import" not in found
    assert re.findall(r"url\(", found) == []


def test_every_link_leads_somewhere(drawn: Path) -> None:
    """Anchors exist, and so do the files beside the page."""
    found = drawn.read_text()
    for target in re.findall(r'<a [^>]*href="([^"]+)"', found):
        anchor = target.startswith("#") and f'id="{target[1:]}"' in found
        assert anchor or drawn.with_name(target).is_file(), target


def test_two_draws_give_the_same_bytes(smoke: Run, drawn: Path, tmp_path: Path) -> None:
    """Nothing in a drawing depends on the time or on what was drawn before."""
    draw(smoke, tmp_path, everything=True)
    for first in sorted(drawn.parent.glob("*")):
        assert first.read_bytes() == (tmp_path / first.name).read_bytes(), first.name


def test_every_chart_is_a_slide(smoke: Run, drawn: Path) -> None:
    """Each is there as SVG and as PNG, 1920 by 1080."""
    names = {one.file(chart) for one in said(smoke).sections for chart in one.charts}
    assert len(names) == 4
    assert names == {path.stem for path in drawn.parent.glob("*.svg")}
    assert names == {path.stem for path in drawn.parent.glob("*.png")}
    for name in names:
        assert imread(drawn.with_name(f"{name}.png")).shape[:2] == (1080, 1920)
        root = ET.parse(drawn.with_name(f"{name}.svg")).getroot()  # noqa: S314  our own file
        letters = [one.get("style", "") for one in root.iter("{http://www.w3.org/2000/svg}text")]
        assert all("fill: var(--" in style for style in letters)  # else black in the dark


def test_a_page_is_one_file_and_says_how_to_draw_charts_as_files(
    quick: Run, tmp_path: Path
) -> None:
    """Beside it are the summary, and the chart of all answers for where the page is not."""
    found = draw(quick, tmp_path).read_text()
    assert "<code>bench.py report --all</code>" in found
    assert "data:image" not in found
    assert {one.name for one in tmp_path.iterdir()} == {"index.html", "summary.md", "answers.svg"}
    assert draw(quick, tmp_path, language="zh-TW").name == "index.zh-TW.html"


def test_a_scenario_opens_with_its_answer_its_chart_and_the_code_that_differs(quick: Run) -> None:
    """Of trap and fix the handlers alone; whatever else there is comes folded after them."""
    (section, _) = said(quick).sections
    part = written(quick)[0].partition('id="postgres_read"')[2].partition("</section>")[0]
    opening, *folded = part.split("<details>")
    found = section.headline
    assert found
    for words in (found.says, found.before, found.after, found.ratio, 'class="bars"', "def user("):
        assert words in opening
    assert '<span class="gone">- async def user(' in opening
    assert "import" not in opening
    assert len(folded) >= 5
    assert "import" in folded[-1]


def test_bars_and_lines_lie_where_the_document_says(quick: Run) -> None:
    """In shares of their axes, the trap in the colour that nothing else has."""
    (section, other) = said(quick).sections
    found = figures.bars(section.run)
    levels = {name: section.run.typical(section.run.primary, name) for name in section.run.variants}
    ratios = {row.bar / one.estimate for row in found.rows if (one := levels[row.name])}
    assert max(ratios) == pytest.approx(min(ratios))
    for row in found.rows:
        assert row.low is not None
        assert row.high is not None
        assert row.low <= row.bar <= row.high
        assert (row.style == "s-trap") == (row.name == "blocking")
        assert row.claim == f"postgres_read.{row.name}"
    drawn = {one.name: one for one in figures.lines(other.run)}
    assert list(drawn) == ["latency", "bystander", "load", "monitor"]
    for chart in drawn.values():
        assert len(chart.curves) == len(other.run.variants)
        points = [point for curve in chart.curves for part in curve.parts for point in part]
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)
        assert all(len(part) <= 80 for curve in chart.curves for part in curve.parts)


def test_there_is_a_chart_for_all_that_was_offered(quick: Run) -> None:
    """Goodput over the load only where there was more than one, a latency only if it is known."""
    names = {section.name: set(charts(section)) for section in said(quick).sections}
    single = {"capacity", "bystander", "time", "monitor"}
    assert names == {"postgres_read": single, "upstream_limit": set(OFFERED)}


def test_the_deciding_chart_comes_first(quick: Run) -> None:
    """A reader sees the declared metric before the exploratory ones."""
    assert [charts(section)[0] for section in said(quick).sections] == ["capacity", "load"]


@pytest.mark.parametrize("chart", OFFERED)
def test_letters_can_be_read_from_the_last_row(quick: Run, chart: str) -> None:
    """None is smaller than 24 pixels, none leaves the slide, none covers another."""
    require_readable(figure(said(quick).sections[-1], chart))


def test_what_was_simulated_says_so(quick: Run) -> None:
    """On the page, in the summary, and across every chart."""
    html, markdown = written(quick)
    assert '<p class="banner">simulated: drawn from the theory, not measured' in html
    assert "simulated: drawn from the theory, not measured" in markdown
    for section in said(quick).sections:
        for chart in charts(section):
            texts = figure(section, chart).texts
            assert any(one.get_text() == "SIMULATED" for one in texts)


def test_the_page_tells_the_whole_story(quick: Run) -> None:
    """Sentences with intervals, claims judged, code, conditions, doubts, the method."""
    found, _ = written(quick)
    for expected in (
        "95 % CI",
        "confirmed",
        "awaiting.py",
        "a stand-in",
        "built in place of the official one",
        "A $CPU$",
        "Remedy:",
        "(decides)",
        "exploratory",
        "judged by method 4",
    ):
        assert expected in found


def test_the_summary_mentions_each_question(quick: Run) -> None:
    """And each sentence said to it, and the method by which it is judged."""
    _, found = written(quick)
    assert "judged by method 4" in found
    for section in said(quick).sections:
        assert section.question in found
        assert all(str(sentence) in found for sentence in section.answer)


def test_smoke_shows_no_number_as_an_answer(smoke: Run) -> None:
    """Neither claims nor sentences have one; the reason stands beside."""
    for found in written(smoke):
        assert "not judged (smoke run): it only shows that everything works" in found
        assert "no answer" not in found
        assert "95 % CI" not in found
        assert "✓ confirmed" not in found
        assert "| confirmed" not in found
        assert "| invalid" not in found
        assert re.findall(r"\d× (?:lower|higher|better,|the\b(?! smallest))", found) == []


@pytest.mark.parametrize(("profile", "drawn"), [("smoke", True), ("quick", False)])
def test_only_smoke_draws_what_is_void_and_every_chart_says_so(
    request: pytest.FixtureRequest, tmp_path: Path, profile: str, *, drawn: bool
) -> None:
    """Smoke answers nothing anyway, and shows a newcomer charts in a noisy minute too."""
    run = request.getfixturevalue(profile)
    noisy = cut(run, tmp_path / "run", 0)
    for measurement in run.read():
        if measurement.trial.block:
            noisy.append(replace(measurement, foreign=0.9))
    for section in said(noisy).sections:
        assert bool(section.charts) == drawn
        assert ("other work, or the hypervisor, used" in origin(section.run)) == drawn


def test_an_unmeasured_scenario_says_so(quick: Run, tmp_path: Path) -> None:
    """The pilot alone is no block: there is a page, and no chart."""
    run = cut(quick, tmp_path / "run", 0)
    assert written(run)[0].count("<li>not measured yet</li>") == len(quick.asked.scenarios)
    assert not any(section.charts for section in said(run).sections)


def test_a_run_under_way_has_no_answer_yet(quick: Run, tmp_path: Path) -> None:
    """Three blocks are drawn without interval, and said to be three of so many."""
    early = cut(quick, tmp_path / "run", 3)
    (early.folder / "machine.json").unlink()
    found, _ = written(early)
    for section in said(early).sections:
        for chart in charts(section):
            require_readable(figure(section, chart))
        for sentence in map(str, section.answer):
            assert "no answer: 3 of the" in sentence
            assert sentence in found
    assert "no interval" in found
    assert "95 % CI" not in found


def late(stream: Stream, times: int) -> Stream:
    """Return a stream that was asked so many times as often, in which the others were late."""
    due = times * stream.due
    outcomes = {"ok": stream.good, "late": due - stream.good}
    return replace(stream, due=due, outcomes=outcomes)


def test_what_never_came_is_drawn_and_said(quick: Run, tmp_path: Path) -> None:
    """A variant that answers half of its requests has curves that end there."""
    run = cut(quick, tmp_path / "run", 0)
    for measurement in quick.read():
        spoilt = measurement.trial.variant in {"blocking", "unbounded"}
        if measurement.trial.kind != "evidence" and spoilt:
            cells = (
                replace(
                    cell,
                    work=late(cell.work, 3),
                    bystander=late(cell.bystander, 2),
                    generator=replace(cell.generator, sent=None),
                )
                for cell in measurement.open
            )
            closed = measurement.closed
            if closed:
                wrong = {"late": closed.sent}
                closed = replace(closed, good=0, slope=0.0, tenths=(), outcomes=wrong)
            run.append(replace(measurement, open=tuple(cells), closed=closed))
        elif measurement.trial.kind != "evidence":
            run.append(measurement)
    for section in said(run).sections:
        found = {chart: text(figure(section, chart)) for chart in charts(section)}
        assert "never in time" in found.get("latency", found["bystander"])
        assert "p99 more than " in found["bystander"]
        assert "100 % failed or late" in found["capacity"]
        if "load" in found:
            assert "more than half missed the deadline" in found["load"]


def test_a_diff_marks_what_differs_and_nothing_else() -> None:
    """Signs besides colours, so that it can be read in print."""
    assert diff("a\nb\nc", "a\nB\nc\nd") == [
        ("", "a", "", "a"),
        ("-", "b", "+", "B"),
        ("", "c", "", "c"),
        ("", "", "+", "d"),
    ]
