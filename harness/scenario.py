"""What may be asked: scenarios, their variants, and the claims made about them.

Imports only the standard library, so that reading the catalogue costs nothing.
"""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Literal

from harness.errors import BenchError, unknown
from harness.theory import Ceiling, unknown_ceiling

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORK = {"fastapi", "starlette", "pydantic", "anyio"}
SERVICES = ("postgres", "upstream")  # what harness/stage/services.py can bring up

RunsOn = Literal["loop", "thread", "process", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number per run. `at` is the load it is read at, as a share of the smallest ceiling; None reads it in the closed loop.

    `same_within` is the relative margin inside which two variants count as the same.
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    same_within: float
    at: float | None = None

    @property
    def label(self) -> str:
        """Say the metric and where it is read."""
        return self.name if self.at is None else f"{self.name} at {self.at:g}× the smallest ceiling"


capacity = Metric("capacity", "requests/s", "higher", 0.05)
cpu_per_request = Metric("CPU per request", "s", "lower", 0.05)


def goodput(at: float) -> Metric:
    """Answers that were right and in time, per second, under an offered load."""
    return Metric("goodput", "requests/s", "higher", 0.05, at)


def p50(at: float) -> Metric:
    """Median response time from the intended start, under an offered load."""
    return Metric("p50", "s", "lower", 0.05, at)


def bystander_p99(at: float) -> Metric:
    """What a route that does no work suffers while the others work, under an offered load."""
    return Metric("bystander p99", "s", "lower", 0.10, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What every variant of a scenario may use: worker processes, threads of the pool, connections to the service."""

    workers: int = 1
    threads: int = 40
    connections: int = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of giving the same answer: a file, what it does in a few words, where its handler runs, what bounds it.

    `libraries` are what the file imports beyond Python and the web framework; they are read from it and never written.
    """

    name: str
    does: str
    runs_on: RunsOn
    ceiling: Ceiling
    file: str = ""  # without .py; the one of its name, unless another is given
    libraries: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Name the file it is served from."""
        return self.file or self.name


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is at least `at_least` times better than `over`, by the scenario's primary metric."""

    subject: str
    over: str
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, asked of several variants under one workload.

    `clients` is how many connections of the closed loop saturate every variant; `loads` are the open-model loads
    this question needs at every profile; `knobs` are the settings a user may turn, handed to its processes as
    upper-case environment variables; `samples` are asked before the load, and every variant must answer them alike.
    The first variant is the baseline. `name` is the folder's and never written.
    """

    name: str = ""
    question: str
    workload: str
    needs: tuple[str, ...] = ()
    primary: Metric
    budget: Budget
    clients: int
    samples: tuple[str, ...]
    variants: tuple[Variant, ...]
    claims: tuple[Claim, ...] = ()
    loads: tuple[float, ...] = ()
    knobs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could not be measured."""
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ValueError(f"two variants have the same name: {names}")
        if not self.samples:
            raise ValueError("`samples` is empty: nothing would show that the variants give the same answer")
        if self.primary.at is not None and self.primary.at not in self.loads:
            raise ValueError(f"the primary metric is read at {self.primary.at:g}, which is not among `loads` {self.loads}")
        for claim in self.claims:
            for name in (claim.subject, claim.over):
                if name not in names:
                    raise ValueError(f"a claim names the variant {name!r}; there are {', '.join(names)}")

    @property
    def baseline(self) -> Variant:
        """The variant that the others are compared with."""
        return self.variants[0]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give every comparison that is made, (subject, over): each variant with the baseline, and what the claims add."""
        compared = [(variant.name, self.baseline.name) for variant in self.variants[1:]]
        return (*compared, *(pair for claim in self.claims if (pair := (claim.subject, claim.over)) not in compared))

    def variant(self, name: str) -> Variant:
        """Find a variant by its name."""
        return next(variant for variant in self.variants if variant.name == name)

    def turned(self, knobs: Mapping[str, float]) -> Scenario:
        """Give the same scenario with the knobs it has set to these values; others are ignored."""
        return replace(self, knobs={name: knobs.get(name, value) for name, value in self.knobs.items()})

    def twinned(self, name: str, twins: Sequence[str] = ("one", "other")) -> Scenario:
        """Give the same question asked of one variant under several names: whatever is found to differ, the instrument made."""
        variant = self.variant(name)
        return replace(self, claims=(), variants=tuple(replace(variant, name=twin, file=variant.source) for twin in twins))

    def aimed(self, url: str) -> Scenario:
        """Give the same load for an app that somebody else started; there is nothing to compare it with."""
        return replace(self, needs=(), knobs={}, claims=(), variants=(Variant("target", url, "elsewhere", unknown_ceiling),))


def catalogue(root: Path = ROOT) -> dict[str, Scenario]:
    """Read every `scenarios/<name>/scenario.py` under `root`, in the order of names; raises BenchError on a wrong declaration."""
    found = {path.parent.name: _read(path, root) for path in sorted(root.glob("scenarios/*/scenario.py"))}
    if not found:
        raise BenchError(f"there are no scenarios under {root / 'scenarios'}", hint="run bench.py from a checkout of the project")
    return found


def select(names: Iterable[str], among: Mapping[str, Scenario]) -> list[Scenario]:
    """Pick the named scenarios in the order given, or all of them."""
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in among:
            raise unknown("scenario", name, among)
    return [among[name] for name in names] or list(among.values())


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
            raise BenchError(f"the knob {name} was given {value!r}", hint=f"give it a number: {name}=20") from None
        if not 0 <= knobs[name] < math.inf:
            raise BenchError(f"the knob {name} was given {value}", hint="give it a number from 0 up")
    return knobs


def lines(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Write scenarios for the eye."""
    for scenario in scenarios:
        yield f"{scenario.name}: {scenario.question}"
        for variant in scenario.variants:
            yield f"  {variant.name:12} {variant.does}"
        yield f"  judged by {scenario.primary.label}; knobs: {', '.join(f'{name}={value:g}' for name, value in scenario.knobs.items()) or 'none'}"


def table(scenarios: Iterable[Scenario]) -> str:
    """Write scenarios as a Markdown table."""
    rows = [
        f"| [`{one.name}`](scenarios/{one.name}/) | {one.question} | {' · '.join(f'`{v.name}` {v.does}' for v in one.variants)} | {one.primary.label} |"
        for one in scenarios
    ]
    return "\n".join(["| scenario | asks | of | judged by |", "| --- | --- | --- | --- |", *rows])


def _read(path: Path, root: Path) -> Scenario:
    """Run one declaration and check it against the files it names."""
    where = path.relative_to(root)
    spec = spec_from_file_location(f"scenarios.{path.parent.name}.scenario", path)
    if spec is None or spec.loader is None:
        raise BenchError(f"{where} cannot be imported", hint="a scenario's folder is named like a Python module")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
        scenario = module.scenario
    except Exception as error:
        raise BenchError(f"{where} is no scenario: {error}", hint=f"mend the declaration in {where}; CONTRIBUTING.md has the form") from error
    if not isinstance(scenario, Scenario):
        raise BenchError(f"{where} is no scenario: `scenario` is a {type(scenario).__name__}", hint="assign it a harness.scenario.Scenario")
    if len(scenario.variants) < 2:  # noqa: PLR2004  one has nothing to be compared with
        raise BenchError(f"{where} declares {len(scenario.variants)} variant", hint="it takes two to compare")
    for variant in scenario.variants:
        if not (path.parent / f"{variant.source}.py").is_file():
            files = sorted(file.stem for file in path.parent.glob("*.py") if file.stem not in {"scenario", "shared"})
            raise _missing(where, unknown("variant", variant.source, files))
    workloads = sorted(file.stem for file in root.glob("locustfiles/[!_]*.py"))
    if scenario.workload not in workloads:
        raise _missing(where, unknown("workload", scenario.workload, workloads))
    for service in scenario.needs:
        if service not in SERVICES:
            raise _missing(where, unknown("service", service, SERVICES))
    variants = tuple(replace(one, libraries=tuple(sorted(_libraries(path.parent, one.source)))) for one in scenario.variants)
    return replace(scenario, name=path.parent.name, variants=variants)


def _libraries(folder: Path, module: str) -> set[str]:
    """Collect what a file of a scenario imports, through the files beside it as well; what all variants share tells nothing."""
    imported = set()
    for node in ast.walk(ast.parse((folder / f"{module}.py").read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top, _, rest = name.partition(".")
            beside = rest.rpartition(".")[2]
            if top != "scenarios":
                imported.add(top)
            elif beside != "shared":
                imported |= _libraries(folder, beside)
    return imported - sys.stdlib_module_names - FRAMEWORK


def _missing(where: Path, error: BenchError) -> BenchError:
    return BenchError(f"{where}: {error}", hint=error.hint)
