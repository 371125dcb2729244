"""What a gate writes is read by the formats' own readers, and shows what was found."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, RootModel

from harness.catalogue import catalogue
from harness.judge import gate
from harness.judge.gate import (
    CAPACITY,
    CPU,
    Confirmed,
    ContestResult,
    MetricChange,
    Screened,
)
from harness.judge.interval import Interval
from harness.model.metric import Metric
from harness.model.reading import Bound
from harness.project import ROOT
from harness.report.gate import Outcome
from harness.report.render import exports, gate_terminal
from harness.report.render.gate_markdown import MARK

POSTGRES = catalogue()["postgres_read"]
CONTESTS, _ = gate.contests(POSTGRES, POSTGRES)


UNCHANGED, WIDE = Interval(1.0, 0.99, 1.01, 4), Interval(1.01, 0.95, 1.08, 4)
CAPACITY_KEPT, CPU_UP = Interval(1.001, 0.99, 1.012, 4), Interval(1.081, 1.059, 1.102, 4)
FRESH_CPU = Interval(1.074, 1.061, 1.087, 10)


def change(
    metric: Metric, cost: Interval, *, suspect: bool = False, cleared: bool = True
) -> MetricChange:
    """Return what the first blocks say of a metric."""
    return MetricChange(metric, cost, suspect, cleared, faster=False, detectable=1.062)


SUSPECT = Screened(
    (change(CAPACITY, CAPACITY_KEPT), change(CPU, CPU_UP, suspect=True, cleared=False))
)
SLOWER = Confirmed({CPU.name: FRESH_CPU}, (CPU.name,), settled=True)
CLEARED = Confirmed({CPU.name: UNCHANGED}, (), settled=True)
SAME = Screened((change(CAPACITY, UNCHANGED), change(CPU, UNCHANGED)), void=1)
UNCLEAR = Screened((change(CAPACITY, WIDE, cleared=False), change(CPU, WIDE, cleared=False)))
BROKEN = Screened(
    invalid="postgres_read-offloaded/head (evidence) answered 500 to /users/1 with <b>|",
    broken=True,
)
OUTCOME = Outcome(
    base="main (1a2b3c4d5)",
    head="the checkout at 4d5e6f7",
    margin=0.03,
    results=[
        ContestResult(CONTESTS[0], SAME),
        ContestResult(CONTESTS[1], SUSPECT, SLOWER),
        ContestResult(CONTESTS[2], UNCLEAR),
        ContestResult(CONTESTS[3], BROKEN),
    ],
    lone=["cache_get/new (only head has it)"],
    skipped=[],
    command="bench.py gate --base main",
    took_s=312,
)
GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_format_is_written_as_before(name: str) -> None:
    """Byte by byte; a wanted change is a change of golden/ as well."""
    assert exports.FORMATS[name](OUTCOME) == (GOLDEN / name).read_text(encoding="utf-8")


def test_junit_is_read_by_junitparser() -> None:
    """A regression is a failure, what failed an error, what is unclear skipped."""
    suite = next(iter(JUnitXml.fromstring(exports.junit(OUTCOME).encode())))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    assert [case.name for case in suite] == ["blocking", "threaded", "awaiting", "offloaded"]


def test_openmetrics_is_read_by_prometheus() -> None:
    """Head over base, with its bounds, by fresh blocks where there are any; a regression is 1."""
    written = exports.openmetrics(OUTCOME)
    families = text_string_to_metric_families(written)  # type: ignore[no-untyped-call]  # untyped
    samples = [sample for family in families for sample in family.samples]
    slow = {
        sample.labels["bound"]: sample.value
        for sample in samples
        if sample.labels.get("metric") == "cpu_per_request"
        and sample.labels["variant"] == "threaded"
    }
    assert slow == {"low": 1.061, "estimate": 1.074, "high": 1.087}
    red = [one for one in samples if one.name == "bench_gate_regression" and one.value == 1]
    assert [sample.labels["variant"] for sample in red] == ["threaded"]


class Measure(BaseModel):
    """What https://bencher.dev/bmf.json allows for one measure, and nothing besides."""

    model_config = ConfigDict(extra="forbid", strict=True)
    value: float
    lower_value: float | None = None
    upper_value: float | None = None


def test_bencher_metric_format_is_what_its_schema_says() -> None:
    """Benchmarks of measures of up to three numbers, the middle one in the middle."""
    schema = RootModel[dict[str, dict[str, Measure]]]
    found = schema.model_validate_json(exports.bencher(OUTCOME)).root
    names = ("blocking", "threaded", "awaiting")
    assert set(found) == {f"postgres_read/{name}" for name in names}
    measure = found["postgres_read/threaded"]["capacity"]
    assert (measure.lower_value or 0) < measure.value < (measure.upper_value or 0)


