"""What a gate writes is read by the formats' own readers, and shows what was found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import JUnitXml
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, RootModel

from harness.judge import gate
from harness.judge.gate import CAPACITY, CPU, Change, Result, Ruled, Ruling
from harness.judge.statistics import Interval
from harness.catalogue import catalogue
from harness.report.render import exports
from harness.report.render.gate import MARK, Outcome

CONTESTS, _ = gate.contests(catalogue()["postgres_read"], catalogue()["postgres_read"])
SLOWER = Ruled(
    (
        Change(CAPACITY, Interval(1.001, 0.99, 1.012, 8), Ruling.NO_SLOWER, 1.012),
        Change(CPU, Interval(1.081, 1.059, 1.102, 8), Ruling.SLOWER, 1.02),
    )
)
SAME = Ruled(
    tuple(
        replace(change, cost=Interval(1.0, 0.99, 1.01, 8), ruling=Ruling.NO_SLOWER)
        for change in SLOWER.changes
    ),
    voided=1,
)
UNCLEAR = Ruled(
    tuple(
        replace(change, cost=Interval(1.01, 0.95, 1.08, 28), ruling=Ruling.UNCLEAR, tells=1.062)
        for change in SLOWER.changes
    )
)
OUTCOME = Outcome(
    base="main (1a2b3c4d5)",
    head="the checkout at 4d5e6f7",
    margin=0.03,
    results=[
        Result(CONTESTS[0], SAME),
        Result(CONTESTS[1], SLOWER, SLOWER),
        Result(CONTESTS[2], UNCLEAR),
        Result(
            CONTESTS[3],
            Ruled(
                invalid="postgres_read-offloaded/head (pilot) answered 500 to /users/1", broken=True
            ),
        ),
    ],
    lone=["cache_get/new (only head has it)"],
    skipped=[],
    command="bench.py gate --base main",
    took_s=312,
)
GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_format_is_written_as_before(name: str) -> None:
    """Byte by byte; a wanted change is a change of tests/golden/ as well."""
    assert exports.FORMATS[name](OUTCOME) == (GOLDEN / name).read_text(encoding="utf-8")


def test_junit_is_read_by_junitparser() -> None:
    """A regression is a failure, what failed an error, what is unclear skipped."""
    suite = next(iter(JUnitXml.fromstring(exports.junit(OUTCOME).encode())))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    assert [case.name for case in suite] == ["blocking", "threaded", "awaiting", "offloaded"]


def test_openmetrics_is_read_by_prometheus() -> None:
    """Head over base, with its bounds; a regression is 1."""
    families = text_string_to_metric_families(exports.openmetrics(OUTCOME))  # type: ignore[no-untyped-call]  # it has no types
    samples = [sample for family in families for sample in family.samples]
    slow = {
        sample.labels["bound"]: sample.value
        for sample in samples
        if sample.labels.get("metric") == "cpu_per_request"
        and sample.labels["variant"] == "threaded"
    }
    assert slow == {"low": 1.059, "estimate": 1.081, "high": 1.102}
    assert [
        sample.labels["variant"]
        for sample in samples
        if sample.name == "bench_gate_regression" and sample.value == 1
    ] == ["threaded"]


class Measure(BaseModel):
    """What https://bencher.dev/bmf.json allows for one measure, and nothing besides."""

    model_config = ConfigDict(extra="forbid", strict=True)
    value: float
    lower_value: float | None = None
    upper_value: float | None = None


def test_bencher_metric_format_is_what_its_schema_says() -> None:
    """Benchmarks of measures of up to three numbers, the middle one in the middle."""
    found = (
        RootModel[dict[str, dict[str, Measure]]].model_validate_json(exports.bencher(OUTCOME)).root
    )
    assert set(found) == {
        "postgres_read/blocking",
        "postgres_read/threaded",
        "postgres_read/awaiting",
    }
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
    assert all(isinstance(entry["value"], float) and entry["unit"] for entry in (*smaller, *bigger))
    assert len({entry["name"] for entry in (*smaller, *bigger)}) == len(smaller) + len(bigger)


def test_the_markdown_can_be_found_again_and_begins_with_the_worst() -> None:
    """By the mark that the workflow looks for."""
    found = exports.FORMATS["gate.md"](OUTCOME)
    assert found.startswith(MARK)
    assert MARK in Path(__file__).parent.parent.joinpath(".github/workflows/gate.yaml").read_text()
    first = next(line for line in found.splitlines() if line.startswith("| postgres_read"))
    assert "threaded" in first
    assert "cache_get/new (only head has it)" in found
