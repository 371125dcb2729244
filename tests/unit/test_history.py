"""Change points are found where a series changed, and nowhere else; two runs are compared only where they may be."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.judge import history
from harness.judge.answer import answer
from harness.judge.comparison import compare
from harness.judge.history import Point
from harness.model.errors import BenchError
from harness.report.charts.history import draw
from harness.store.records import Run


def drawn(seed: int, *levels: float, each: int = 30, noise: float = 0.01) -> list[float]:
    """Draw a series that stays at each level for a while."""
    rng = random.Random(seed)
    return [level * rng.lognormvariate(0, noise) for level in levels for _ in range(each)]


def points(values: list[float], name: str = "one/other") -> list[Point]:
    """Make a history of one ratio."""
    return [
        Point(
            f"c{n}",
            f"2026-01-01T00:00:{n:02d}+00:00",
            f"run {n}",
            "here",
            3,
            {name: "asked"},
            {name: (value * 0.99, value, value * 1.01)},
        )
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
    assert [
        (name, change.at) for name, _, change in history.alarms(points(drawn(1, 10, 9, each=15)))
    ] == [("one/other", 15)]
    assert not list(history.alarms(points(drawn(1, 9, 10, each=15))))
    assert not list(history.alarms(points(drawn(1, 10, 9, each=30))))


def test_a_series_begins_anew_on_another_machine() -> None:
    """Whatever moved with it is no change of the code."""
    moved = [
        *points([10.0] * 20),
        *(replace(one, fingerprint="elsewhere") for one in points([5.0] * 5)),
    ]
    assert [len(found) for found in history.series(moved).values()] == [5]
    assert not list(history.alarms(moved))


def test_a_series_begins_anew_where_something_else_is_asked() -> None:
    """Other knobs, another budget, another version of a service."""
    turned = [
        *points([10.0] * 20),
        *(replace(one, asked={"one/other": "otherwise"}) for one in points([5.0] * 5)),
    ]
    assert [len(found) for found in history.series(turned).values()] == [5]
    assert history.csv(turned).count("\n") == 6


def test_what_is_no_longer_asked_alarms_no_longer() -> None:
    """The newest points are those of the history, and not of a series that ended."""
    ended = [*points(drawn(1, 10, 9, each=15)), *points([1.0] * 25, "another/one")]
    assert not list(history.alarms(ended))


def test_a_simulated_run_and_one_that_was_interrupted_are_not_kept(
    simulated: Callable[..., Run],
) -> None:
    """The one was not measured, and the other will have other figures."""
    run = simulated("postgres_read")
    with pytest.raises(BenchError, match="is simulated"):
        history.point(run, "")
    (run.folder / "finished").unlink()
    with pytest.raises(BenchError, match="did not come to its end"):
        history.point(_edit(run, lambda plan: plan.update(on="host")), "")


@pytest.mark.parametrize(
    "change",
    [{"on": "docker"}, {"knobs": {"wait_ms": 50}}, {"services": {"postgres": {"version": "99"}}}],
)
def test_the_place_the_knobs_and_the_services_are_part_of_what_is_asked(
    simulated: Callable[..., Run], change: dict[str, Any]
) -> None:
    """Else what they do would be said of the code."""

    def ask(plan: dict[str, Any]) -> None:
        plan["on"] = "host"
        (plan["scenarios"][0] if "knobs" in change else plan).update(
            {key: value for key, value in change.items() if key != "services"}
        )

    def kept(run: Run) -> Point:
        run.machine = {"services": change.get("services", {"postgres": {"version": "18"}})}
        return history.point(run, "")

    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    one = _edit(one, lambda plan: plan.update(on="host"))
    one.machine = {"services": {"postgres": {"version": "18"}}}
    assert not set(history.point(one, "").asked.values()) & set(
        kept(_edit(other, ask)).asked.values()
    )


def test_a_run_is_kept_once_with_every_ratio_to_its_reference(
    simulated: Callable[..., Run], tmp_path: Path
) -> None:
    """And the chart and the CSV have it."""
    file, run = (
        tmp_path / "new" / "history.jsonl",
        _edit(simulated("postgres_read"), lambda plan: plan.update(on="host")),
    )
    for at in ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"):
        history.append(file, 2 * [history.point(run, at)])
    (kept,) = history.read(file)
    assert set(kept.ratios) == {
        "postgres_read/threaded",
        "postgres_read/awaiting",
        "postgres_read/offloaded",
    }
    assert all(low <= middle <= high for low, middle, high in kept.ratios.values())
    assert history.csv([kept]).startswith("time,commit,postgres_read/threaded,")
    assert (
        draw([kept, *[replace(kept, run=str(n)) for n in range(5)]], tmp_path / "history")
        .read_text()
        .startswith("<?xml")
    )


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


def test_what_is_invalid_in_either_run_is_not_compared(
    simulated: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And two runs without a figure in common are no empty table."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    monkeypatch.setattr(
        "harness.judge.comparison.answer",
        lambda *words: replace(answer(*words), invalid="it is noisy"),
    )
    for claims in (False, True):
        with pytest.raises(BenchError, match="no valid figure in common"):
            compare(one, other, claims=claims)


def test_a_figure_of_a_stand_in_is_labelled(simulated: Callable[..., Run]) -> None:
    """Wherever it is shown."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    lines = [json.loads(line) for line in one.measured.read_text().splitlines()]
    one.measured.write_text(
        "".join(json.dumps(line | {"caveats": ["STAND_IN"]}) + "\n" for line in lines)
    )
    assert all(pair.what.endswith("(of a stand-in)") for pair in compare(one, other, claims=False))
    kept = history.point(_edit(one, lambda plan: plan.update(on="host")), "")
    assert all(name.endswith("(of a stand-in)") for name in kept.ratios)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("machine: cores", {"machine": {"cores": 64}}),
        ("versions: fastapi", {"versions": {"fastapi": "0.1"}}),
        ("services", {"services": "other"}),
    ],
)
def test_runs_under_other_conditions_are_refused_with_the_field(
    simulated: Callable[..., Run], field: str, value: dict[str, object]
) -> None:
    """Their ratios may be compared all the same."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    one.machine, other.machine = (
        {"machine": {"cores": 2}, "versions": {"fastapi": "1"}, "services": "these"},
        {"machine": {"cores": 2}, "versions": {"fastapi": "1"}, "services": "these"} | value,
    )
    with pytest.raises(BenchError, match=f"the runs differ in {field}"):
        list(compare(one, other, claims=False))
    assert list(compare(one, other, claims=True))


def _edit(run: Run, change: Callable[[dict[str, Any]], None]) -> Run:
    path = run.folder / "plan.json"
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))
    return Run(run.folder)


def test_another_budget_is_refused_with_its_name(simulated: Callable[..., Run]) -> None:
    """Even where only ratios are compared."""
    one, other = (simulated("postgres_read", folder=name) for name in ("one", "other"))
    other = _edit(other, lambda plan: plan["scenarios"][0]["budget"].update(connections=20))
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
