"""What is said of somebody's own app: its cause, its line, its what-ifs, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from harness.report.language import say
from harness.report.no_answer import no_answer
from harness.report.own_changes import change, tried
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
LAWS = {  # what stands in a formula, by the key of its template
    "ms of CPU": "cpu",
    "ms held": "held",
    "ms alone": "alone",
    "ms of waiting": "waiting",
    "clients": "clients",
    "threads": "threads",
    "connections": "connections",
}
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What was tried: in words, how it compares, and the change in code that it stands for."""

    name: str
    says: str
    contrast: Contrast

    @property
    def verdict(self) -> str:
        """PAYS, NO DIFFERENCE, HURTS or CANNOT TELL, for programs."""
        return VERDICTS[self.contrast.verdict]

    @property
    def judged(self) -> str:
        """The same for readers."""
        return say(f"own.verdict.{self.verdict.replace(' ', '_')}")


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
    def question(self) -> str:
        """What is asked of it."""
        return say("own.question", route=self.title, app=self.run.record.asked.app["app"])

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
            WhatIf(
                name=one.subject,
                says=tried(one.subject, described["tried"][one.subject], described["route"]),
                contrast=one,
            )
            for one in run.answer.contrasts
            if one.over == AS_IT_IS
        ),
    )


def headline(found: OwnRoute) -> Sentence:
    """Say the cause and the line, or that neither is known."""
    diagnosis = found.diagnosis
    if diagnosis is None:
        return Sentence(say("own.not_measured", route=found.title))
    values = {"route": found.title, "cause": _cause(diagnosis)}
    if not diagnosis.line:
        return Sentence(say("own.headline", **values))
    code = diagnosis.code or ""
    return Sentence(say("own.headline_line", line=diagnosis.line, code=code, **values))


def facts(found: OwnRoute) -> Iterator[tuple[str, str]]:
    """Yield what was seen, by name: the cause first."""
    return ((say(f"own.fact.{name}"), said) for name, said in _facts(found))


def _facts(found: OwnRoute) -> Iterator[tuple[str, str]]:
    seen, diagnosis = found.evidence, found.diagnosis
    if diagnosis is None:
        yield "cause", say("own.unknown_cause")
    else:
        yield "cause", _cause(diagnosis)
        if line := _line(found, diagnosis):
            yield "line", line
    if seen is not None and (probe := found.run.evidence[AS_IT_IS].probe):
        yield "alone", _alone(seen, probe.median_s)
    if diagnosis is not None:
        yield "capacity", _capacity(found, diagnosis)
    if cell := found.run.half_load:
        yield "half_load", _latency(cell)
    if diagnosis is not None:
        parts = [say("own.says.cpu", ms=f"{1000 * diagnosis.load.cpu_s:.3g}")]
        if seen is not None and seen.hops is not None:
            parts.append(say("own.says.hops", hops=f"{seen.hops:.3g}"))
        yield "per_request", " · ".join(parts)
        yield "under_load", " · ".join(_resources(diagnosis.load))


def table(found: OwnRoute) -> list[tuple[str, Cell, str]]:
    """Return what was tried, how many times the capacity it has, and the verdict."""
    gains = [(one, one.contrast.gain) for one in found.what_ifs]
    return [
        (
            one.says,
            wording.gain(gain) if gain else Cell(no_answer(one.contrast.why)),
            one.judged,
        )
        for one, gain in gains
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
        yield say("own.predicted", factor=factor, ms=f"{1000 * load.cpu_s:.3g}")


def to_do(found: OwnRoute) -> list[str]:
    """Return the change that the answer suggests; nothing where nothing pays."""
    best, route = found.best, found.route
    if best is None:
        return []
    first, *others = change(best.name, best.says, route)
    if found.diagnosis is not None:
        rate = wording.rate(found.diagnosis.load.capacity)
        others.append(say("own.do.shows", rate=rate))
    return [f"{say('own.do.do')}   {first}", *(f"     {line}" for line in others)]


def _cause(diagnosis: Diagnosis) -> str:
    return say(f"own.cause.{diagnosis.cause.name}")


def _line(found: OwnRoute, diagnosis: Diagnosis) -> str:
    said = "   ".join(part for part in (diagnosis.line, diagnosis.code) if part)
    if diagnosis.library:
        key = "own.says.line_library" if said else "own.says.library"
        said = say(key, line=said, library=diagnosis.library)
    rules = found.described.get("rules")
    if diagnosis.cause is Cause.LOOP_WAITS and rules is not None and said:
        said = say("own.says.ruff" if rules else "own.says.no_ruff", line=said, rules=rules)
    return said


def _alone(seen: Evidence, median_s: float) -> str:
    """Write for which share of the time one request after the other held the loop, and how."""
    key = "own.says.alone"
    if seen.computing is not None and seen.stood_still > sentences.HICCUPS:
        computes = 2 * seen.computing >= seen.stood_still
        key = "own.says.alone_computing" if computes else "own.says.alone_waiting"
    return say(key, time=wording.ms(median_s), share=wording.percent(seen.stood_still))


def _capacity(found: OwnRoute, diagnosis: Diagnosis) -> str:
    level = found.run.typical(capacity, AS_IT_IS)
    said = wording.rate(diagnosis.load.capacity)
    if level is not None:
        rate, interval = wording.rate(level.estimate), wording.between(level)
        said = say("own.says.level", rate=rate, interval=interval)
    if diagnosis.predicted is None:
        return said
    key = "own.says.explained" if diagnosis.explained else "own.says.surprise"
    return say(key, level=said, predicted=wording.number(diagnosis.predicted), law=_law(diagnosis))


def _law(diagnosis: Diagnosis) -> str:
    law = diagnosis.law
    for words, key in LAWS.items():
        law = law.replace(words, say(f"own.law.{key}"))
    return law


def _latency(cell: OpenLoop) -> str:
    found: tuple[tuple[str, float | None], ...] = (
        ("p50", cell.work.quantile(0.5)),
        ("p99", cell.work.quantile(0.99)),
        (say("own.says.idle_p99"), cell.bystander.quantile(0.99)),
    )
    written = (f"{name} {wording.ms(value)}" for name, value in found if value is not None)
    said = say("words.list.comma").join(written)
    return say("own.says.half_load", rate=wording.rate(cell.rate), times=said)


def _resources(load: Load) -> Iterator[str]:
    yield say("own.says.processor", share=wording.percent(load.processor))
    if load.threads:
        waits = load.threads_waiting >= 1
        yield say(
            "own.says.threads_waiting" if waits else "own.says.threads",
            used=f"{load.threads_used:.0f}",
            all=f"{load.threads:.0f}",
            waiting=f"{load.threads_waiting:.0f}",
        )
    if load.pools:
        key = "own.says.pools_waiting" if load.pool_waiting >= 1 else "own.says.pools"
        yield say(key, pools=load.pools, waiting=f"{load.pool_waiting:.0f}")
    yield say("own.says.in_flight", accepted=f"{load.in_flight:.0f}", clients=load.clients)
    yield say("own.says.memory", mb=f"{load.rss_bytes / MEGABYTE:.0f}")
