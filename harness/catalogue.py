"""All scenarios: read from their folders, chosen, and listed.

Imports no more than it must, so that reading the catalogue costs next to nothing.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from harness.model.errors import BenchError, unknown
from harness.model.scenario import APART, CLIENTS, GROUPS, Scenario, Variant
from harness.project import ROOT
from harness.services import INSIDE, SERVICES

FRAMEWORK = {"fastapi", "starlette", "pydantic", "anyio"}


def catalogue(
    root: Path = ROOT, refused: dict[str, BenchError] | None = None
) -> dict[str, Scenario]:
    """Read every `scenarios/<name>/scenario.py` under `root`, in the order of names.

    Raises BenchError on a wrong declaration, or puts it into `refused`.
    """
    found = {}
    for path in sorted(root.glob("scenarios/*/scenario.py")):
        try:
            found[path.parent.name] = _read(path, root)
        except BenchError as error:
            if refused is None:
                raise
            refused[path.parent.name] = error
    if not found and refused:
        raise next(iter(refused.values()))
    if not found:
        hint = "run bench.py from a checkout of the project"
        raise BenchError(f"there are no scenarios under {root / 'scenarios'}", hint=hint)
    return found


def select(
    names: Iterable[str], among: Mapping[str, Scenario], groups: Iterable[str] = ()
) -> list[Scenario]:
    """Return the named scenarios in the order given and those of the groups.

    Where none is named, all but those of groups that stand APART.
    """
    names, groups = list(names), list(groups)
    for name in names:
        if name not in among:
            raise unknown("scenario", name, among)
    if not names and not groups:
        names = [name for name, one in among.items() if one.group not in APART]
    names += [name for group in groups for name, one in among.items() if one.group == group]
    return [among[name] for name in dict.fromkeys(names)]


def knobs_of(
    scenarios: Iterable[Scenario], settings: Iterable[tuple[str, float]]
) -> dict[str, float]:
    """Return knobs by name; raises BenchError on one that none of the scenarios has."""
    found = dict(settings)
    _require_known(found, {knob for scenario in scenarios for knob in scenario.knobs})
    return found


def values_of(
    scenarios: Iterable[Scenario], over: Iterable[tuple[str, Sequence[float]]]
) -> dict[str, Sequence[float]]:
    """Return values by knob; raises BenchError on one that none of the scenarios has."""
    values = dict(over)
    knobs = {knob for scenario in scenarios for knob in scenario.knobs}
    _require_known(values, {*knobs, CLIENTS})
    if not all(one.is_integer() and one for one in values.get(CLIENTS, ())):
        raise BenchError("--over clients=… takes whole numbers from 1 up", hint="clients=1,16,64")
    return values


def _require_known(names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise unknown("knob", name, sorted(known))


def lines(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Describe scenarios for the console, group by group."""
    for scenario in sorted(scenarios, key=lambda one: GROUPS.index(one.group)):
        yield f"{scenario.name} ({scenario.group}): {scenario.question}"
        width = max(len(variant.name) for variant in scenario.variants)
        for variant in scenario.variants:
            yield f"  {variant.name:{width}}  {variant.does}"
        knobs = ", ".join(f"{name}={value:g}" for name, value in scenario.knobs.items())
        points = f"; at {len(scenario.over)} points" if scenario.over else ""
        yield f"  judged by {scenario.primary.label}; knobs: {knobs or 'none'}{points}"


def table(scenarios: Iterable[Scenario]) -> str:
    """Describe scenarios as a Markdown table, for a file in docs/."""
    rows = [("group", "scenario", "asks", "of", "judged by"), ("---",) * 5]
    for one in sorted(scenarios, key=lambda one: GROUPS.index(one.group)):
        link = f"[`{one.name}`](../scenarios/{one.name}/)"
        variants = " · ".join(f"`{variant.name}` {variant.does}" for variant in one.variants)
        rows.append((one.group, link, one.question, variants, one.primary.label))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _read(path: Path, root: Path) -> Scenario:
    """Run one declaration and check it against the files it names."""
    where, name = path.relative_to(root), path.parent.name
    spec = spec_from_file_location(f"scenarios.{name}.scenario", path)
    if spec is None or spec.loader is None:
        hint = "a scenario's folder is named like a Python module"
        raise BenchError(f"{where} cannot be imported", hint=hint)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
        scenario = module.scenario
        if isinstance(scenario, Scenario):
            scenario = replace(scenario, name=name)
    except Exception as error:
        hint = f"correct the declaration in {where}; CONTRIBUTING.md has the form"
        raise BenchError(f"{where} is no scenario: {error}", hint=hint) from error
    if not isinstance(scenario, Scenario):
        kind = type(scenario).__name__
        hint = "assign it a harness.model.Scenario"
        raise BenchError(f"{where} is no scenario: `scenario` is a {kind}", hint=hint)
    try:
        _check(scenario, path.parent)
        variants = [replace(v, libraries=_libraries(path.parent, v)) for v in scenario.variants]
    except BenchError as error:
        raise BenchError(f"{where}: {error}", hint=error.hint) from error
    except (OSError, SyntaxError, ValueError) as error:
        hint = "correct the file that is named"
        raise BenchError(f"{where}: a variant cannot be read: {error}", hint=hint) from error
    return replace(scenario, variants=tuple(variants))


def _check(scenario: Scenario, folder: Path) -> None:
    """Refuse a declaration that names what is not there."""
    if len(scenario.variants) < 2:  # noqa: PLR2004  one has nothing to be compared with
        declared = f"it declares {len(scenario.variants)} variant"
        raise BenchError(declared, hint="it takes two to compare")
    files = sorted(file.stem for file in folder.glob("*.py"))
    for variant in scenario.variants:
        if variant.source not in files:
            beside = [name for name in files if name not in {"scenario", "shared"}]
            raise unknown("variant", variant.source, beside)
    if scenario.group not in GROUPS:
        raise unknown("group", scenario.group, GROUPS)
    named: list[tuple[str, str, Collection[str]]] = [
        *(("service", one, {*SERVICES, *INSIDE}) for one in scenario.requires),
        *(("service", one, scenario.requires) for one in scenario.waits),
        *(("knob", one, scenario.knobs) for one in scenario.waits.values()),
        *(
            ("variant", one, [variant.name for variant in scenario.variants])
            for trap in scenario.traps
            for one in (trap.subject, trap.over)
        ),
    ]
    for what, name, known in named:
        if name not in known:
            raise unknown(what, name, known)


def _libraries(folder: Path, variant: Variant) -> tuple[str, ...]:
    """Return the packages that a variant's file imports, through the files beside it as well."""
    return tuple(sorted(_imports(folder, variant.source) - sys.stdlib_module_names - FRAMEWORK))


def _imports(folder: Path, module: str) -> set[str]:
    """Return what a file of a scenario imports; what all variants share tells nothing."""
    imported = set()
    file = folder / f"{module}.py"
    for node in ast.walk(ast.parse(file.read_text(), str(file))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for top, *rest in (name.split(".") for name in names):
            if top != "scenarios":
                imported.add(top)
            elif len(rest) > 1 and rest[1] != "shared":
                imported |= _imports(folder.with_name(rest[0]), rest[1])
    return imported
