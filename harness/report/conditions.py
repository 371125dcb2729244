"""The circumstances under which the numbers of a run came about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.model.facts import AppSnapshot
from harness.model.record import Record
from harness.report import wording
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun

STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-\d\d-")  # how the folder of a run begins


def origin(record: Record) -> str:
    """Return where a run comes from and how it is judged, in one line."""
    asked = record.asked
    parts = (
        say("details.origin.run", name=record.name),
        say("details.origin.profile", profile=asked.profile, place=asked.on),
        say("details.origin.seed", seed=asked.seed),
        _commit(record),
        say("details.origin.method", method=record.method),
        processor(record),
    )
    return " · ".join(part for part in parts if part)


def began(record: Record) -> str:
    """Return the day and time at which a run began, by its folder where that is not recorded."""
    stamp = STAMP.match(record.name)
    by_name = f"{stamp[1]} {stamp[2]}:{stamp[3]}" if stamp else ""
    return str(record.machine.get("began", by_name))


def processor(record: Record) -> str:
    """Return what it was measured on; empty where that is not on record."""
    machine = _part(record.machine, "machine")
    number = machine.get("cores")
    cores = say("details.origin.cores", number=number) if number else ""
    if number == 1:
        cores = say("details.origin.one_core")
    parts = (str(machine.get("cpu", "")), cores)
    return _and(part for part in parts if part)


def conditions(run: ScenarioRun) -> list[tuple[str, str]]:
    """Return the name and the value of each condition.

    Of somebody's own app the versions are those of what measured it, and nothing is budgeted.
    """
    return [(say(f"details.name.{name}"), value) for name, value in _conditions(run)]


def _conditions(run: ScenarioRun) -> Iterator[tuple[str, str]]:
    """Yield the key of a name, and the value."""
    scenario, asked, machine = run.scenario, run.record.asked, run.record.machine
    own, blocks = bool(asked.app), wording.count(len(run.blocks), "block")
    services = _then(_service(name, machine) for name in scenario.requires)
    if own:
        yield from _app(asked.app)
    yield "machine", _listed(machine.get("machine"))
    yield "cores", _listed(machine.get("cores"))
    yield "own_versions" if own else "versions", _listed(machine.get("versions"))
    if not own:
        yield "services", services or say("details.says.none_needed")
    if docker := _part(machine, "docker"):
        yield "containers", _containers(docker, _part(machine, "images"))
    place = {"place": asked.on, "blocks": blocks, "seed": asked.seed}
    yield "servers", say("details.says.servers", **place)
    yield "profile", _profile(run)
    if not own:
        yield "budget", _budgets(run)
    yield "read_back", _read_back(run)
    if not own:
        yield "knobs", _listed(scenario.knobs) if scenario.knobs else say("details.says.none")
    yield "workload", _workload(run)
    offered = (
        say("details.says.load", load=f"{load:g}", rate=wording.rate(run.rate(load)))
        for load in run.loads
    )
    yield "offered", _then(offered) or say("details.says.no_load")
    yield "own_code" if own else "code", _commit(run.record)


def _commit(record: Record) -> str:
    commit = record.asked.commit or say("details.origin.unknown")
    return say("details.origin.commit", commit=commit)


def _app(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what was measured, where it is somebody's own app: which, by what, in which state."""
    served = {name: asked[name] for name in ("app", "python", "server", "workers")}
    if names := _and(asked["environment"]):
        yield "app", say("details.says.told", names=names, **served)
    else:
        yield "app", say("details.says.app", **served)
    yield "app_code", asked.get("commit") or say("details.says.no_commit")


def _profile(run: ScenarioRun) -> str:
    design, profile = run.design, run.record.asked.profile
    judged = say("details.says.never_judged", profile=profile)
    if design.profile.judged:
        blocks = {"planned": design.planned_blocks, "most": design.most_blocks}
        judged = say("details.says.judged", profile=profile, **blocks)
    if not run.blocks:
        return judged
    closed = [cell.window_s for name in run.variants for cell in run.closed(name)]
    opened = [
        cell.window_s
        for load in run.loads
        for name in run.variants
        for cell in run.cells(name, load)
    ]
    windows = [say("details.says.closed", seconds=f"{max(closed):.2g}")] if closed else []
    windows += [say("details.says.open", seconds=f"{max(opened):.2g}")] if opened else []
    return _then([judged, *windows])


def _budgets(run: ScenarioRun) -> str:
    written = (
        say(
            "details.says.budget_of",
            variant=one.name,
            budget=wording.budget(run.scenario.budget_of(one)),
        )
        for one in run.scenario.variants
        if one.budget
    )
    return _then([wording.budget(run.scenario.budget), *written])


def _workload(run: ScenarioRun) -> str:
    scenario, workload = run.scenario, run.scenario.workload
    asked = {
        "request": workload.name,
        "keys": workload.keys,
        "clients": scenario.clients,
        "seconds": f"{workload.deadline_s:g}",
    }
    if sweep := _and(map(str, scenario.sweep)):
        return say("details.says.sweep", sweep=sweep, **asked)
    return say("details.says.workload", **asked)


def _read_back(run: ScenarioRun) -> str:
    """Return the sizes that the running apps really had."""
    apps = {name: one.app for name, one in run.evidence.items() if one.app}
    pythons = sorted({f"Python {app.python}" for app in apps.values() if app.python})
    sizes = [
        say("details.says.sizes", variant=name, sizes=_sizes(app)) for name, app in apps.items()
    ]
    return _then([*pythons, *sizes]) or say("details.says.not_read")


def _sizes(app: AppSnapshot) -> str:
    # A pool is called like its class, with a number: asyncpg.pool.Pool 1
    names = (pool.rpartition(" ")[0].rpartition(".")[2] for pool in app.pools)
    pools = (f"{name} {size}" for name, size in zip(names, app.pools.values(), strict=True))
    return _and([say("details.says.threads", threads=f"{app.threads:g}"), *pools])


def _service(name: str, machine: Mapping[str, Any]) -> str:
    if not (found := _part(_part(machine, "services"), name)):
        return say("details.says.service_unknown", name=name)
    kinds: dict[Any, str] = {True: "details.says.real", False: "details.says.stand_in"}
    kind = say(kinds.get(found.get("real"), "details.says.unknown_kind"))
    unknown = say("details.origin.unknown")
    provider, version = found.get("provider", unknown), found.get("version", unknown)
    return say("details.says.service", name=name, provider=provider, version=version, kind=kind)


def _containers(docker: Mapping[str, Any], images: Mapping[str, Any]) -> str:
    """Return the engine and the images."""
    kinds: dict[Any, str] = {
        True: "details.says.image_stand_in",
        False: "details.says.image_official",
    }
    written = (
        say(
            "details.says.image",
            name=one.get("name"),
            id=one.get("id", "")[:19],
            kind=say(kinds.get(one.get("stand_in"), "details.origin.unknown")),
        )
        for one in (_part(images, name) for name in images)
    )
    engine = {"engine": docker.get("engine"), "compose": docker.get("compose")}
    return _then([say("details.says.docker", **engine), *written])


def _and(parts: Iterable[str]) -> str:
    return say("words.list.comma").join(parts)


def _then(parts: Iterable[str]) -> str:
    return say("words.list.clause").join(parts)


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of the conditions; empty where it is not there, or is no object."""
    part = found.get(name)
    return part if isinstance(part, Mapping) else {}


def _listed(found: object) -> str:
    if not isinstance(found, Mapping) or not found:
        return say("details.says.not_recorded")
    return _and(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_listed(value)})"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
