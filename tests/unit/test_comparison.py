"""Two runs are compared only where they may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.judge.comparison import compare
from harness.model.errors import BenchError
from harness.model.record import Record
from harness.report.render import markdown
from harness.store.run import Run
from tests.support.simulated import on_host

Simulated = Callable[..., Run]
CONDITIONS = {"machine": {"cores": 2}, "versions": {"fastapi": "1"}, "services": "these"}


def test_two_runs_of_one_plan_are_compared(simulated: Simulated) -> None:
    """Level by level, or ratio by ratio."""
    one, other = (simulated("postgres_read", folder=name).record() for name in ("one", "other"))
    levels, ratios = (compare(one, other, claims=claims) for claims in (False, True))
    assert len(levels) == 4
    assert len(ratios) == 3
    assert not any(pair.differs for pair in (*levels, *ratios))


def test_levels_have_their_unit_and_are_not_judged(simulated: Simulated) -> None:
    """Ratios are, and neither is a bare number."""
    record = simulated("hop").record()
    rows = [
        markdown.comparison(compare(record, record, claims=claims)).splitlines()[2]
        for claims in (False, True)
    ]
    level, ratio = ([cell.strip() for cell in row.split("|")[1:-1]] for row in rows)
    assert re.fullmatch(r"[\d.]+ µs \[[\d.]+ to [\d.]+\]", level[2]), level
    assert level[-1] == "not judged"
    assert re.fullmatch(r"[\d.]+× \[[\d.]+× to [\d.]+×\]", ratio[2]), ratio
    assert ratio[-1] == "not shown"


def test_what_is_invalid_in_either_run_is_not_compared(simulated: Simulated) -> None:
    """And two runs without a figure in common are no empty table."""
    one = simulated("postgres_read").record()
    noisy = replace(one, measurements=[replace(each, foreign=0.9) for each in one.measurements])
    for claims in (False, True):
        with pytest.raises(BenchError, match="no valid figure in common"):
            compare(one, noisy, claims=claims)


def test_a_figure_of_a_stand_in_is_labelled(simulated: Simulated) -> None:
    """Wherever it is shown."""
    record = on_host(simulated("postgres_read").record())
    stand_in = [
        replace(one, setting=replace(one.setting, stand_ins=("postgres",)))
        for one in record.measurements
    ]
    pairs = compare(record, replace(record, measurements=stand_in), claims=False)
    assert all(pair.what.endswith("(of a stand-in)") for pair in pairs)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("machine: cores", {"machine": {"cores": 64}}),
        ("versions: fastapi", {"versions": {"fastapi": "0.1"}}),
        ("services", {"services": "other"}),
    ],
)
def test_runs_under_other_conditions_are_refused_with_the_field(
    simulated: Simulated, field: str, value: dict[str, object]
) -> None:
    """Their ratios may be compared all the same."""
    one = replace(simulated("postgres_read").record(), machine=CONDITIONS)
    other = replace(one, machine=CONDITIONS | value)
    with pytest.raises(BenchError, match=f"the runs differ in {field}"):
        compare(one, other, claims=False)
    assert compare(one, other, claims=True)


@pytest.mark.parametrize(
    ("field", "changes"), [("place", {"on": "docker"}), ("profile", {"profile": "standard"})]
)
def test_runs_of_another_place_or_profile_are_refused(
    simulated: Simulated, field: str, changes: dict[str, Any]
) -> None:
    """Their levels are not measured in the same way."""
    one = simulated("postgres_read").record()
    other = replace(one, asked=replace(one.asked, **changes))
    with pytest.raises(BenchError, match=f"the runs differ in {field}"):
        compare(one, other, claims=False)


def test_another_budget_is_refused_with_its_name(simulated: Simulated) -> None:
    """Even where only ratios are compared."""
    one = simulated("postgres_read").record()
    (scenario,) = one.asked.scenarios
    larger = replace(scenario, budget=replace(scenario.budget, connections=20))
    other: Record = replace(one, asked=replace(one.asked, scenarios=(larger,)))
    with pytest.raises(BenchError, match="the runs differ in postgres_read: budget"):
        compare(one, other, claims=True)


def test_another_method_and_a_damaged_record_are_refused(simulated: Simulated) -> None:
    """By the reader, with file and line."""
    run = simulated("postgres_read")
    plan = run.folder / "plan.json"
    whole = plan.read_text()
    plan.write_text(whole.replace('"method": 4', '"method": 1'))
    with pytest.raises(BenchError, match="method 1"):
        Run(run.folder).record()
    plan.write_text(whole)
    run.measured.write_text("{damaged\n" + run.measured.read_text())
    with pytest.raises(BenchError, match=r"measurements\.jsonl, line 1, cannot be read"):
        Run(run.folder).record()
