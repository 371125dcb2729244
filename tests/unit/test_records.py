"""What was seen is kept whole, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from harness.model.errors import BenchError
from harness.model.facts import Closed
from harness.store.records import Run, Skipped


def test_what_is_written_is_what_is_read(simulated: Callable[..., Run]) -> None:
    """Every measurement and the plan come back equal."""
    run = simulated("http_call")
    again = Run(run.folder)
    measurements = run.read()
    assert len(measurements) == 3 + 3 * 7
    assert again.read() == measurements
    assert [scenario.name for scenario in again.asked.scenarios] == ["http_call"]
    assert again.same_as(run.asked)


def test_a_line_cut_short_by_a_kill_is_left_out_and_mended(simulated: Callable[..., Run]) -> None:
    """Everything before it is kept."""
    run = simulated("http_call")
    whole = run.measured.read_text()
    run.measured.write_text(whole[:-40])
    assert len(run.read()) == 23
    run.mend()
    assert run.measured.read_text() == "".join(line + "\n" for line in whole.split("\n")[:23])


@pytest.mark.parametrize("damage", ["{", '{"schema": 1}', '{"schema": 99, "method": 1}', "[]"])
def test_a_damaged_line_is_refused_with_its_number(
    simulated: Callable[..., Run], damage: str
) -> None:
    """What, where, what to do."""
    run = simulated("http_call")
    lines = run.measured.read_text().split("\n")
    run.measured.write_text("\n".join([*lines[:4], damage, *lines[4:]]))
    with pytest.raises(BenchError, match=r"measurements\.jsonl, line 5, cannot be read") as refused:
        run.read()
    assert refused.value.hint


def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    """Instead of an empty report."""
    with pytest.raises(BenchError, match="holds no run"):
        _ = Run(tmp_path).asked


def test_a_closed_loop_has_no_latency_to_report() -> None:
    """By construction: its type carries none."""
    assert not {"response", "service", "latency"} & {field.name for field in fields(Closed)}


@pytest.mark.parametrize("damage", ["[]", "{", '{"skipped": [1]}', '{"skipped": [{}]}'])
def test_a_damaged_plan_is_not_continued(simulated: Callable[..., Run], damage: str) -> None:
    """It is another plan than the one that is asked for."""
    run = simulated("http_call")
    asked = run.asked
    (run.folder / "plan.json").write_text(damage)
    assert not run.same_as(asked)


def test_a_run_goes_on_whatever_words_say_why_something_is_skipped(
    simulated: Callable[..., Run],
) -> None:
    """But not where something else is skipped."""
    run = simulated("http_call")
    assert run.same_as(run.asked)
    asked = replace(run.asked, skipped=(Skipped("mongo_find", "no", "get one"),))
    again = Run(run.folder / "again")
    again.create(asked)
    assert again.same_as(
        replace(asked, skipped=(Skipped("mongo_find", "there is none", "get one"),))
    )
    assert not again.same_as(run.asked)
