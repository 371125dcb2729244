"""What is said of somebody's own app, for programs."""

from __future__ import annotations

from typing import Any

from harness.design.what_ifs import AS_IT_IS
from harness.model.metric import capacity
from harness.model.record import Record
from harness.report.own_app import OwnRoute, WhatIf, own_routes, predicted, to_do


def as_json(record: Record) -> dict[str, Any]:
    """Return all of it as JSON has it: rates in requests/s, times in seconds."""
    app = record.asked.app
    return {
        "app": app["app"],
        "run": record.name,
        "commit": app["commit"],
        "python": app["python"],
        "routes": [_route_json(one) for one in own_routes(record)],
    }


def _route_json(found: OwnRoute) -> dict[str, Any]:
    diagnosis, cell = found.diagnosis, found.run.half_load
    level = found.run.typical(capacity, AS_IT_IS)
    return {
        "method": found.run.scenario.workload.method,
        "path": (found.route or {}).get("path", found.run.scenario.workload.path),
        "route": found.route,
        "cause": diagnosis and diagnosis.cause.name,
        "line": diagnosis and diagnosis.line,
        "code": diagnosis and diagnosis.code,
        "library": diagnosis and diagnosis.library,
        "held": found.evidence and found.evidence.stood_still,
        "computing": found.evidence and found.evidence.computing,
        "hops": found.evidence and found.evidence.hops,
        "rules": found.described.get("rules"),
        "capacity": {
            "measured": level.estimate if level else diagnosis and diagnosis.load.capacity,
            "low": level.low if level and level.bounded else None,
            "high": level.high if level and level.bounded else None,
            "predicted": diagnosis and diagnosis.predicted,
            "law": diagnosis and diagnosis.law,
            "explained": diagnosis and diagnosis.explained,
        },
        "half_load": cell
        and {
            "rate": cell.rate,
            "p50_s": cell.work.quantile(0.5),
            "p99_s": cell.work.quantile(0.99),
            "idle_p99_s": cell.bystander.quantile(0.99),
        },
        "invalid": found.run.answer.invalid,
        "what_ifs": [_what_if_json(one) for one in found.what_ifs],
        "predicted": list(predicted(found)),
        "do": to_do(found),
    }


def _what_if_json(one: WhatIf) -> dict[str, Any]:
    gain = one.contrast.gain
    return {
        "name": one.name,
        "says": one.says,
        "verdict": one.verdict,
        "gain": gain and gain.estimate,
        "low": gain and gain.low,
        "high": gain and gain.high,
        "why": one.contrast.why,
    }
