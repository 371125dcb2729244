"""A scenario that was asked at several points is shown once, by every renderer."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model.facts import Measurement
from harness.model.scenario import grid
from harness.model.trial import Trial
from harness.report import wording
from harness.report.document import Document, Section, document
from harness.report.draw import LivePage, draw
from harness.report.family import Family, families, groups, parts
from harness.report.opening import openings
from harness.report.render import terminal
from harness.report.render.markdown import overview, summary
from harness.store.run import Run
from tests.support.simulated import measured
from tests.support.stack import asked, stack_run

POINTS = ["wait 0 ms", "wait 1 ms", "wait 10 ms", "wait 100 ms"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of two questions over waits."""
    return stack_run(tmp_path_factory.mktemp("results") / "stack", "loop", "server")


@pytest.fixture(scope="module")
def said(run: Run) -> Document:
    """What it says."""
    return document(run.record(), everything=False)


@pytest.fixture(scope="module")
def server(said: Document) -> Family:
    """What it says of the servers."""
    return families(said)[1]


@pytest.fixture(scope="module")
def drawn(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    return draw(run, tmp_path_factory.mktemp("report"))


def test_the_points_of_a_scenario_are_one_part_of_the_document(said: Document) -> None:
    """In the order of the points; a scenario without points stays what it is."""
    assert [one.name for one in parts(said)] == ["loop", "server"]
    assert [list(one.points) for one in families(said)] == [POINTS, POINTS]
    assert [one.name for one in groups(said)["stack"]] == ["loop", "server"]
    alone = replace(said, sections=tuple(first_alone(said)))
    assert [isinstance(one, Family) for one in parts(alone)] == [False, True, True]


def first_alone(found: Document) -> list[Section]:
    """Return the sections, the first of which was asked at no point."""
    first, *others = found.sections
    design = replace(first.run.design, scenario=replace(first.scenario, at={}, name="alone"))
    return [replace(first, run=replace(first.run, design=design)), *others]


def test_the_page_shows_a_question_once_and_folds_its_points(drawn: Path, run: Run) -> None:
    """Each point is in its own details, and its heading says which it is."""
    found = drawn.read_text()
    for question in {one.question for one in run.asked.scenarios}:
        assert found.count(f"<h3>{question} ") == 1
        assert found.count(f"{question}</a>") == 1
    assert sum(found.count(f"<details><summary>{point}</summary>") for point in POINTS) == 8
    for one in run.asked.scenarios:
        assert found.count(f'id="{one.name}"') == found.count(f"<h3>{one.title} ") == 1
    assert found.count("The whole files, before and after") == 2


def test_every_link_of_a_family_leads_somewhere(drawn: Path) -> None:
    """Those of the claims to their points."""
    found = drawn.read_text()
    targets = re.findall(r'<a [^>]*href="([^"]+)"', found)
    assert "#loop-wait_ms-100" in targets
    for target in targets:
        anchor = target.startswith("#") and found.count(f'id="{target[1:]}"') == 1
        assert anchor or drawn.with_name(target).is_file(), target


def test_claims_name_the_point_at_which_they_were_made(said: Document, drawn: Path) -> None:
    """By the title of the scenario, in the page and in the summary."""
    assert [claim.title for claim in said.claims] == [
        "loop at wait_ms=100",
        "server at wait_ms=100",
    ]
    assert ">loop at wait_ms=100</a>" in drawn.read_text()
    assert "| loop at wait_ms=100 | asyncio at least 0.5×" in summary(said)


def test_the_table_has_a_row_per_point_and_names_no_variant_alone(server: Family) -> None:
    """Each level and each comparison is that of the point."""
    heads, rows = server.table.heads, server.table.rows
    for variant in server.variants:
        assert f"{variant.name} ({variant.does}), requests/s" in heads
    assert heads[5:] == tuple(
        f"{one.name} against uvicorn, times as good" for one in server.variants[1:]
    )
    assert [row[0].text for row in rows] == POINTS
    for row, section in zip(rows, server.sections, strict=True):
        for cell, contrast in zip(row[5:], section.run.answer.contrasts, strict=True):
            assert contrast.gain
            assert cell.text == wording.factor(contrast.gain)
            assert cell.interval == wording.between(contrast.gain, wording.times)
        level = section.run.typical(server.metric, "granian")
        assert level
        assert row[3].text == wording.number(level.estimate)
        assert row[3].remark.endswith(" MB")
    judged = "; uvicorn_h11 at least 0.5× as good as uvicorn: ✓ confirmed"
    assert [row[5].remark for row in rows] == ["", "", "", judged]


def test_of_two_claims_that_are_reversed_there_is_one_column(tmp_path: Path) -> None:
    """And both stand in it; a comparison that is made at other points only is a dash."""
    loop = asked("loop")
    first = loop.claims[0]
    turned = replace(first, subject=first.over, over=first.subject, where={"wait_ms": 0})
    points = replace(loop, claims=(first, turned)).points
    (found,) = families(document(measured(tmp_path / "run", *points).record()))
    assert [column.head for column in found.table.columns][3:] == [
        "asyncio against uvloop, times as good"
    ]
    remarks = [row[3].remark for row in found.table.rows]
    assert remarks[0].startswith("; uvloop at least 0.5× as good as asyncio: ")
    assert remarks[1:3] == ["", ""]
    workers = asked("workers")
    aside = replace(first, subject="two_awaiting", over="one_threaded", where={"wait_ms": 0})
    points = replace(workers, claims=(aside,)).points
    (found,) = families(document(measured(tmp_path / "other", *points).record()))
    assert [row[-1].text for row in found.table.rows][1:] == ["–", "–", "–"]


def test_the_summary_has_a_family_once(said: Document) -> None:
    """With a line and a row for each point, and one row in the overview."""
    found = summary(said)
    assert found.count("What is the loop worth?") == 1
    for point in POINTS:
        assert f"- {point}: **" in found
        assert f"| {point} | " in found
    rows = overview(said).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == ["loop", "server"]
    assert sum(point in rows[0] for point in POINTS) == 1
    assert f"one of {len(POINTS)} points" in rows[0]


def test_the_terminal_says_a_family_once(said: Document) -> None:
    """The question, the answer at each point, every comparison, the claims, the doubts."""
    loop, server = terminal.answers(said)
    assert loop.count("What is the loop worth?") == 1
    lines = server.splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:5]] == POINTS
    assert "  hypercorn: hypercorn, which parses with h11 in Python" in lines
    heads = next(line for line in lines if line.split() == ["uvicorn_h11", "granian", "hypercorn"])
    row = lines[lines.index(heads) + 1]
    assert row.startswith("  wait 0 ms ")
    assert row.index("×") > heads.index("uvicorn_h11")
    assert any(line.startswith("  ✓ confirmed at wait 100 ms: ") for line in lines)
    assert server.count("simulated: drawn from the theory") == 1


