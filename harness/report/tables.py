"""What stands in the tables of the page and of the summary alike, as rows of text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness import plan
from harness.report import reading as seen
from harness.report import words
from harness.report.reading import Reading
from harness.scenario import Metric, bystander_p99, capacity, cpu_per_request, p50

Rows = list[tuple[str, ...]]

CLAIMS = ("scenario", "claim", "measured", "judgement")


def claims(readings: Sequence[Reading]) -> Rows:
    """Set every claim of the run beside what was measured and how it is judged."""
    return [
        (
            reading.scenario.name,
            f"{claim.subject} at least {claim.at_least:g}× better than {claim.over}, by {reading.scenario.primary.label}",
            words.gain(gain) if gain else f"no answer: {seen.silence(reading) or 'too few requests in a block'}",
            judgement.value,
        )
        for reading in readings
        for claim, gain, judgement in seen.claims(reading)
    ]


def variants(reading: Reading) -> tuple[tuple[str, ...], Rows]:
    """Give the heads of the table of variants and a row for each."""
    quiet, calm = (seen.loads(reading)[0], seen.calm(reading)) if seen.loads(reading) else (None, None)
    metrics = [capacity, cpu_per_request, *([] if quiet is None else [p50(quiet)]), *([] if calm is None else [bystander_p99(calm)])]
    metrics = list(dict.fromkeys([reading.scenario.primary, *metrics]))
    facts = ("variant", "what it does", "runs on", "ceiling, requests/s", "capacity of ceiling", "waits alone", "RSS")
    heads = (*facts, *(_head(reading, metric) for metric in metrics))
    return heads, [_variant(reading, variant.name, metrics) for variant in reading.scenario.variants]


def conditions(reading: Reading) -> Rows:
    """List the circumstances under which the numbers came about."""
    scenario, asked, profile = reading.scenario, reading.asked, reading.profile
    cells = [(load, seen.rate(reading, load)) for load in seen.loads(reading)]
    closed = reading.blocks[0][scenario.baseline.name].closed if reading.blocks else None
    return [
        ("machine", _listed(reading.machine.get("machine"))),
        ("processor cores", _listed(reading.machine.get("cores"))),
        ("versions", _listed(reading.machine.get("versions"))),
        ("services", "; ".join(_service(name, reading.machine) for name in scenario.needs) or "none needed"),
        ("servers", f"--on {asked.on}, {len(reading.blocks)} whole blocks, order drawn from seed {asked.seed}"),
        ("profile", f"{asked.profile}: {_looks(reading)}; closed loop for {profile.closed_s:g} s, each open load for {profile.open_s:g} s"),
        ("budget", f"workers {scenario.budget.workers}, threads {scenario.budget.threads}, connections {scenario.budget.connections}"),
        ("knobs", _listed(scenario.knobs) if scenario.knobs else "none"),
        ("workload", f"{scenario.workload}, {scenario.clients} clients in the closed loop" + (f", deadline {closed.deadline_s:g} s" if closed else "")),
        ("offered", "; ".join(f"{load:g}× = {words.number(rate)} requests/s" for load, rate in cells) or "no open load"),
        ("code", f"commit {asked.commit or 'unknown'}"),
    ]


def _looks(reading: Reading) -> str:
    if not reading.profile.judged:
        return "never judged"
    return f"judged after {' and '.join(str(look) for look in plan.looks(reading.scenario, reading.profile))} blocks, or until settled"


def _head(reading: Reading, metric: Metric) -> str:
    unit = {"s": "ms"}.get(metric.unit, metric.unit)
    at = "" if metric.at is None else f" at {metric.at:g}×"
    return f"{metric.name}{at}, {unit}" + (" (decides)" if metric == reading.scenario.primary else "")


def _variant(reading: Reading, name: str, metrics: Sequence[Metric]) -> tuple[str, ...]:
    variant = reading.scenario.variant(name)
    own = reading.table.xs(name, level="variant")
    ceiling = seen.ceiling(reading, name)
    reached = seen.typical(reading, capacity, name)
    share = words.percent(reached.estimate / ceiling) if reached and ceiling and math.isfinite(ceiling) else "n/a"
    facts = (words.number(ceiling), share, words.ms(float(own["wait alone"].median())), f"{own['RSS'].median() / 1e6:,.0f} MB")
    return name, variant.does, variant.runs_on, *facts, *(_level(reading, metric, name) for metric in metrics)


def _level(reading: Reading, metric: Metric, name: str) -> str:
    return words.whole(seen.typical(reading, metric, name), (lambda s: words.ms(s).removesuffix(" ms")) if metric.unit == "s" else words.number)


def _service(name: str, machine: Mapping[str, Any]) -> str:
    found = machine.get("services", {}).get(name)
    if not found:
        return f"{name}: not recorded"
    kind = {True: "the real thing", False: "a stand-in"}.get(found.get("real"), "not known whether real")
    return f"{name}: {found.get('provider', 'unknown provider')}, version {found.get('version', 'unknown')}, {kind}"


def _listed(found: object) -> str:
    if not isinstance(found, Mapping) or not found:
        return "not recorded"
    return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_listed(value)})"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else f"{value:g}" if isinstance(value, float) else str(value)
