"""The report: what it shows of a run, and what it must never show."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from harness.design import plan
from harness.experiment.run import conduct
from harness.experiment.simulated import simulator
from harness.judge.statistics import Interval
from harness.catalogue import catalogue, select
from harness.project import ROOT
from harness.report import code, findings, wording
from harness.report import reading as seen
from harness.report.charts import style
from harness.report.charts.frame import origin
from harness.report.draw import CHARTS, draw, shown
from harness.store.records import Asked, Run

CATALOGUE = catalogue()
OFFERED = [
    what for what in CHARTS if what not in {"deciding", "sweep"}
]  # what there is to draw of open loads; tests/test_questions.py has the rest


def simulated(folder: Path, profile: str, *names: str) -> Run:
    """Simulate a whole run of the named scenarios."""
    scenarios = select(names, CATALOGUE)
    run = Run(folder)
    code_of = {
        f"{s.name}/{v.name}": (ROOT / "scenarios" / s.name / f"{v.source}.py").read_text()
        for s in scenarios
        for v in s.variants
    }
    run.create(
        Asked(
            profile=profile,
            on="simulated",
            seed=0,
            commit="abc1234",
            fingerprint="",
            scenarios=tuple(scenarios),
            code=code_of,
        )
    )
    for scenario in scenarios:
        for _ in conduct(scenario, plan.PROFILES[profile], 0, simulator(scenarios), run):
            pass
    run.machine = {
        "machine": {"cpu": "A $CPU$ with a rather long name @ 2.80GHz", "cores": 2},
        "services": {"postgres": {"provider": "pgserver", "real": False}},
        "docker": {"engine": "26.1.5", "compose": "2.26.1"},
        "images": {
            "app": {"name": "fastapi-bench", "id": "sha256:0123456789abcdef", "stand_in": True}
        },
    }
    return run


def cut(run: Run, folder: Path, blocks: int) -> Run:
    """Copy a run as it was after so many blocks."""
    shutil.copytree(run.folder, folder)
    kept = [measurement for measurement in run.read() if measurement.trial.block <= blocks]
    early = Run(folder)
    early.measured.unlink()
    for measurement in kept:
        early.append(measurement)
    return early


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of two scenarios, drawn."""
    run = simulated(
        tmp_path_factory.mktemp("results") / "now-quick", "quick", "postgres_read", "upstream_limit"
    )
    draw(run)
    return run


