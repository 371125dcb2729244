"""All scenarios: read from their folders, chosen, and listed.

Imports only the standard library, so that reading the catalogue costs nothing.
"""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from harness.model.errors import BenchError, unknown
from harness.model.scenario import GROUPS, Scenario
from harness.project import ROOT

FRAMEWORK = {"fastapi", "starlette", "pydantic", "anyio"}
SERVICES = (
    "postgres",
    "upstream",
    "redis",
    "mongo",
    "nginx",
)  # what harness/stage/services.py can bring up


def catalogue(
    root: Path = ROOT, refused: dict[str, BenchError] | None = None
) -> dict[str, Scenario]:
    """Read every `scenarios/<name>/scenario.py` under `root`, in the order of names; raises BenchError on a wrong declaration, or puts it into `refused`."""
    found = {}
    for path in sorted(root.glob("scenarios/*/scenario.py")):
        try:
            found[path.parent.name] = _read(path, root)
        except BenchError as error:
            if refused is None:
                raise
            refused[path.parent.name] = error
    if not found:
        raise next(iter((refused or {}).values()), None) or BenchError(
            f"there are no scenarios under {root / 'scenarios'}",
            hint="run bench.py from a checkout of the project",
        )
    return found


def select(
    names: Iterable[str], among: Mapping[str, Scenario], groups: Iterable[str] = ()
) -> list[Scenario]:
    """Pick the named scenarios in the order given and those of the named groups, or all of them."""
    for name in (names := list(names)):
        if name not in among:
            raise unknown("scenario", name, among)
    names += [name for group in groups for name, one in among.items() if one.group == group]
    return [among[name] for name in dict.fromkeys(names)] or list(among.values())


def knobs_of(scenarios: Iterable[Scenario], settings: Iterable[str]) -> dict[str, float]:
    """Read `name=value` settings and refuse those that turn no knob of the scenarios."""
    known = {knob for scenario in scenarios for knob in scenario.knobs}
    knobs = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in known:
            raise unknown("knob", name, sorted(known))
        try:
            knobs[name] = float(value)
        except ValueError:
            raise BenchError(
                f"the knob {name} was given {value!r}", hint=f"give it a number: {name}=20"
            ) from None
        if not 0 <= knobs[name] < math.inf:
            raise BenchError(
                f"the knob {name} was given {value}", hint="give it a number from 0 up"
            )
    return knobs


def lines(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Write scenarios for the eye, group by group."""
    for scenario in sorted(scenarios, key=lambda one: GROUPS.index(one.group)):
        yield f"{scenario.name} ({scenario.group}): {scenario.question}"
        width = max(len(variant.name) for variant in scenario.variants)
        for variant in scenario.variants:
            yield f"  {variant.name:{width}}  {variant.does}"
        yield f"  judged by {scenario.primary.label}; knobs: {', '.join(f'{name}={value:g}' for name, value in scenario.knobs.items()) or 'none'}"


def table(scenarios: Iterable[Scenario]) -> str:
    """Write scenarios as a Markdown table, for a file in docs/."""
    rows = [
        (
            one.group,
            f"[`{one.name}`](../scenarios/{one.name}/)",
            one.question,
            " · ".join(f"`{v.name}` {v.does}" for v in one.variants),
            one.primary.label,
        )
        for one in sorted(scenarios, key=lambda one: GROUPS.index(one.group))
    ]
    return "\n".join(
        [
            "| group | scenario | asks | of | judged by |",
            "| --- | --- | --- | --- | --- |",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def _read(path: Path, root: Path) -> Scenario:
    """Run one declaration and check it against the files it names."""
    where = path.relative_to(root)
    spec = spec_from_file_location(f"scenarios.{path.parent.name}.scenario", path)
    if spec is None or spec.loader is None:
        raise BenchError(
            f"{where} cannot be imported", hint="a scenario's folder is named like a Python module"
        )
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
        scenario = module.scenario
    except Exception as error:
        raise BenchError(
            f"{where} is no scenario: {error}",
            hint=f"mend the declaration in {where}; CONTRIBUTING.md has the form",
        ) from error
    if not isinstance(scenario, Scenario):
        raise BenchError(
            f"{where} is no scenario: `scenario` is a {type(scenario).__name__}",
            hint="assign it a harness.scenario.Scenario",
        )
    _check(scenario, path, root)
    try:
        variants = tuple(
            replace(one, libraries=tuple(sorted(_libraries(path.parent, one.source))))
            for one in scenario.variants
        )
    except (OSError, SyntaxError, ValueError) as error:
        raise BenchError(
            f"{where}: a variant cannot be read: {error}", hint="mend the file that is named"
        ) from error
    return replace(scenario, name=path.parent.name, variants=variants)


def _check(scenario: Scenario, path: Path, root: Path) -> None:
    """Refuse a declaration that names what is not there."""
    where = path.relative_to(root)
    if len(scenario.variants) < 2:  # noqa: PLR2004  one has nothing to be compared with
        raise BenchError(
            f"{where} declares {len(scenario.variants)} variant", hint="it takes two to compare"
        )
    for variant in scenario.variants:
        if not (path.parent / f"{variant.source}.py").is_file():
            files = sorted(
                file.stem
                for file in path.parent.glob("*.py")
                if file.stem not in {"scenario", "shared"}
            )
            raise _missing(where, unknown("variant", variant.source, files))
    workloads = sorted(file.stem for file in root.glob("locustfiles/[!_]*.py"))
    if scenario.workload not in workloads:
        raise _missing(where, unknown("workload", scenario.workload, workloads))
    if scenario.group not in GROUPS:
        raise _missing(where, unknown("group", scenario.group, GROUPS))
    for service in scenario.requires:
        if service not in SERVICES:
            raise _missing(where, unknown("service", service, SERVICES))


def _libraries(folder: Path, module: str) -> set[str]:
    """Collect what a file of a scenario imports, through the files beside it as well; what all variants share tells nothing."""
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
                imported |= _libraries(folder.with_name(rest[0]), rest[1])
    return imported - sys.stdlib_module_names - FRAMEWORK


def _missing(where: Path, error: BenchError) -> BenchError:
    return BenchError(f"{where}: {error}", hint=error.hint)