def test_a_point_has_no_chart_of_its_own_unless_everything_is_drawn(run: Run) -> None:
    """The chart of the family shows it."""
    brief, whole = (document(run.record(), everything=all_) for all_ in (False, True))
    assert not any(section.charts for section in brief.sections)
    assert all(section.charts for section in whole.sections)


def test_a_page_under_way_has_every_point_that_is_measured_and_no_file_beside_it(
    run: Run, tmp_path: Path
) -> None:
    """Its figure grows with each answer; what is seen of others is not made again."""
    early = Run(tmp_path / "run")
    early.create(run.asked)
    live = LivePage(early, tmp_path / "report")
    later = [one for one in run.read() if one.trial.scenario == "loop-wait_ms-100"]
    for one in run.read():
        if one.trial.scenario != "loop-wait_ms-100":
            early.append(one)
    live.add("loop-wait_ms-10")
    assert 'id="loop-wait_ms-100-deciding"' not in live.path.read_text()
    for one in later:
        early.append(one)
    live.add("loop-wait_ms-100")
    assert 'id="loop-wait_ms-100-deciding"' in live.path.read_text()
    assert {one.name for one in live.path.parent.iterdir()} == {"index.html", "summary.md"}


def test_a_smoke_run_shows_levels_and_judges_nothing(tmp_path: Path) -> None:
    """There is no ratio, and so no chart."""
    run = stack_run(tmp_path / "run", "loop", "server", profile="smoke")
    page, found = draw(run), document(run.record(), everything=False)
    assert openings(found) == []
    assert not list(page.parent.glob("*.svg"))
    (loop, _) = families(found)
    assert {row[3].text for row in loop.table.rows} == {"not judged (smoke run)"}
    assert all(row[1].text.replace(",", "").isdigit() for row in loop.table.rows)
    assert "not judged (smoke run)" in loop.table.rows[-1][3].remark


