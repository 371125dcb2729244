"""What a gate found, in the formats that other tools read. Every number is a ratio of head over base, for nothing else travels between machines.

Formats: JUnit XML (a contest is a test case, a regression a failure, what failed an error, what is unclear skipped); github-action-benchmark's custom JSON
(https://github.com/benchmark-action/github-action-benchmark);
Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format/); OpenMetrics 1.0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from harness.judge.gate import Change, Result, Verdict
from harness.model.scenario import Metric
from harness.report.render.gate import Outcome, because, between, markdown, percent, title, variant


def write(outcome: Outcome, folder: Path) -> Path:
    """Write every format into `folder`, and give the Markdown's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in FORMATS.items():
        (folder / name).write_text(render(outcome), encoding="utf-8")
    return folder / "gate.md"


def junit(outcome: Outcome) -> str:
    """Write JUnit XML, as GitLab and Jenkins show it."""
    suite = ET.Element("testsuite", name="performance gate", time=f"{outcome.took_s:.0f}")
    counts = {"tests": len(outcome.results), "failures": 0, "errors": 0, "skipped": 0}
    for result in outcome.results:
        case = ET.SubElement(
            suite, "testcase", classname=result.contest.folder, name=variant(result)
        )
        kind = {
            Verdict.REGRESSION: "failure",
            Verdict.UNCLEAR: "skipped",
            Verdict.INVALID: "error" if result.first.broken else "skipped",
        }.get(result.verdict)
        if kind:
            counts[{"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]] += 1
            ET.SubElement(case, kind, message=because(result)).text = "\n".join(_lines(result))
        else:
            ET.SubElement(case, "system-out").text = "\n".join(_lines(result))
    suite.attrib |= {name: str(count) for name, count in counts.items()}
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def action_benchmark(better: str) -> Callable[[Outcome], str]:
    """Write the JSON of github-action-benchmark, for the metrics of which more is better, or less."""

    def render(outcome: Outcome) -> str:
        entries = [
            {
                "name": f"{title(result)}: {change.metric.name}",
                "unit": "head/base",
                "value": round(level, 4),
                "range": f"{low:.4f} to {high:.4f}",
                "extra": f"{because(result)}; 95 % CI, {change.cost.n} blocks",
            }
            for result, change in _changes(outcome.results)
            if change.metric.better == better
            for low, level, high in (_ratio(change),)
        ]
        return json.dumps(entries, indent=1) + "\n"

    return render


def bencher(outcome: Outcome) -> str:
    """Write Bencher's metric format."""
    found: dict[str, dict[str, Any]] = {}
    for result, change in _changes(outcome.results):
        low, level, high = _ratio(change)
        found.setdefault(title(result), {})[_slug(change.metric)] = {
            "value": level,
            "lower_value": low,
            "upper_value": high,
        }
    return json.dumps(found, indent=1) + "\n"


def openmetrics(outcome: Outcome) -> str:
    """Write OpenMetrics text."""
    ratio = GaugeMetricFamily(
        "bench_gate_ratio",
        "Head over base, by metric, with its interval.",
        labels=["scenario", "variant", "metric", "bound"],
    )
    regression = GaugeMetricFamily(
        "bench_gate_regression",
        "1 where head is slower, confirmed by a second run.",
        labels=["scenario", "variant"],
    )
    for result, change in _changes(outcome.results):
        for bound, value in zip(("low", "estimate", "high"), _ratio(change), strict=True):
            ratio.add_metric(
                [result.contest.folder, variant(result), _slug(change.metric), bound], value
            )
    for result in outcome.results:
        regression.add_metric(
            [result.contest.folder, variant(result)], float(result.verdict is Verdict.REGRESSION)
        )
    registry = CollectorRegistry()
    registry.register(_Families([ratio, regression]))
    return bytes(generate_latest(registry)).decode()  # type: ignore[no-untyped-call]  # it has no types


class _Families:
    """Metrics that are already made, as a collector."""

    def __init__(self, families: Sequence[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give them."""
        yield from self._families


FORMATS: dict[str, Callable[[Outcome], str]] = {
    "gate.md": markdown,
    "junit.xml": junit,
    "smaller-is-better.json": action_benchmark("lower"),
    "bigger-is-better.json": action_benchmark("higher"),
    "bencher.json": bencher,
    "openmetrics.txt": openmetrics,
}


def _changes(results: Sequence[Result]) -> Iterator[tuple[Result, Change]]:
    """Give every change whose interval is finite; formats of numbers have no word for a collapse."""
    for result in results:
        for change in result.first.changes:
            if all(
                math.isfinite(value) and value > 0
                for value in (change.cost.low, change.cost.estimate, change.cost.high)
            ):
                yield result, change


def _ratio(change: Change) -> tuple[float, float, float]:
    """Give head over base: low, estimate, high."""
    cost = change.cost
    return (
        (cost.low, cost.estimate, cost.high)
        if change.metric.better == "lower"
        else (1 / cost.high, 1 / cost.estimate, 1 / cost.low)
    )


def _lines(result: Result) -> list[str]:
    return [
        f"{change.metric.name}: head costs {percent(change)} ({between(change)}, {change.cost.n} blocks), {change.ruling}"
        for change in result.first.changes
    ]


def _slug(metric: Metric) -> str:
    return metric.name.lower().replace(" ", "_")
