"""What may be asked: scenarios, their variants, and the claims made about them.

Imports only the standard library, so that reading the catalogue costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Literal

from harness.model.app import App, Budget
from harness.model.errors import BenchError
from harness.model.metric import Metric
from harness.model.theory import Ceiling
from harness.model.trap import Trap
from harness.model.workload import Workload

# The fields that must be alike where two runs are compared.
QUESTION = ("workload", "primary", "budget", "clients", "loads", "sweep", "knobs")
APART = ("map", "stack", "scenes")  # only measured where they are named: they take longer
GROUPS = ("clients", "CPU", "limits", "connections", "threads", "streaming", *APART)
CLIENTS = "clients"  # in a point, beside knobs: the connections of the closed loop

LATENCY_LOAD = 0.5  # of the smallest ceiling: busy, and far from the cliff

RunsOn = Literal["loop", "thread", "process", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of giving the same answer.

    `does` says in a few words what it does, `runs_on` where its handler runs, `ceiling` what
    bounds it; None where nothing is known. `file` is its file without .py, which is called like
    the variant unless another is given. `flagged` are the rules of ruff's ASYNC family that find
    its trap; a test keeps them true. `libraries` are what the file imports beyond Python and the
    web framework; they are read from it and never written. `budget` is its own only where the
    budget is what the scenario asks about. `needs` are services that no other variant needs.
    `server` is one of harness/servers, with so many `workers`, and `python` an interpreter by its
    version, such as 3.14t, else the one that runs the harness.
    """

    name: str
    does: str
    runs_on: RunsOn
    ceiling: Ceiling | None = None
    file: str = ""
    flagged: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    budget: Budget | None = None
    needs: tuple[str, ...] = ()
    server: str = "uvicorn"
    workers: int = 1
    python: str = ""

    @property
    def source(self) -> str:
        """The file it is served from, without .py."""
        return self.file or self.name


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is at least `at_least` times as good as `over`, by the scenario's primary metric.

    `expected` says what was expected before it was measured, where that turned out false and the
    claim was changed. Of a scenario that is asked at several points it is made at those that hold
    the values of `where`.
    """

    subject: str
    over: str
    at_least: float
    expected: str = ""
    where: Mapping[str, float] = field(default_factory=dict)


Point = Mapping[str, float]  # knobs, and CLIENTS, with their values


def grid(**values: Sequence[float]) -> tuple[Point, ...]:
    """Return every combination of these values of knobs, and of CLIENTS."""
    return tuple(dict(zip(values, one, strict=True)) for one in product(*values.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, asked of several variants under one workload. The first is the baseline.

    `clients` is how many connections of the closed loop saturate every variant; `loads` are the
    open loads that this question needs at every profile, as shares of the smallest ceiling;
    `sweep` are other numbers of clients, in rising order, whose goodput is asked for; `knobs` are
    the settings that a user may turn, given to the app as upper-case environment variables.
    `group` is one of GROUPS. `name` is the folder's and never written; `folder` is given only
    where a question that was made from this one has another name. It is asked at each of the
    points of `over`; a question made for one of them has it as `at`. `held` is how many idle
    connections the evidence pass holds, to see what each adds to the memory of the server. `waits`
    names the knob of a service, where it is another than wait_ms, that sets how long one waits for
    it. `traps` are said with their figures. `lanes` is how many clients ask side by side in the
    evidence pass, so that their requests can be drawn one by one.
    Raises ValueError where that could not be measured.
    """

    name: str = ""
    folder: str = ""
    group: str = ""
    question: str
    workload: Workload
    needs: tuple[str, ...] = ()
    primary: Metric
    budget: Budget
    clients: int
    variants: tuple[Variant, ...]
    claims: tuple[Claim, ...] = ()
    traps: tuple[Trap, ...] = ()
    loads: tuple[float, ...] = (LATENCY_LOAD,)
    sweep: tuple[int, ...] = ()
    knobs: Mapping[str, float] = field(default_factory=dict)
    waits: Mapping[str, str] = field(default_factory=dict)
    over: tuple[Point, ...] = ()
    at: Point = field(default_factory=dict)
    held: int = 0
    lanes: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not be measured."""
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ValueError(f"two variants have the same name: {names}")
        for name in (*names, self.name or "unnamed", *([self.folder] if self.folder else [])):
            if not name.replace("-", "_").isidentifier():
                raise ValueError(f"{name!r} is no name: write letters, digits and underscores")
        primary = self.primary
        if primary.at is not None and primary.at not in self.loads:
            where = f"read at {primary.at:g}, which is not among `loads` {self.loads}"
            raise ValueError(f"the primary metric is {where}")
        if primary.clients is not None and primary.clients not in self.sweep:
            where = f"read of {primary.clients} clients, which are not among `sweep` {self.sweep}"
            raise ValueError(f"the primary metric is {where}")
        for claim in self.claims:
            for name in (claim.subject, claim.over):
                if name not in names:
                    raise ValueError(f"a claim names the variant {name!r}; there are {names}")
        used = {name for point in (*self.over, self.at) for name in point}
        if strange := used - {*self.knobs, CLIENTS}:
            raise ValueError(f"`over` names the knobs {strange}; there are {[*self.knobs]}")

    @property
    def home(self) -> str:
        """The folder in scenarios/ that its variants are served from."""
        return self.folder or self.name

    @property
    def title(self) -> str:
        """Its name for people, with its point."""
        return f"{self.home} at {point_in_words(self.at)}" if self.at else self.name

    @property
    def points(self) -> tuple[Scenario, ...]:
        """The question at each of its points; itself where there are none."""
        return tuple(map(self._at, self.over)) or (self,)

    def _at(self, point: Point) -> Scenario:
        """Return the question at one point; a budget of as many connections as clients follows."""
        words = (f"{name}-{value:.12g}".replace(".", "_") for name, value in point.items())
        clients = int(point.get(CLIENTS, self.clients))
        follow = {"connections": clients} if self.budget.connections == self.clients else {}
        asked = replace(
            self,
            name="-".join((self.name, *words)),
            folder=self.home,
            over=(),
            at=point,
            clients=clients,
            claims=tuple(one for one in self.claims if one.where.items() <= point.items()),
        )
        return asked.with_knobs(point).with_budget(follow)

    @property
    def baseline(self) -> Variant:
        """The variant that the others are compared with."""
        return self.variants[0]

    @property
    def requires(self) -> tuple[str, ...]:
        """The services it needs, those of single variants included."""
        own = (need for variant in self.variants for need in variant.needs)
        return tuple(dict.fromkeys((*self.needs, *own)))

    def variant(self, name: str) -> Variant:
        """Return a variant by its name; raises LookupError where there is none."""
        found = [variant for variant in self.variants if variant.name == name]
        if not found:
            raise LookupError(f"{self.name} has no variant {name!r}")
        return found[0]

    def budget_of(self, variant: Variant) -> Budget:
        """Return what a variant may use."""
        return variant.budget or self.budget

    def file_of(self, variant: Variant, root: Path) -> Path:
        """Return the file that a variant is served from, in the checkout at `root`."""
        return root / "scenarios" / self.home / f"{variant.source}.py"

    def app(self, name: str, root: Path, python: Path = Path(sys.executable)) -> App:
        """Return the app that a variant is, from the checkout at `root`, with knobs and budget."""
        variant = self.variant(name)
        knobs = {knob.upper(): f"{value:.12g}" for knob, value in self.knobs.items()}
        return App(
            target=f"scenarios.{self.home}.{variant.source}:app",
            folder=root,
            python=python,
            environment={**knobs, **self.budget_of(variant).environment},
            server=variant.server,
            workers=variant.workers,
        )

    def drop(self, names: Collection[str]) -> Scenario:
        """Return the same question, asked of the other variants alone."""
        claims = (one for one in self.claims if not {one.subject, one.over} & set(names))
        variants = (variant for variant in self.variants if variant.name not in names)
        return replace(self, variants=tuple(variants), claims=tuple(claims))

    def with_knobs(self, knobs: Mapping[str, float]) -> Scenario:
        """Return the same scenario with its knobs set to these values; others are ignored.

        It is asked at no other value of them.
        """
        over = [{one: knobs.get(one, point[one]) for one in point} for point in self.over]
        return replace(
            self,
            knobs={name: knobs.get(name, value) for name, value in self.knobs.items()},
            over=tuple(one for number, one in enumerate(over) if one not in over[:number]),
        )

    def asked_over(self, values: Mapping[str, Sequence[float]]) -> Scenario:
        """Return the same question over these values of its knobs and of CLIENTS.

        Its claims were made for other values, and are left out. Knobs of others are ignored.
        """
        own = {name: given for name, given in values.items() if name in {*self.knobs, CLIENTS}}
        return replace(self, over=grid(**own), claims=()) if own else self

    def with_budget(self, amounts: Mapping[str, int]) -> Scenario:
        """Return the same question with these amounts in the budget of every variant.

        Raises BenchError where a variant's own amount is what is asked about.
        """
        for variant in self.variants:
            for name in amounts:
                own, common = (getattr(of, name) for of in (self.budget_of(variant), self.budget))
                if own != common:
                    raise BenchError(
                        f"{self.name} asks what {own} {name} do for {variant.name}",
                        hint=f"leave --{name} out, or name other scenarios",
                    )
        variants = (
            replace(
                one,
                ceiling=one.ceiling and one.ceiling.with_budget(self.budget, amounts),
                budget=one.budget and replace(one.budget, **amounts),
            )
            for one in self.variants
        )
        return replace(self, budget=replace(self.budget, **amounts), variants=tuple(variants))

    def as_aa_test(self, name: str, twins: Sequence[str] = ("one", "other")) -> Scenario:
        """Return the same question asked of one variant under several names.

        Whatever is said to differ, the instrument made.
        """
        variant = self.variant(name)
        variants = (replace(variant, name=twin, file=variant.source) for twin in twins)
        return replace(self, claims=(), variants=tuple(variants))

    def for_target(self, url: str) -> Scenario:
        """Return the same load for an app that somebody else started, compared with nothing."""
        target = Variant("target", url, "elsewhere")
        return replace(self, needs=(), knobs={}, claims=(), variants=(target,))


def point_in_words(point: Point) -> str:
    """Return a point as people write it, such as wait_ms=10, clients=64."""
    return ", ".join(f"{name}={value:g}" for name, value in point.items())