def test_memory_per_held_connection_stands_where_it_is_asked(tmp_path: Path) -> None:
    """In the table of each point, and beside the memory of each server in that of the family."""
    asked_so = replace(asked("loop"), held=400)
    drive = Simulator(asked_so.points)

    def one(trial: Trial) -> Measurement:
        bytes_ = 11_640.0 if trial.kind == "evidence" else None
        return replace(drive(trial), held_bytes=bytes_)

    run = measured(tmp_path / "run", *asked_so.points, drive=one)
    (family,) = families(document(run.record()))
    assert family.table.rows[0][1].remark == "; 80 MB, 11.6 more per 1,000 held connections"
    for section in family.sections:
        assert section.variants
        (column,) = [one for one in section.variants.columns if "held connection" in one.head]
        assert [cell.text for cell in column.cells] == ["11.6", "11.6"]
    without = families(document(stack_run(tmp_path / "other", "loop").record()))[0]
    assert without.sections[0].variants
    assert not any("held" in head for head in without.sections[0].variants.heads)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ({"wait_ms": 10}, "wait 10 ms"),
        ({"wait_ms": 0, "clients": 1}, "wait 0 ms, 1 client"),
        (
            {"wait_ms": 0.5, "rounds": 50_000, "clients": 64},
            "wait 0.5 ms, rounds 50,000, 64 clients",
        ),
        ({"wait_ms": 10, "rounds": 0}, "wait 10 ms"),
        ({"upstream_delay_ms": 3}, "upstream delay 3 ms"),
        ({"size": 0}, "size 0"),
    ],
)
def test_a_point_is_written_as_people_say_it(at: dict[str, float], words: str) -> None:
    """With its units, and without what is zero beside the first."""
    assert wording.point(at) == words


def test_points_of_a_scenario_of_the_catalogue_are_a_family(tmp_path: Path) -> None:
    """As `--over` asks it."""
    hop = catalogue()["hop"].asked_over({"clients": (8, 32)})
    assert hop.over == grid(clients=(8, 32))
    (found,) = families(document(measured(tmp_path / "run", *hop.points).record()))
    assert found.points == ("8 clients", "32 clients")
    assert found.name == "hop"


def test_no_number_of_a_void_point_is_shown(tmp_path: Path) -> None:
    """Its row says that there is no answer; why stands below, once for all its blocks."""
    points = asked("loop").points
    drive, secret = Simulator(points), 31_415_926

    def one(trial: Trial) -> Measurement:
        found = drive(trial)
        if "10" not in trial.scenario.split("-") or trial.kind == "evidence":
            return found
        closed = found.closed and replace(found.closed, slope=secret, cpu_s=secret)
        return replace(found, closed=closed, foreign=0.99, rss_bytes=secret * 10**6)

    run = measured(tmp_path / "run", *points, drive=one)
    found = document(run.record(), everything=False)
    page = draw(run).read_text()
    written = [re.sub(r"base64,[^\"]+", "", page), summary(found), *terminal.answers(found)]
    written += [path.read_text() for path in (run.folder / "report").glob("*.svg")]
    for text in written:
        assert "31,4" not in text
        assert "31415926" not in text
    (family,) = families(found)
    assert [cell.text for cell in family.table.rows[2]] == ["wait 10 ms", "n/a", "n/a", "no answer"]
    (void,) = [remark.says for kind, remark in family.notes if kind == "void"]
    assert re.fullmatch(r"\d+ blocks \(wait 10 ms\): other work, or the hypervisor, .*", void)
