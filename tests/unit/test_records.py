"""What was seen is kept whole, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import bench
from harness.model import histogram
from harness.model.errors import BenchError
from harness.model.facts import ClosedLoop
from harness.model.record import Skipped
from harness.store.run import Run, latest, newest


def test_what_is_written_is_what_is_read(simulated: Callable[..., Run]) -> None:
    """Every measurement and the plan come back equal."""
    run = simulated("http_call")
    again = Run(run.folder)
    measurements = run.read()
    assert len(measurements) == 3 + 3 * 5 + 3  # evidence, five blocks, what is seen once
    assert again.read() == measurements
    assert [scenario.name for scenario in again.asked.scenarios] == ["http_call"]
    assert again.same_as(run.asked)


def test_no_judgement_is_recorded(simulated: Callable[..., Run]) -> None:
    """Records hold facts; what may be said of them is judged anew each time."""
    recorded = json.loads(simulated("http_call").measured.read_text().splitlines()[0])
    assert not {"void", "caveats", "ceiling"} & set(recorded)


def test_a_line_cut_short_by_a_kill_is_left_out_and_mended(simulated: Callable[..., Run]) -> None:
    """Everything before it is kept."""
    run = simulated("http_call")
    whole = run.measured.read_text()
    run.measured.write_text(whole[:-40])
    assert len(run.read()) == 20
    run.mend()
    assert run.measured.read_text() == "".join(line + "\n" for line in whole.split("\n")[:20])


@pytest.mark.parametrize("damage", ["{", '{"schema": 1}', '{"schema": 99, "method": 1}', "[]"])
def test_a_damaged_line_is_refused_with_its_number(
    simulated: Callable[..., Run], damage: str
) -> None:
    """What, where, what to do."""
    run = simulated("http_call")
    lines = run.measured.read_text().split("\n")
    run.measured.write_text("\n".join([*lines[:4], damage, *lines[4:]]))
    with pytest.raises(BenchError, match=r"measurements\.jsonl, line 5, cannot be read") as error:
        run.read()
    assert "remove that line" in error.value.hint


def refused(run: Run) -> str:
    """Return what `bench.py report` says of a run that it refuses; nothing is drawn of it."""
    result = CliRunner().invoke(bench, ["report", str(run.folder)])
    assert result.exit_code == 2, result.output
    assert not (run.folder / "report").exists()
    return result.output


def _put(record: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split(".")
    for name in parents:
        record = record[int(name) if isinstance(record, list) else name]
    record[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("closed.window_s", 0),
        ("open.0.window_s", 0),
        ("closed.cpu_s", float("nan")),
        ("foreign", float("inf")),
        ("open.0.work.response", "AAAA"),
        ("open.0.bystander.lag", "AAAA"),
        ("trial.variant", "../evil"),
        ("trial.variant", "nobody"),
        ("trial.scenario", "nothing"),
        ("closed.good", 10**9),
        # Facts that contradict others.
        ("closed.good", 1),
        ("closed.sent", 10**6),
        ("closed.tenths", [900] * 10),
        ("closed.outcomes", {"ok": 10**6}),
        ("open.0.work.good", 1),
        ("open.0.work.due", 10**6),
        ("open.0.work.outcomes", {"ok": 10**6}),
        ("open.0.bystander.response", histogram.encode([0.01] * 7)),
    ],
)
def test_a_value_that_cannot_have_been_measured_is_refused_with_its_line(
    simulated: Callable[..., Run], path: str, value: object
) -> None:
    """Instead of a division by zero, or a file outside the folder, when it is drawn."""
    run = simulated("http_call")
    lines = run.measured.read_text().splitlines()
    number = len(lines) - 1 if path.startswith("open") else 5  # a trial that has such a load
    record = json.loads(lines[number])
    _put(record, path, value)
    run.measured.write_text("\n".join([*lines[:number], json.dumps(record)]) + "\n")
    assert f"measurements.jsonl, line {number + 1}, cannot be read" in refused(run)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scenarios.0.name", "../evil"),
        ("scenarios.0.folder", "../evil"),
        ("scenarios.0.variants.0.name", "a/b"),
        ("scenarios.0.primary.kind", "p42"),
        ("scenarios.0.group", "nobody"),
        ("profile", "endless"),
        ("scenarios.0.workload.deadline_s", 0),
        ("scenarios.0.knobs", {"wait_ms": float("nan")}),
    ],
)
def test_a_plan_that_nobody_can_have_made_is_refused_with_its_file(
    simulated: Callable[..., Run], path: str, value: object
) -> None:
    """An unknown metric or group, and a name that would lead out of the folder."""
    run = simulated("http_call")
    plan = run.folder / "plan.json"
    asked = json.loads(plan.read_text())
    _put(asked, path, value)
    plan.write_text(json.dumps(asked))
    assert f"Error: {plan} cannot be read" in (said := refused(run))
    assert "Hint: restore the file" in said


@pytest.mark.parametrize("damage", ["{", "[]", "3"])
def test_damaged_conditions_are_refused_with_their_file(
    simulated: Callable[..., Run], damage: str
) -> None:
    """It has no lines that could be removed."""
    run = simulated("http_call")
    (run.folder / "machine.json").write_text(damage)
    assert "machine.json cannot be read" in (said := refused(run))
    assert "Hint: restore the file" in said


def test_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    """Instead of an empty report."""
    with pytest.raises(BenchError, match="holds no run"):
        _ = Run(tmp_path).asked


def test_a_closed_loop_has_no_latency_to_report() -> None:
    """By construction: its type carries none."""
    assert not {"response", "service", "latency"} & {field.name for field in fields(ClosedLoop)}


@pytest.mark.parametrize("damage", ["[]", "{", '{"skipped": [1]}', '{"skipped": [{}]}'])
def test_a_damaged_plan_is_not_continued(simulated: Callable[..., Run], damage: str) -> None:
    """It is another plan than the one that is asked for."""
    run = simulated("http_call")
    asked = run.asked
    (run.folder / "plan.json").write_text(damage)
    assert not run.same_as(asked)


def test_a_folder_in_place_of_a_plan_is_not_continued(simulated: Callable[..., Run]) -> None:
    """Nor does it keep another run from being found."""
    run = simulated("http_call")
    (run.folder / "finished").unlink()
    (run.folder.parent / "zz" / "plan.json").mkdir(parents=True)
    found = latest(run.folder.parent, run.asked)
    assert found is not None
    assert found.folder == run.folder


def test_the_newest_run_is_one_that_measured_something(simulated: Callable[..., Run]) -> None:
    """A run that was interrupted before its first trial has nothing to draw."""
    run = simulated("http_call", folder="2026-01-01")
    empty = Run(run.folder.with_name("2026-01-02"))
    empty.create(run.asked)
    assert newest(run.folder.parent).folder == run.folder


def test_a_run_goes_on_whatever_words_say_why_something_is_skipped(
    simulated: Callable[..., Run],
) -> None:
    """But not where something else is skipped."""
    run = simulated("http_call")
    assert run.same_as(run.asked)
    asked = replace(run.asked, skipped=(Skipped("mongo_find", "no", "get one"),))
    again = Run(run.folder / "again")
    again.create(asked)
    others = (Skipped("mongo_find", "there is none", "get one"),)
    assert again.same_as(replace(asked, skipped=others))
    assert not again.same_as(run.asked)
