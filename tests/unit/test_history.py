"""Change points are found where a series changed, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import bench
from harness.judge import history
from harness.judge.history import Point
from harness.model.errors import BenchError
from harness.report.charts.history import draw
from harness.store import history as store
from harness.store.run import Run
from tests.support.simulated import on_host


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
    found = [history.change_points(drawn(seed, 10, 9.5)) for seed in range(40)]
    assert sum(len(one) == 1 and abs(one[0].at - 30) <= 2 for one in found) >= 38


def test_a_step_there_and_back_is_two_changes() -> None:
    """Which a single cut does not see as a change of the mean."""
    for seed in range(10):
        found = history.change_points(drawn(seed, 10, 9, 10))
        assert [round(one.share, 1) for one in found] == [-0.1, 0.1]


def test_noise_has_no_change_points() -> None:
    """At most one in five hundred series of a hundred points has a change of 2 %."""
    assert sum(bool(history.change_points(drawn(seed, 10, each=100))) for seed in range(100)) == 0


def test_only_a_change_to_the_worse_among_the_newest_is_an_alarm() -> None:
    """An old one is history, and a better one is good news."""
    assert [
        (name, change.at) for name, _, change in history.alarms(points(drawn(1, 10, 9, each=15)))
    ] == [("one/other", 15)]
    assert not list(history.alarms(points(drawn(1, 9, 10, each=15))))
    assert not list(history.alarms(points(drawn(1, 10, 9, each=30))))


def test_points_stand_in_the_order_of_their_commits() -> None:
    """However they were given; what git does not know stays where it is."""
    first, second, third = points([1.0, 2.0, 3.0])
    changed = replace(first, commit="c0-dirty")
    unknown = replace(first, commit="unknown")
    kept = [third, changed, unknown, second, first]
    places = {"c0": 7, "c0-dirty": 7, "c1": 8, "c2": 9}
    assert history.ordered(kept, places) == [first, changed, unknown, second, third]
    assert history.ordered(kept, {}) == kept


def test_an_older_commit_that_is_kept_later_is_not_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a change to the better would read as one to the worse."""
    better = points(drawn(1, 9, 10, each=15))
    file = tmp_path / "history.jsonl"
    store.append(file, [*better[15:], *better[:15]])
    places = {one.commit: number for number, one in enumerate(better)}
    monkeypatch.setattr("harness.cli.history.order_of", lambda _: places)
    result = CliRunner().invoke(bench, ["history", "--file", str(file)])
    assert result.exit_code == 0, result.output
    svg = file.with_suffix(".svg").read_text()
    assert "c0" in svg
    assert "c29" in svg
    monkeypatch.setattr("harness.cli.history.order_of", lambda _: {})
    assert CliRunner().invoke(bench, ["history", "--file", str(file)]).exit_code == 1


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
    record = simulated("postgres_read").record()
    with pytest.raises(BenchError, match="is simulated"):
        history.point(record, "")
    with pytest.raises(BenchError, match="did not come to its end"):
        history.point(replace(on_host(record), finished=False), "")


@pytest.mark.parametrize("change", ["place", "knobs", "services"])
def test_the_place_the_knobs_and_the_services_are_part_of_what_is_asked(
    simulated: Callable[..., Run], change: str
) -> None:
    """Else what they do would be said of the code."""
    services = {"services": {"postgres": {"version": "18"}}}
    one = replace(on_host(simulated("postgres_read").record()), machine=services)
    (scenario,) = one.asked.scenarios
    turned = scenario.with_knobs({"wait_ms": 50})
    other = {
        "place": replace(one, asked=replace(one.asked, on="docker")),
        "knobs": replace(one, asked=replace(one.asked, scenarios=(turned,))),
        "services": replace(one, machine={"services": {"postgres": {"version": "99"}}}),
    }[change]
    digests = [set(history.point(record, "").asked.values()) for record in (one, other)]
    assert not digests[0] & digests[1]


def test_a_run_is_kept_once_with_every_ratio_to_its_reference(
    simulated: Callable[..., Run], tmp_path: Path
) -> None:
    """And the chart and the CSV have it."""
    file, record = tmp_path / "new" / "history.jsonl", on_host(simulated("postgres_read").record())
    for at in ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"):
        store.append(file, 2 * [history.point(record, at)])
    (kept,) = store.read(file)
    assert set(kept.ratios) == {
        "postgres_read/threaded",
        "postgres_read/awaiting",
        "postgres_read/offloaded",
    }
    assert all(low <= middle <= high for low, middle, high in kept.ratios.values())
    assert history.csv([kept]).startswith("time,commit,postgres_read/threaded,")
    several = [kept, *[replace(kept, run=str(n)) for n in range(5)]]
    assert draw(several, tmp_path / "history").read_text().startswith("<?xml")


def test_a_ratio_of_a_stand_in_is_labelled(simulated: Callable[..., Run]) -> None:
    """In the history as wherever else it is shown."""
    record = on_host(simulated("postgres_read").record())
    stand_in = [
        replace(one, setting=replace(one.setting, stand_ins=("postgres",)))
        for one in record.measurements
    ]
    kept = history.point(replace(record, measurements=stand_in), "")
    assert all(name.endswith("(of a stand-in)") for name in kept.ratios)


def test_a_damaged_history_is_refused_with_its_line(tmp_path: Path) -> None:
    """The rest is left as it is."""
    file = tmp_path / "history.jsonl"
    file.write_text("{\n")
    with pytest.raises(BenchError, match="line 1, cannot be read"):
        store.read(file)
