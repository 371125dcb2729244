"""Change points are found where a series changed, and nowhere else; two runs are compared only where they may be."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness import history
from harness.comparison import compare
from harness.errors import BenchError
from harness.history import Point
from harness.records import Run
from harness.report.history import draw


def drawn(seed: int, *levels: float, each: int = 30, noise: float = 0.01) -> list[float]:
    """Draw a series that stays at each level for a while."""
    rng = random.Random(seed)
    return [level * rng.lognormvariate(0, noise) for level in levels for _ in range(each)]


def points(values: list[float]) -> list[Point]:
    """Make a history of one ratio."""
    return [
        Point(f"c{n}", f"2026-01-01T00:00:{n:02d}+00:00", f"run {n}", "here", 3, {"one/other": (value * 0.99, value, value * 1.01)})
        for n, value in enumerate(values)
    ]


def test_a_step_of_five_percent_is_found_where_it_is() -> None:
    """Within two points, nineteen times of twenty."""
    found = [history.changes(drawn(seed, 10, 9.5)) for seed in range(40)]
    assert sum(len(one) == 1 and abs(one[0].at - 30) <= 2 for one in found) >= 38


def test_a_step_there_and_back_is_two_changes() -> None:
    """Which a single cut does not see as a change of the mean."""
    for seed in range(10):
        found = history.changes(drawn(seed, 10, 9, 10))
        assert [round(one.share, 1) for one in found] == [-0.1, 0.1]


def test_noise_has_no_change_points() -> None:
    """At most one in five hundred series of a hundred points has a change of 2 %."""
    assert sum(bool(history.changes(drawn(seed, 10, each=100))) for seed in range(100)) == 0


def test_only_a_change_to_the_worse_among_the_newest_is_an_alarm() -> None:
    """An old one is history, and a better one is good news."""
    assert [(name, change.at) for name, _, change in history.alarms(points(drawn(1, 10, 9, each=15)))] == [("one/other", 15)]
    assert not list(history.alarms(points(drawn(1, 9, 10, each=15))))
    assert not list(history.alarms(points(drawn(1, 10, 9, each=30))))


def test_a_series_begins_anew_on_another_machine() -> None:
    """Whatever moved with it is no change of the code."""
    moved = [*points([10.0] * 20), *(replace(one, fingerprint="elsewhere") for one in points([5.0] * 5))]
    assert [len(found) for found in history.series(moved).values()] == [5]
    assert not list(history.alarms(moved))


def test_a_run_is_kept_once_with_every_ratio_to_its_reference(simulated: Callable[..., Run], tmp_path: Path) -> None:
    """And the chart and the CSV have it."""
    file, run = tmp_path / "history.jsonl", simulated("postgres_read")
    for _ in range(2):
        history.append(file, [history.point(run, "2026-01-01T00:00:00+00:00")])
    (kept,) = history.read(file)
    assert set(kept.ratios) == {"postgres_read/threaded", "postgres_read/awaiting", "postgres_read/offloaded"}
    assert all(low <= middle <= high for low, middle, high in kept.ratios.values())
    assert history.csv([kept]).startswith("time,commit,postgres_read/threaded,")
    assert draw([kept, *[replace(kept, run=str(n)) for n in range(5)]], tmp_path / "history").read_text().startswith("<?xml")


def test_a_damaged_history_is_refused_with_its_line(tmp_path: Path) -> None:
    """The rest is left as it is."""
    file = tmp_path / "history.jsonl"
    file.write_text("{\n")
    with pytest.raises(BenchError, match="line 1, cannot be read"):
        history.read(file)


def test_two_runs_of_one_plan_are_compared(simulated: Callable[..., Run]) -> None:
    """Level by level, or ratio by ratio."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    levels, ratios = (list(compare(one, other, claims=claims)) for claims in (False, True))
    assert len(levels) == 4
    assert len(ratios) == 3
    assert not any(pair.differs for pair in (*levels, *ratios))


@pytest.mark.parametrize(
    ("field", "value"),
    [("machine: cores", {"machine": {"cores": 64}}), ("versions: fastapi", {"versions": {"fastapi": "0.1"}}), ("services", {"services": "other"})],
)
def test_runs_under_other_conditions_are_refused_with_the_field(simulated: Callable[..., Run], field: str, value: dict[str, object]) -> None:
    """Their ratios may be compared all the same."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    one.machine, other.machine = (
        {"machine": {"cores": 2}, "versions": {"fastapi": "1"}, "services": "these"},
        {"machine": {"cores": 2}, "versions": {"fastapi": "1"}, "services": "these"} | value,
    )
    with pytest.raises(BenchError, match=f"the runs differ in {field}"):
        list(compare(one, other, claims=False))
    assert list(compare(one, other, claims=True))


def _edit(run: Run, change: Callable[[dict[str, object]], None]) -> Run:
    path = run.folder / "plan.json"
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))
    return Run(run.folder)


def test_another_budget_is_refused_with_its_name(simulated: Callable[..., Run]) -> None:
    """Even where only ratios are compared."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    other = _edit(other, lambda plan: plan["scenarios"][0]["budget"].update(connections=20))  # type: ignore[index]
    with pytest.raises(BenchError, match="the runs differ in postgres_read: budget"):
        list(compare(one, other, claims=True))


def test_another_method_and_a_damaged_record_are_refused(simulated: Callable[..., Run]) -> None:
    """By the reader, with file and line."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    old = _edit(other, lambda plan: plan.update(method=1))
    with pytest.raises(BenchError, match="method 1"):
        list(compare(one, old, claims=True))
    _edit(other, lambda plan: plan.update(method=3))
    text = one.measured.read_text()
    one.measured.write_text("{damaged\n" + text)
    with pytest.raises(BenchError, match=r"measurements\.jsonl, line 1, cannot be read"):
        list(compare(one, Run(other.folder), claims=False))
