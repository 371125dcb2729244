"""What a run, a plan and a report are asked by options, and what comes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.report.draw import LivePage
from harness.store.run import Run
from tests.support.commands import invoke, simulate


def test_plan_shows_the_question_as_it_is_turned() -> None:
    """With the same knobs and the same budget as a run."""
    assert invoke("plan", "cache_get", "--knob", "wait_ms=3").exit_code == 0
    said = invoke("plan", "postgres_read", "--connections", "20", "--threads", "8").output
    assert "budget: workers 1, threads 8, connections 20" in said


def test_plan_shows_what_a_run_of_method_4_does() -> None:
    """The evidence, the blocks and who goes when, what is seen once, how long it takes."""
    lines = invoke("plan", "http_call").output.splitlines()
    assert any(line.startswith("  evidence, once: at rest for 0.2 s, one client") for line in lines)
    assert "  5 blocks, up to 10 where they are noisy, judged by capacity" in lines
    assert "  each trial: 64 clients for 0.6 s" in lines
    blocks = [line for line in lines if line.startswith("  block ")]
    assert len(blocks) == 5
    assert all(len(line.split(", ")) == 3 for line in blocks)
    assert any(line.startswith("  once, when the answer is known: an open load") for line in lines)
    assert re.fullmatch(r"  about \d+ s with the blocks that are planned", lines[-1])
    assert re.search(r"\n2 scenarios, about \d+ s in all\n$", invoke("plan", "hop", "race").output)


@pytest.mark.usefixtures("undrawn")
def test_a_turned_budget_is_that_of_every_variant_and_on_record(tmp_path: Path) -> None:
    """Ceilings turn with it, and the next step repeats it."""
    said = simulate(tmp_path, "postgres_read", "--profile", "smoke", "--connections", "4").output
    (folder,) = tmp_path.glob("20*")
    (found,) = Run(folder).asked.scenarios
    assert {found.budget_of(variant).connections for variant in found.variants} == {4}
    ceilings = {one.name: one.ceiling.connections for one in found.variants if one.ceiling}
    assert ceilings == {"blocking": None, "threaded": 4, "awaiting": 4, "offloaded": 4}
    assert "--profile quick --connections 4 --on simulated" in said


@pytest.mark.usefixtures("undrawn")
def test_a_page_is_named_at_the_start_and_drawn_with_each_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next scenario is measured afterwards."""
    drawn: list[tuple[str, int]] = []

    def add(_: LivePage, name: str) -> None:
        (folder,) = tmp_path.glob("20*")
        drawn.append((name, len({one.trial.scenario for one in Run(folder).read()})))

    monkeypatch.setattr("harness.report.draw.LivePage.add", add)
    said = simulate(tmp_path, "http_call", "hop").output
    (folder,) = tmp_path.glob("20*")
    first, second, *_ = said.splitlines()
    assert str(folder) in first
    assert second.endswith(str(folder / "report" / "index.html"))
    assert drawn == [("http_call", 1), ("hop", 2)]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("words", [[], ["--all"]])
def test_a_report_draws_what_decides_and_all_of_it_on_demand(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest takes a while; a line that a kill cut off is said to be left out."""
    simulate(tmp_path, "hop", "--profile", "smoke")
    (folder,) = tmp_path.glob("20*")
    measured = Run(folder).measured
    measured.write_text(measured.read_text()[:-40])
    asked: list[bool] = []

    def draw(run: Run, *, everything: bool, language: str) -> Path:
        assert language == "en"
        asked.append(everything)
        return run.folder

    monkeypatch.setattr("harness.report.draw.draw", draw)
    result = invoke("report", str(folder), *words)
    assert asked == [bool(words)]
    cut = f"Left out the last line of {measured}, which was cut off by a kill"
    assert cut in result.output
