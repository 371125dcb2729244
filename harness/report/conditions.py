"""The circumstances under which the numbers of a run came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.model.facts import AppSnapshot
from harness.model.record import Record
from harness.report import wording
from harness.report.scenario_run import ScenarioRun


def origin(record: Record) -> str:
    """Return where a run comes from and how it is judged, in one line."""
    asked = record.asked
    parts = (
        f"run {record.name}",
        f"profile {asked.profile} on {asked.on}",
        f"seed {asked.seed}",
        f"commit {asked.commit or 'unknown'}",
        f"judged by method {record.method}",
        processor(record),
    )
    return " · ".join(part for part in parts if part)


def processor(record: Record) -> str:
    """Return what it was measured on; empty where that is not on record."""
    machine = _part(record.machine, "machine")
    cores = machine.get("cores")
    parts = (str(machine.get("cpu", "")), wording.count(cores, "core") if cores else "")
    return ", ".join(part for part in parts if part)


def conditions(run: ScenarioRun) -> list[tuple[str, str]]:
    """Return the name and the value of each condition.

    Of somebody's own app the versions are those of what measured it, and nothing is budgeted.
    """
    scenario, asked, machine = run.scenario, run.record.asked, run.record.machine
    offered = [f"{load:g}× = {wording.rate(run.rate(load))}" for load in run.loads]
    services = [_service(name, machine) for name in scenario.requires]
    blocks = wording.count(len(run.blocks), "whole block")
    app = _app(asked.app)
    return [
        *app,
        ("machine", _listed(machine.get("machine"))),
        ("processor cores", _listed(machine.get("cores"))),
        ("versions of the instrument" if app else "versions", _listed(machine.get("versions"))),
        *([] if app else [("services", "; ".join(services) or "none needed")]),
        *_containers(machine),
        ("servers", f"--on {asked.on}, {blocks}, order drawn from seed {asked.seed}"),
        ("profile", _profile(run)),
        *([] if app else [("budget", _budgets(run))]),
        ("read back from the apps", _read_back(run)),
        *([] if app else [("knobs", _listed(scenario.knobs) if scenario.knobs else "none")]),
        ("workload", _workload(run)),
        ("offered", "; ".join(offered) or "no open load"),
        ("instrument" if app else "code", f"commit {asked.commit or 'unknown'}"),
    ]


def _app(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was measured, where it is somebody's own app: which, by what, in which state."""
    if not asked:
        return []
    told = f", told {', '.join(asked['environment'])}" if asked["environment"] else ""
    served = f"{asked['python']}, {asked['server']}, workers {asked['workers']}{told}"
    commit = asked.get("commit") or "no commit that git knows"
    return [("app", f"{asked['app']}, by {served}"), ("app's code", commit)]


def _profile(run: ScenarioRun) -> str:
    profile = run.design.profile
    planned, most = run.design.planned_blocks, run.design.most_blocks
    judged = "never judged"
    if profile.judged:
        judged = f"judged after {planned} blocks, or up to {most} where the noise asks for them"
    if not run.blocks:
        return f"{run.record.asked.profile}: {judged}"
    closed = [cell.window_s for name in run.variants for cell in run.closed(name)]
    windows = [f"closed loops for {max(closed):.2g} s"] if closed else []
    windows += [f"open loads for {max(_open_windows(run)):.2g} s"] if run.loads else []
    return "; ".join([f"{run.record.asked.profile}: {judged}", *windows])


def _open_windows(run: ScenarioRun) -> list[float]:
    cells = (cell for load in run.loads for name in run.variants for cell in run.cells(name, load))
    return [cell.window_s for cell in cells]


def _budgets(run: ScenarioRun) -> str:
    own = [one for one in run.scenario.variants if one.budget]
    written = (f"{one.name}: {wording.budget(run.scenario.budget_of(one))}" for one in own)
    return "; ".join([wording.budget(run.scenario.budget), *written])


def _workload(run: ScenarioRun) -> str:
    scenario, workload = run.scenario, run.scenario.workload
    swept = f", in further ones {', '.join(map(str, scenario.sweep))}" if scenario.sweep else ""
    asked = f"{workload.name}, keys {workload.keys}"
    clients = f"{scenario.clients} clients in the closed loop{swept}"
    return f"{asked}, {clients}, deadline {workload.deadline_s:g} s"


def _read_back(run: ScenarioRun) -> str:
    """Return the sizes that the running apps really had."""
    apps = {name: one.app for name, one in run.evidence.items() if one.app}
    pythons = sorted({f"Python {app.python}" for app in apps.values() if app.python})
    sizes = [f"{name}: {_sizes(app)}" for name, app in apps.items()]
    return "; ".join([*pythons, *sizes]) or "not read"


def _sizes(app: AppSnapshot) -> str:
    # A pool is called like its class, with a number: asyncpg.pool.Pool 1
    names = (pool.rpartition(" ")[0].rpartition(".")[2] for pool in app.pools)
    pools = (f"{name} {size}" for name, size in zip(names, app.pools.values(), strict=True))
    return ", ".join([f"threads {app.threads:g}", *pools])


def _service(name: str, machine: Mapping[str, Any]) -> str:
    if not (found := _part(_part(machine, "services"), name)):
        return f"{name}: not recorded"
    kinds: dict[Any, str] = {True: "the real thing", False: "a stand-in"}
    kind = kinds.get(found.get("real"), "not known whether real")
    provider = found.get("provider", "unknown provider")
    return f"{name}: {provider}, version {found.get('version', 'unknown')}, {kind}"


def _containers(machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the engine and the images, where there were any."""
    if not (docker := _part(machine, "docker")):
        return []
    kinds: dict[Any, str] = {
        True: "built in place of the official one",
        False: "as its file has it",
    }
    images = (_part(_part(machine, "images"), name) for name in _part(machine, "images"))
    written = (
        f"{one.get('name')} {one.get('id', '')[:19]}, {kinds.get(one.get('stand_in'), 'unknown')}"
        for one in images
    )
    engine = f"Docker {docker.get('engine')} with compose {docker.get('compose')}"
    return [("containers", "; ".join([engine, *written]))]


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of the conditions; empty where it is not there, or is no object."""
    part = found.get(name)
    return part if isinstance(part, Mapping) else {}


def _listed(found: object) -> str:
    if not isinstance(found, Mapping) or not found:
        return "not recorded"
    return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_listed(value)})"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
