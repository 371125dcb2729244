"""What is said of somebody's own app: its cause, its line, its what-ifs, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.design.what_ifs import AS_IT_IS
from harness.judge.answer import Contrast
from harness.judge.diagnosis import Cause, Diagnosis, Load, diagnose, load_of
from harness.judge.interval import Verdict
from harness.model.evidence import Evidence
from harness.model.facts import OpenLoop
from harness.model.metric import capacity
from harness.model.record import Record
from harness.report import sentences, wording
from harness.report.scenario_run import ScenarioRun, scenario_run
from harness.report.sentences import Sentence
from harness.report.wording import Cell

VERDICTS = {
    Verdict.BETTER: "PAYS",
    Verdict.WORSE: "HURTS",
    Verdict.SAME: "NO DIFFERENCE",
    Verdict.UNCLEAR: "CANNOT TELL",
    Verdict.INVALID: "CANNOT TELL",
}
AWAITABLE = {Cause.LOOP_WAITS, Cause.THREADS_USED_UP}  # where an async driver would help
RUNS = {"loop": "on the loop", "thread": "in a thread"}
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What was tried: in words, how it compares, and the change in code that it stands for."""

    name: str
    says: str
    contrast: Contrast

    @property
    def verdict(self) -> str:
        """PAYS, NO DIFFERENCE, HURTS or CANNOT TELL."""
        return VERDICTS[self.contrast.verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRoute:
    """One route of somebody's own app. `described` is what the plan keeps of it."""

    run: ScenarioRun
    described: Mapping[str, Any]
    evidence: Evidence | None
    diagnosis: Diagnosis | None
    what_ifs: tuple[WhatIf, ...]

    @property
    def route(self) -> Mapping[str, Any] | None:
        """How the agent describes it; None where no route of a known framework answers."""
        found: Mapping[str, Any] | None = self.described.get("route")
        return found

    @property
    def title(self) -> str:
        """The request."""
        workload = self.run.scenario.workload
        path = (self.route or {}).get("path", workload.path)
        return f"{workload.method} {path}"

    @property
    def best(self) -> WhatIf | None:
        """What pays most; None where nothing does."""
        pays = [one for one in self.what_ifs if one.verdict == "PAYS"]
        return max(
            pays,
            key=lambda one: one.contrast.gain.low if one.contrast.gain else 0.0,
            default=None,
        )


def own_routes(record: Record) -> list[OwnRoute]:
    """Return what a run of `bench.py app` says, route by route; nothing of other runs."""
    if not record.asked.app:
        return []
    return [own_route(scenario_run(record, one)) for one in record.asked.scenarios]


def own_route(run: ScenarioRun) -> OwnRoute:
    """Return what a run says of one route."""
    asked = run.record.asked.app
    described = asked["routes"][run.scenario.name]
    alone = run.evidence.get(AS_IT_IS)
    under_load = load_of(
        [
            one
            for one in run.record.measurements
            if one.trial.variant == AS_IT_IS and one.trial.kind == "deciding"
        ]
    )
    known = alone is not None and alone.evidence is not None and under_load is not None
    return OwnRoute(
        run=run,
        described=described,
        evidence=alone.evidence if alone else None,
        diagnosis=diagnose(described["route"], alone, under_load, asked["workers"])
        if known and alone and under_load
        else None,
        what_ifs=tuple(
            WhatIf(name=one.subject, says=described["tried"][one.subject], contrast=one)
            for one in run.answer.contrasts
            if one.over == AS_IT_IS
        ),
    )


def lines(found: OwnRoute) -> Iterator[str]:
    """Yield what is said of a route, line by line, for a terminal."""
    yield f"{found.title}   {of_route(found.route)}"
    yield ""
    for name, said in facts(found):
        yield f"{name:<14}{said}"
    if found.what_ifs:
        yield ""
        yield "WHAT IF, measured, your files untouched"
        width = max(len(one.says) for one in found.what_ifs)
        for one in found.what_ifs:
            yield f"  {one.says:<{width}}  {_gain(one)}"
    for said in predicted(found):
        yield ""
        yield "WHAT IF, predicted, not measured"
        yield f"  {said}"
    if advice := to_do(found):
        yield ""
        yield from advice


def headline(found: OwnRoute) -> Sentence:
    """Say the cause and the line, or that neither is known."""
    diagnosis = found.diagnosis
    if diagnosis is None:
        return Sentence(f"{found.title}: nothing was measured under load")
    line = f": {diagnosis.line}, `{diagnosis.code}`" if diagnosis.line else ""
    return Sentence(f"{found.title}: {diagnosis.cause}{line}")


def facts(found: OwnRoute) -> Iterator[tuple[str, str]]:
    """Yield what was seen, by name: the cause first."""
    seen, diagnosis = found.evidence, found.diagnosis
    if diagnosis is None:
        yield "CAUSE", "not known: no window under load was measured"
    else:
        yield "CAUSE", diagnosis.cause.value
        if line := _line(found, diagnosis):
            yield "LINE", line
    if seen is not None and (probe := found.run.evidence[AS_IT_IS].probe):
        yield "alone", f"{wording.ms(probe.median_s)} a request; {_held(seen)}"
    if diagnosis is not None:
        yield "capacity", _capacity(found, diagnosis)
    if cell := found.run.half_load:
        yield "at half load", _latency(cell)
    if diagnosis is not None:
        hops = "" if seen is None or seen.hops is None else f" · {seen.hops:.3g} hops to threads"
        cpu = f"{1000 * diagnosis.load.cpu_s:.3g} ms of CPU"
        yield "per request", f"{cpu}{hops}"
        yield "under load", _resources(diagnosis.load)


def of_route(route: Mapping[str, Any] | None) -> str:
    """Write where a handler and its dependencies run, by the code."""
    if route is None:
        return "no route of FastAPI or Starlette answers it: only the app as a whole is seen"
    kind = "async def" if route["coroutine"] else "def"
    said = f"{kind} {route['handler']} ({route['at']}), {RUNS[route['runs_on']]}"
    dependencies = [f"{one['name']} {RUNS[one['runs_on']]}" for one in route["dependencies"]]
    return f"{said}; dependencies: {', '.join(dependencies)}" if dependencies else said


def table(found: OwnRoute) -> list[tuple[str, Cell, str]]:
    """Return what was tried, how many times the capacity it has, and the verdict."""
    return [
        (
            one.says,
            wording.gain(one.contrast.gain) if one.contrast.gain else Cell(one.contrast.why),
            one.verdict,
        )
        for one in found.what_ifs
    ]


def predicted(found: OwnRoute) -> Iterator[str]:
    """Yield what another driver would bring, which cannot be tried."""
    diagnosis = found.diagnosis
    if diagnosis is None or diagnosis.cause not in AWAITABLE or not diagnosis.load.capacity:
        return
    load = diagnosis.load
    bound = 1 / load.cpu_s if load.cpu_s else 0.0
    if bound > load.capacity:
        factor = wording.times(bound / load.capacity)
        yield (
            f"async def, and a driver that is awaited: about {factor}, where the processor is "
            f"the limit ({1000 * load.cpu_s:.3g} ms of CPU per request as it is now)"
        )


def to_do(found: OwnRoute) -> list[str]:
    """Return the change that the answer suggests; nothing where nothing pays."""
    best, route = found.best, found.route
    if best is None:
        return []
    shows = ""
    if found.diagnosis is not None:
        at = wording.rate(found.diagnosis.load.capacity)
        shows = f"it shows from {at} on, which is what the app can do as it is"
    change = _change(best.name, best.says, route)
    return [f"DO   {change[0]}", *(f"     {line}" for line in (*change[1:], shows) if line)]


def _line(found: OwnRoute, diagnosis: Diagnosis) -> str:
    parts = [diagnosis.line or "", diagnosis.code or ""]
    said = "   ".join(part for part in parts if part)
    if diagnosis.library:
        said = f"{said}, in {diagnosis.library}" if said else f"in {diagnosis.library}"
    rules = found.described.get("rules")
    if diagnosis.cause is Cause.LOOP_WAITS and rules is not None and said:
        said += f"; ruff's {rules} sees it" if rules else "; no ASYNC rule of ruff sees it"
    return said


def _held(seen: Evidence) -> str:
    """Write for which share of the time one request after the other held the loop, and how."""
    how = ""
    if seen.computing is not None and seen.stood_still > sentences.HICCUPS:
        how = ", computing" if 2 * seen.computing >= seen.stood_still else ", waiting"
    return f"the event loop stood still {wording.percent(seen.stood_still)} of the time{how}"


def _capacity(found: OwnRoute, diagnosis: Diagnosis) -> str:
    level = found.run.typical(capacity, AS_IT_IS)
    said = wording.rate(diagnosis.load.capacity)
    if level is not None:
        said = f"{wording.rate(level.estimate)} (95 % CI {wording.between(level)})"
    if diagnosis.predicted is None:
        return said
    verdict = "explained" if diagnosis.explained else "a surprise"
    return f"{said} · predicted {wording.number(diagnosis.predicted)} = {diagnosis.law} · {verdict}"


def _latency(cell: OpenLoop) -> str:
    found: Sequence[tuple[str, float | None]] = (
        ("p50", cell.work.quantile(0.5)),
        ("p99", cell.work.quantile(0.99)),
        ("a route that does nothing: p99", cell.bystander.quantile(0.99)),
    )
    said = ", ".join(f"{name} {wording.ms(value)}" for name, value in found if value is not None)
    return f"{wording.rate(cell.rate)}: {said} (seen once)"


def _resources(load: Load) -> str:
    parts = [f"processor {wording.percent(load.processor)}"]
    if load.threads:
        waiting = f", {load.threads_waiting:.0f} calls wait" if load.threads_waiting >= 1 else ""
        parts.append(f"threads {load.threads_used:.0f} of {load.threads:.0f}{waiting}")
    if load.pools:
        waiting = f", {load.pool_waiting:.0f} requests wait" if load.pool_waiting >= 1 else ""
        parts.append(f"connections of pools {load.pools}{waiting}")
    parts.append(f"{load.in_flight:.0f} of {load.clients} requests taken on")
    parts.append(f"memory {load.rss_bytes / MEGABYTE:.0f} MB")
    return " · ".join(parts)


def _gain(one: WhatIf) -> str:
    gain = one.contrast.gain
    if gain is None:
        return f"CANNOT TELL: {one.contrast.why}"
    return f"{wording.times(gain.estimate)} ({sentences.confidence(gain)})  {one.verdict}"


def _change(name: str, says: str, route: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return a change as two lines of a diff, or in words."""
    if route and name == "in_a_thread":
        return route["at"], f"- async def {route['handler']}(…)", f"+ def {route['handler']}(…)"
    if route and name == "on_the_loop":
        return route["at"], f"- def {route['handler']}(…)", f"+ async def {route['handler']}(…)"
    for one in (route or {}).get("dependencies", ()):
        if name == f"{one['name']}_on_the_loop":
            return one["at"], f"- def {one['name']}(…)", f"+ async def {one['name']}(…)"
    if name.startswith("threads_"):
        tokens = name.removeprefix("threads_")
        return (
            "in the app's lifespan",
            f"+ anyio.to_thread.current_default_thread_limiter().total_tokens = {tokens}",
        )
    return (f"set {says}",)