def test_the_page_says_from_which_load_on_a_trap_shows_and_who_sees_it_coming(
    quick: Run, smoke: Run
) -> None:
    """Once there is evidence for it."""
    postgres, limit = (dict(findings.specimen(reading)) for reading in seen.read(quick))
    assert (
        postgres["linter"]
        == "no linter sees this: ruff's ASYNC rules find nothing in any of these files"
    )
    assert postgres["awaiting against blocking"].startswith("shows from ")
    assert "0.5× the smallest ceiling" in postgres["awaiting against blocking"]
    assert limit["bounded against unbounded"].startswith("shows ")
    assert re.fullmatch(
        r"[\d,.]+ µs (more|less) per request than blocking \[-?[\d,.]+ to [\d,.]+\](, which may be nothing)?",
        postgres["CPU of awaiting"],
    )
    early = seen.read(smoke)[0]
    assert [name for name, _ in findings.specimen(early)] == [
        "linter",
        *(f"{variant.name} at run time" for variant in early.scenario.variants),
    ]
    assert "Who sees it coming" in (quick.folder / "report" / "index.html").read_text()


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated smoke run of one scenario, drawn."""
    run = simulated(tmp_path_factory.mktemp("results") / "now-smoke", "smoke", "cpu_work")
    draw(run)
    return run


def texts(figure: Figure) -> Iterator[Text]:
    """Find the letters of a figure, its watermark aside."""
    figure.canvas.draw()
    axis = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    beyond = {
        id(tick.label1)
        for one in axis
        for tick in one.get_major_ticks()
        if not min(one.get_view_interval()) <= tick.get_loc() <= max(one.get_view_interval())
    }
    for text in figure.findobj(Text):
        if (
            isinstance(text, Text)
            and text.get_visible()
            and text.get_text().strip()
            and text.get_text() != "SIMULATED"
            and id(text) not in beyond
        ):
            yield text


def test_the_page_asks_nothing_of_the_network(quick: Run) -> None:
    """Open it on a plane: no address, no script, no import is followed."""
    page = (quick.folder / "report" / "index.html").read_text()
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page) == []
    assert "<script" not in page
    assert "@import" not in page
    assert re.findall(r"url\(", page) == []


def test_every_link_leads_somewhere(quick: Run) -> None:
    """Anchors exist, and so do the files beside the page."""
    report = quick.folder / "report"
    page = (report / "index.html").read_text()
    for target in re.findall(r'href="([^"]+)"', page):
        assert (
            f'id="{target[1:]}"' in page if target.startswith("#") else (report / target).is_file()
        ), target


@pytest.mark.slow
def test_two_draws_give_the_same_bytes(quick: Run, tmp_path: Path) -> None:
    """Nothing in a drawing depends on the time or on what was drawn before."""
    draw(quick, tmp_path)
    for first in sorted((quick.folder / "report").glob("*")):
        assert first.read_bytes() == (tmp_path / first.name).read_bytes(), first.name


def test_every_chart_is_a_slide(quick: Run) -> None:
    """Each is there as SVG and as PNG, 1920 by 1080."""
    report = quick.folder / "report"
    names = {
        f"{reading.scenario.name}-{what}" for reading in seen.read(quick) for what in shown(reading)
    }
    assert (
        names
        == {path.stem for path in report.glob("*.svg")}
        == {path.stem for path in report.glob("*.png")}
    )
    assert names == {
        f"postgres_read-{what}" for what in ("capacity", "latency", "bystander", "time", "monitor")
    } | {f"upstream_limit-{what}" for what in OFFERED}
    for name in names:
        assert imread(report / f"{name}.png").shape[:2] == (1080, 1920)
        ET.parse(report / f"{name}.svg")  # noqa: S314  our own file


def test_the_deciding_chart_comes_first(quick: Run) -> None:
    """A reader meets the declared metric before the exploratory ones."""
    assert [shown(reading)[0] for reading in seen.read(quick)] == ["capacity", "load"]


@pytest.mark.parametrize("what", OFFERED)
def test_letters_can_be_read_from_the_last_row(quick: Run, what: str) -> None:
    """None is smaller than 24 pixels, none leaves the slide, none covers another."""
    reading = seen.read(quick)[-1]
    with style.drawing():
        figure = CHARTS[what](reading)
        found = list(texts(figure))
        assert min(float(text.get_fontsize()) * style.DPI / 72 for text in found) >= 24 - 1e-9
        boxes = [(text.get_text(), text.get_window_extent()) for text in found]
    for number, (text, box) in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= style.WIDTH, text
        assert 0 <= box.y0 <= box.y1 <= style.HEIGHT, text
        for other, beside in boxes[number + 1 :]:
            apart = (
                box.x1 <= beside.x0
                or beside.x1 <= box.x0
                or min(box.y1, beside.y1) - max(box.y0, beside.y0) <= 3
            )
            assert apart, (text, other)


def test_what_was_simulated_says_so(quick: Run) -> None:
    """On the page, in the summary, and across every chart."""
    report = quick.folder / "report"
    assert "Simulated: drawn from the theory, not measured" in (report / "index.html").read_text()
    assert "simulated: drawn from the theory, not measured" in (report / "summary.md").read_text()
    with style.drawing():
        for reading in seen.read(quick):
            for what in shown(reading):
                assert any(text.get_text() == "SIMULATED" for text in CHARTS[what](reading).texts)


def test_the_page_tells_the_whole_story(quick: Run) -> None:
    """Sentences with intervals, claims judged, code, conditions, doubts."""
    page = (quick.folder / "report" / "index.html").read_text()
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
    ):
        assert expected in page


def test_the_summary_mentions_each_question(quick: Run) -> None:
    """And each sentence said to it."""
    summary = (quick.folder / "report" / "summary.md").read_text()
    for reading in seen.read(quick):
        assert reading.scenario.question in summary
        assert all(sentence in summary for sentence in reading.answer.sentences)


def test_smoke_shows_no_number_as_an_answer(smoke: Run) -> None:
    """Neither claims nor sentences have one; the reason stands beside."""
    page, summary = (
        (smoke.folder / "report" / name).read_text() for name in ("index.html", "summary.md")
    )
    for text in (page, summary):
        assert "no answer, the smoke profile" in text
        assert "95 % CI" not in text
        assert "✓ confirmed" not in text
        assert "| confirmed" not in text
        assert re.findall(r"\d× (?:lower|higher|the\b(?! smallest))", text) == []


@pytest.mark.parametrize(("profile", "drawn"), [("smoke", True), ("quick", False)])
def test_only_smoke_draws_what_is_void_and_every_chart_says_so(
    request: pytest.FixtureRequest, tmp_path: Path, profile: str, *, drawn: bool
) -> None:
    """Smoke answers nothing anyway, and shows a newcomer charts in a noisy minute too."""
    run = request.getfixturevalue(profile)
    vain = cut(run, tmp_path / "run", 0)
    for measurement in run.read():
        if measurement.trial.block:
            vain.append(replace(measurement, void=("NOISY",)))
    assert ("<img" in draw(vain).read_text()) == drawn
    assert all(origin(reading).endswith(", noisy") == drawn for reading in seen.read(vain))


def test_an_unmeasured_scenario_says_so(quick: Run, tmp_path: Path) -> None:
    """The pilot alone is no block: there is a page, and no chart."""
    page = draw(cut(quick, tmp_path / "run", 0)).read_text()
    assert page.count("<li>not measured yet</li>") == len(quick.asked.scenarios)
    assert "<img" not in page


@pytest.mark.slow
def test_a_run_under_way_has_no_answer_yet(quick: Run, tmp_path: Path) -> None:
    """Three blocks are drawn without interval, and said to be three of so many."""
    early = cut(quick, tmp_path / "run", 3)
    (early.folder / "machine.json").unlink()
    page = draw(early).read_text()
    for reading in seen.read(early):
        assert all(
            "no answer, 3 of the" in sentence and sentence in page
            for sentence in reading.answer.sentences
        )
    assert "no interval" in page
    assert "95 % CI" not in page


def test_what_never_came_is_drawn_and_said(quick: Run, tmp_path: Path) -> None:
    """A variant that answers half of its requests has curves that end there."""
    run = cut(quick, tmp_path / "run", 0)
    for measurement in quick.read():
        if measurement.trial.block:
            cells = tuple(
                replace(
                    cell,
                    work=replace(cell.work, due=3 * cell.work.due),
                    bystander=replace(cell.bystander, due=2 * cell.bystander.due),
                )
                for cell in measurement.open
            )
            run.append(
                replace(measurement, open=cells, closed=replace(measurement.closed, good=0))
                if measurement.trial.variant in {"blocking", "unbounded"}
                else measurement
            )
    with style.drawing():
        for reading in seen.read(run):
            said = {
                what: " ".join(text.get_text() for text in texts(CHARTS[what](reading)))
                for what in OFFERED
            }
            assert "never in time" in said["latency"]
            assert "p99 never in time" in said["bystander"]
            assert "more than half missed the deadline" in said["load"]
            assert "100 % failed or late" in said["capacity"]


def test_code_cannot_break_out_of_the_page() -> None:
    """What is compared is shown, not run."""
    shown_code = code.html("a", "x = '<script>alert(1)</script>'", "b", "x = '<b>&'")
    assert "<script>" not in shown_code
    assert "&lt;script&gt;" in shown_code
    assert "&lt;b&gt;&amp;" in shown_code


def test_a_diff_marks_what_differs_and_nothing_else() -> None:
    """Signs besides colours, so that it can be read in print."""
    assert code.diff("a\nb\nc", "a\nB\nc\nd") == [
        ("", "a", "", "a"),
        ("-", "b", "+", "B"),
        ("", "c", "", "c"),
        ("", "", "+", "d"),
    ]


def test_numbers_are_written_with_three_digits() -> None:
    """And intervals never dropped."""
    assert [wording.number(value) for value in (0, 0.01234, 1.2345, 98.76, 1234.5)] == [
        "0",
        "0.0123",
        "1.23",
        "98.8",
        "1,234",
    ]
    assert wording.ms(0.0123) == "12.3 ms"
    assert wording.whole(Interval(10, 9, 11, 8)) == "10.0 [9.00 to 11.0]"
    assert wording.gain(Interval(10, 9, 11, 8)) == "10× [9× to 11×]"
