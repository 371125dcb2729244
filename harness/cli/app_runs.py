"""The runs of `bench.py app`: an app that is served here, or one that runs already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.cli import console
from harness.cli.options import PROFILES
from harness.cli.run import drawing, next_step, resumable
from harness.experiment import own_app, session
from harness.experiment.own_visit import Visited, questions_of, scenario_of
from harness.experiment.session import Order, Session
from harness.experiment.target import light_path
from harness.model.facts import OpenLoop
from harness.model.metric import capacity
from harness.model.own_app import OwnApp
from harness.model.record import Record
from harness.report import sentences, wording
from harness.report.document import document
from harness.report.render import own_app_terminal as words
from harness.report.render import terminal
from harness.report.render.own_app_json import as_json
from harness.report.scenario_run import ScenarioRun, scenario_run

OF_AN_APP = {"smoke": "smoke", "quick": "app"}  # profiles that make an answer in two minutes
UNSEEN = (
    "where the handler ran",
    "what held the event loop",
    "hops to threads",
    "connections",
    "CPU and memory",
    "what would be faster",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How hard to look, and where runs are kept."""

    profile: str
    seed: int
    results: Path


def served(own: OwnApp, terms: Terms, lines: Console) -> dict[str, Any]:
    """Measure an app that is served here, print what is found, and return it as JSON has it."""
    began = own_app.start(
        own,
        profile=OF_AN_APP[terms.profile],
        seed=terms.seed,
        results=terms.results,
        say=lambda doing: lines.print(f"… {doing}"),
        seen=lambda visited: lines.print("\n".join(_first(visited))),
    )
    with began as begun:
        record = _measured(begun, lines)
    return as_json(record)


def running(own: OwnApp, terms: Terms, lines: Console) -> dict[str, Any]:
    """Measure an app that runs already, from outside, and return what is found as JSON has it."""
    url, asked = own.app.target, questions_of(own)
    plain = [one for one, other in zip(own.questions, asked, strict=True) if one.path == other.path]
    reading = [one.samples[0].path for one in plain if one.method == "GET"]
    idle = light_path(url, next(iter(reading), "/"))
    scenarios = [scenario_of(own, replace(one, idle=idle), ()) for one in own.questions]
    order = Order(
        scenarios=[one.for_target(url) for one in scenarios],
        profile=terms.profile,
        on="host",
        seed=terms.seed,
        results=terms.results,
        target=url,
        workloads={
            one.name: replace(other, idle=idle) for one, other in zip(scenarios, asked, strict=True)
        },
    )
    with session.start(order) as begun:
        lines.print(f"From outside one cannot see {', '.join(UNSEEN[:-1])}, nor {UNSEEN[-1]}.")
        lines.print("For all of that, give its import string: bench.py app shop.main:app")
        record = _measured(begun, lines)
    runs = [scenario_run(record, one) for one in record.asked.scenarios]
    for one in runs:
        if cell := one.half_load:
            lines.print(f"{_name(one)} at half load: {_latencies(cell)}")
    return {
        "app": url,
        "run": record.name,
        "unseen": list(UNSEEN),
        "routes": [_outside(one) for one in runs],
    }


def table(described: Mapping[str, Any]) -> Iterator[str]:
    """Yield every route of an app: where its handler and its dependencies run, and its hops."""
    head = ("method", "path", "handler", "dependencies", "hops", "needs")
    rows = [head, *map(_row, described["routes"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    yield f"Python {described['python']}, FastAPI {described['fastapi'] or 'none'}"


def _row(route: Mapping[str, Any]) -> Sequence[str]:
    kind = "async def" if route["coroutine"] else "def"
    dependencies = [f"{one['name']} {words.RUNS[one['runs_on']]}" for one in route["dependencies"]]
    return (
        route["method"] if route["kind"] == "http" else route["kind"],
        route["path"],
        f"{kind} {route['handler']} ({route['at']}), {words.RUNS[route['runs_on']]}",
        ", ".join(dependencies) or "–",
        f"{route['hops']:g}",
        ", ".join(route["needs"]) or "–",
    )


def _first(visited: Visited) -> Iterator[str]:
    """Yield what one visit of a route has shown."""
    asked = visited.workload
    path = (visited.route or {}).get("path", asked.path)
    yield f"{asked.method} {path}   {words.of_route(visited.route)}"
    if visited.alone.evidence:
        yield f"  seen alone: {sentences.of_evidence(visited.alone.evidence)}"
    what_ifs = [one.says for one in visited.tried[1:]]
    yield f"  to be tried beside it: {', '.join(what_ifs) or 'nothing makes sense here'}"


def _measured(begun: Session, lines: Console) -> Record:
    """Measure all that is missing, print each answer, draw it, and return all of it.

    At the end the answers of an app that is served here come again, with what was seen once after
    each, and so do several.
    """
    with resumable(begun.run):
        # Of the last profile, the next step is never to look harder.
        console.follow(
            begun, lambda found: next_step(found, PROFILES[-1]), drawing(begun.run), lines
        )
        from harness.report import draw  # noqa: PLC0415  matplotlib delays every start

        record, page = begun.run.record(), draw.draw(begun.run)
        begun.finish()
    several = len(begun.designs) > 1
    again = [
        terminal.answer(one)
        for one in document(record).sections
        if several or (record.asked.app and one.run.once)
    ]
    if again:
        lines.print("\n\n".join(["The answers", *again]))
    lines.print(f"\n→ {page}")
    return record


def _outside(run: ScenarioRun) -> dict[str, Any]:
    """Return what is known of a route from outside: rates in requests/s, times in seconds."""
    level, cell = run.typical(capacity, run.variants[0]), run.half_load
    workload = run.scenario.workload
    return {
        "method": workload.method,
        "path": workload.path,
        "capacity": {
            "measured": level and level.estimate,
            "low": level.low if level and level.bounded else None,
            "high": level.high if level and level.bounded else None,
        },
        "half_load": cell
        and {
            "rate": cell.rate,
            "p50_s": cell.work.quantile(0.5),
            "p99_s": cell.work.quantile(0.99),
        },
        "invalid": run.answer.invalid,
    }


def _name(run: ScenarioRun) -> str:
    return f"{run.scenario.workload.method} {run.scenario.workload.path}"


def _latencies(cell: OpenLoop) -> str:
    found = (("p50", cell.work.quantile(0.5)), ("p99", cell.work.quantile(0.99)))
    said = ", ".join(f"{name} {wording.ms(value)}" for name, value in found if value is not None)
    return f"{said} at {wording.rate(cell.rate)} (seen once)"
