"""What a gate found, in the formats that other tools read.

Every number is a ratio of head over base, because nothing else can be compared between machines.
Formats: JUnit XML (a contest is a test case, a regression a failure, what failed an error, what is
unclear skipped); github-action-benchmark's custom JSON
(https://github.com/benchmark-action/github-action-benchmark);
Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format/); OpenMetrics 1.0;
and `gate.json`, of this project's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from harness.judge.counts import CountChange
from harness.judge.gate import Confirmed, ContestResult, GateVerdict, Screened
from harness.judge.interval import Interval
from harness.model.metric import Metric
from harness.report.gate import Figure, Outcome, because, counted, figures
from harness.report.render.gate_markdown import markdown

PLURALS = {"failure": "failures", "error": "errors", "skipped": "skipped"}
DIGITS = 4  # behind the point
MICRO = 6  # digits of a second


def write(outcome: Outcome, folder: Path) -> Path:
    """Write every format into `folder`, and return the Markdown's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in FORMATS.items():
        (folder / name).write_text(render(outcome), encoding="utf-8")
    return folder / "gate.md"


def gate_json(outcome: Outcome) -> str:
    """Return a list with what was found of each contest.

    `screen` is what the first blocks found, `fresh` what blocks under another seed found of a
    suspect, null where there are none. `cost` is [estimate, low, high] of head over base by
    metric: above 1 is slower, and null stands for infinity. `counts` is there where anything was
    counted that head has more of: seconds for which a request holds the loop, hops, connections.
    """
    found = [
        {
            "scenario": result.contest.of,
            "variant": result.contest.variant,
            "verdict": result.verdict,
            "confirmed": list(result.fresh.slower) if result.fresh else [],
            "broken": result.broken,
            **({"counts": list(map(_counted, result.counts))} if result.counts else {}),
            "screen": _screen(result.screened),
            "fresh": _fresh(result.fresh) if result.fresh else None,
        }
        for result in outcome.results
    ]
    return json.dumps(found, indent=1) + "\n"


def junit(outcome: Outcome) -> str:
    """Return JUnit XML, as GitLab and Jenkins show it."""
    suite = ET.Element("testsuite", name="performance gate", time=f"{outcome.took_s:.0f}")
    kinds = [_case(suite, result) for result in outcome.results]
    suite.set("tests", str(len(kinds)))
    for kind, plural in PLURALS.items():
        suite.set(plural, str(kinds.count(kind)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def action_benchmark(better: Literal["higher", "lower"]) -> Callable[[Outcome], str]:
    """Return a renderer of github-action-benchmark's JSON, of the metrics that are better so."""

    def render(outcome: Outcome) -> str:
        entries = [
            {
                "name": f"{result.contest.title}: {figure.metric.name}",
                "unit": "head/base",
                "value": round(level, DIGITS),
                "range": f"{low:.4f} to {high:.4f}",
                "extra": f"{because(result)}; 95 % CI, {figure.cost.n} blocks",
            }
            for result, figure, (low, level, high) in _ratios(outcome)
            if figure.metric.better == better
        ]
        return json.dumps(entries, indent=1) + "\n"

    return render


def bencher(outcome: Outcome) -> str:
    """Return Bencher's metric format."""
    found: dict[str, dict[str, Any]] = {}
    for result, figure, (low, level, high) in _ratios(outcome):
        measure = {"value": level, "lower_value": low, "upper_value": high}
        found.setdefault(result.contest.title, {})[_slug(figure.metric)] = measure
    return json.dumps(found, indent=1) + "\n"


def openmetrics(outcome: Outcome) -> str:
    """Return OpenMetrics text."""
    ratio = GaugeMetricFamily(
        "bench_gate_ratio",
        "Head over base, by metric, with its interval.",
        labels=["scenario", "variant", "metric", "bound"],
    )
    regression = GaugeMetricFamily(
        "bench_gate_regression",
        "1 where head is slower, found again by fresh blocks.",
        labels=["scenario", "variant"],
    )
    for result, figure, ratios in _ratios(outcome):
        labels = [result.contest.of, result.contest.variant, _slug(figure.metric)]
        for bound, value in zip(("low", "estimate", "high"), ratios, strict=True):
            ratio.add_metric([*labels, bound], value)
    for result in outcome.results:
        labels = [result.contest.of, result.contest.variant]
        regression.add_metric(labels, float(result.verdict is GateVerdict.REGRESSION))
    registry = CollectorRegistry()
    registry.register(_Families([ratio, regression]))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]  # it has no types
    return text.decode()


class _Families:
    """Families that are already complete, as a registry wants them."""

    def __init__(self, families: Sequence[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the families."""
        yield from self._families


FORMATS: dict[str, Callable[[Outcome], str]] = {
    "gate.md": markdown,
    "gate.json": gate_json,
    "junit.xml": junit,
    "smaller-is-better.json": action_benchmark("lower"),
    "bigger-is-better.json": action_benchmark("higher"),
    "bencher.json": bencher,
    "openmetrics.txt": openmetrics,
}


def _case(suite: ET.Element, result: ContestResult) -> str:
    """Add a test case, and return what it is besides: failure, error, skipped, or passed."""
    contest = result.contest
    case = ET.SubElement(suite, "testcase", classname=contest.of, name=contest.variant)
    lines = "\n".join([*map(counted, result.counts), *map(str, figures(result))])
    kind = {
        GateVerdict.REGRESSION: "failure",
        GateVerdict.UNCLEAR: "skipped",
        GateVerdict.INVALID: "error" if result.broken else "skipped",
        GateVerdict.PASSED: "system-out",
        GateVerdict.FASTER: "system-out",
    }[result.verdict]
    attributes = {"message": because(result)} if kind in PLURALS else {}
    ET.SubElement(case, kind, attributes).text = lines
    return kind


def _ratios(
    outcome: Outcome,
) -> Iterator[tuple[ContestResult, Figure, tuple[float, float, float]]]:
    """Yield (low, estimate, high) of head over base for each figure whose interval is finite.

    These formats have no word for a collapse.
    """
    for result, figure in outcome.judged:
        cost = figure.cost
        found = cost.low, cost.estimate, cost.high
        if all(math.isfinite(value) and value > 0 for value in found):
            if figure.metric.better == "higher":
                found = 1 / cost.high, 1 / cost.estimate, 1 / cost.low
            yield result, figure, found


def _counted(change: CountChange) -> dict[str, Any]:
    found = asdict(change)
    return {**found, **{side: round(found[side], MICRO) for side in ("base", "head")}}


def _screen(found: Screened) -> dict[str, Any]:
    return {
        "blocks": max((change.cost.n for change in found.changes), default=0),
        "cost": {change.metric.name: _rounded(change.cost) for change in found.changes},
        "suspects": list(found.suspects),
        "faster": [change.metric.name for change in found.changes if change.faster],
        "void": found.void,
        "invalid": found.invalid,
    }


def _fresh(found: Confirmed) -> dict[str, Any]:
    return {
        "blocks": max((cost.n for cost in found.costs.values()), default=0),
        "cost": {metric: _rounded(cost) for metric, cost in found.costs.items()},
        "settled": found.settled,
        "invalid": found.invalid,
    }


def _rounded(cost: Interval) -> list[float | None]:
    found = cost.estimate, cost.low, cost.high
    return [round(value, DIGITS) if math.isfinite(value) else None for value in found]


def _slug(metric: Metric) -> str:
    return metric.name.lower().replace(" ", "_")