def test_the_two_files_of_action_benchmark_share_the_metrics_by_what_is_better() -> None:
    """Each entry has a name of its own, a unit and a number."""
    smaller, bigger = (
        json.loads(exports.FORMATS[f"{which}-is-better.json"](OUTCOME))
        for which in ("smaller", "bigger")
    )
    assert {entry["name"].partition(": ")[2] for entry in smaller} == {"CPU per request"}
    assert {entry["name"].partition(": ")[2] for entry in bigger} == {"capacity"}
    every = (*smaller, *bigger)
    assert all(isinstance(entry["value"], float) and entry["unit"] for entry in every)
    assert len({entry["name"] for entry in every}) == len(every)


def test_gate_json_says_of_each_contest_what_was_found() -> None:
    """Its verdict, and of the screen and of fresh blocks the cost of each metric."""
    found = {one["variant"]: one for one in json.loads(exports.gate_json(OUTCOME))}
    assert found["threaded"] == {
        "scenario": "postgres_read",
        "variant": "threaded",
        "verdict": "regression",
        "confirmed": ["CPU per request"],
        "broken": False,
        "screen": {
            "blocks": 4,
            "cost": {"capacity": [1.001, 0.99, 1.012], "CPU per request": [1.081, 1.059, 1.102]},
            "suspects": ["CPU per request"],
            "faster": [],
            "void": 0,
            "invalid": "",
        },
        "fresh": {
            "blocks": 10,
            "cost": {"CPU per request": [1.074, 1.061, 1.087]},
            "settled": True,
            "invalid": "",
        },
    }
    offloaded = found["offloaded"]
    assert offloaded["broken"]
    assert offloaded["fresh"] is None
    assert (offloaded["screen"]["blocks"], offloaded["screen"]["cost"]) == (0, {})
    assert offloaded["screen"]["invalid"] == BROKEN.invalid


def test_a_collapse_has_no_upper_bound_in_gate_json() -> None:
    """JSON has no infinity, and the formats without a word for it leave it out."""
    gone = Interval(700.0, 600.0, math.inf, 4, Bound.AT_LEAST)
    collapse = Screened((change(CAPACITY, gone, suspect=True, cleared=False),))
    outcome = replace(OUTCOME, results=[ContestResult(CONTESTS[0], collapse)])
    (found,) = json.loads(exports.gate_json(outcome))
    assert found["screen"]["cost"]["capacity"] == [700, 600, None]
    assert json.loads(exports.bencher(outcome)) == {}


def test_the_markdown_can_be_found_again_and_begins_with_the_worst() -> None:
    """By the mark that the workflow looks for."""
    found = exports.FORMATS["gate.md"](OUTCOME)
    assert found.startswith(MARK)
    assert MARK in (ROOT / ".github" / "workflows" / "gate.yaml").read_text()
    first = next(line for line in found.splitlines() if line.startswith("| postgres_read"))
    assert "threaded" in first
    assert "cache_get/new (only head has it)" in found


def test_what_an_app_answered_cannot_break_out_of_the_markdown() -> None:
    """Neither as HTML nor as a further cell."""
    found = exports.FORMATS["gate.md"](OUTCOME)
    assert "<b>" not in found
    assert "&lt;b>\\|" in found


def test_what_cannot_be_told_says_what_could() -> None:
    """With the power it would be detected with."""
    found = gate_terminal.contest(ContestResult(CONTESTS[2], UNCLEAR))
    first, *metrics = found.splitlines()
    assert first == (
        "? postgres_read/awaiting: unclear: here only changes ≥ 6.2 % of capacity "
        "and ≥ 6.2 % of CPU per request can be detected (80 % power)"
    )
    assert len(metrics) == 2


def test_what_fresh_blocks_found_of_a_suspect_is_said() -> None:
    """And that there were none."""
    alone = gate_terminal.contest(ContestResult(CONTESTS[1], SUSPECT))
    assert "slower by its CPU per request in the first blocks, but there was no time" in alone
    cleared = gate_terminal.contest(ContestResult(CONTESTS[1], SUSPECT, CLEARED))
    assert "no slower: slower by its CPU per request in the first blocks, but fresh" in cleared
    confirmed = gate_terminal.contest(OUTCOME.results[1])
    assert confirmed.count("again, ") == 1


def test_the_figures_of_a_suspect_are_those_of_its_fresh_blocks() -> None:
    """What made it suspect is larger than the truth as a rule."""
    found = exports.FORMATS["gate.md"](OUTCOME)
    assert "| CPU per request | +7.4 % | +6.1 … +8.7 % | 10 |" in found
    assert "+8.1 %" not in found
