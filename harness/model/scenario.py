"""What may be asked: scenarios, their variants, and the claims made about them.

Imports only the standard library, so that reading the catalogue costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.model.theory import Ceiling, Demand, unknown_ceiling

QUESTION = (
    "workload",
    "primary",
    "budget",
    "clients",
    "loads",
    "sweep",
    "knobs",
)  # the fields that must be alike where two runs are compared
GROUPS = ("clients", "CPU", "limits", "connections", "threads", "streaming")

LATENCY_LOAD = 0.5  # of the smallest ceiling: busy, and far from the cliff

RunsOn = Literal["loop", "thread", "process", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number per run. `at` is the load it is read at, as a share of the smallest ceiling; None reads it in the closed loop.

    `same_within` is the relative margin inside which two variants count as the same. `clients` reads it in a closed loop of that many
    instead, one of the scenario's `sweep`. `parts` divides it, where a request is made of so many alike. `prorated` counts an answer by the
    part of its service that lies within the window, and not as a whole where it ends.
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    same_within: float
    at: float | None = None
    clients: int | None = None
    parts: int = 1
    prorated: bool = False

    @property
    def label(self) -> str:
        """Say the metric and where it is read."""
        if self.clients is not None:
            return f"{self.name} of {self.clients} clients"
        return self.name if self.at is None else f"{self.name} at {self.at:g}× the smallest ceiling"

    @property
    def counts_failures(self) -> bool:
        """Say whether failing is what it measures, and so no fault of the measurement."""
        return self.name in {"goodput", "requests until failure"}


capacity = Metric("capacity", "requests/s", "higher", 0.05)
cpu_per_request = Metric("CPU per request", "s", "lower", 0.05)
time_alone = Metric("time alone", "s", "lower", 0.01)  # the median response, one request at a time
until_failure = Metric(
    "requests until failure", "requests", "higher", 0.05
)  # answered before the first that failed; none failed: infinitely many


def cpu_per(part: str, parts: int) -> Metric:
    """CPU time of one of the equal parts that a request is made of, such as a chunk."""
    return Metric(f"CPU per {part}", "s", "lower", 0.05, parts=parts)


def goodput(at: float) -> Metric:
    """Answers that were right and in time, per second, under an offered load."""
    return Metric("goodput", "requests/s", "higher", 0.05, at)


def goodput_of(clients: int) -> Metric:
    """Answers that were right and in time, per second, in a closed loop of so many clients."""
    return Metric("goodput", "requests/s", "higher", 0.05, clients=clients)


def p50(at: float) -> Metric:
    """Median response time from the intended start, under an offered load."""
    return Metric("p50", "s", "lower", 0.05, at)


def p99(at: float) -> Metric:
    """What one request in a hundred takes longer than, from the intended start, under an offered load."""
    return Metric("p99", "s", "lower", 0.10, at)


def bystander_p99(at: float) -> Metric:
    """What a route that does no work suffers while the others work, under an offered load."""
    return Metric("bystander p99", "s", "lower", 0.10, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What every variant of a scenario may use, unless it has a budget of its own: worker processes, threads of the pool, connections to the service."""

    workers: int = 1
    threads: int = 40
    connections: int = 10


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of giving the same answer: a file, what it does in a few words, where its handler runs, what bounds it.

    `flagged` are the rules of ruff's ASYNC family that find its trap, which a test holds true. `libraries` are what the
    file imports beyond Python and the web framework; they are read from it and never written. `budget` is its own only where the
    budget is what the scenario asks about; `needs` are services that no other variant needs.
    """

    name: str
    does: str
    runs_on: RunsOn
    ceiling: Ceiling
    file: str = ""  # without .py; the one of its name, unless another is given
    flagged: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    budget: Budget | None = None
    needs: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Name the file it is served from."""
        return self.file or self.name


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is at least `at_least` times as good as `over`, by the scenario's primary metric.

    `expected` says what was expected before it was measured, where that turned out false and the claim was changed.
    """

    subject: str
    over: str
    at_least: float
    expected: str = ""

    @property
    def says(self) -> str:
        """Write the claim."""
        return f"{self.subject} at least {self.at_least:g}× {'better than' if self.at_least > 1 else 'as good as'} {self.over}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, asked of several variants under one workload.

    `clients` is how many connections of the closed loop saturate every variant; `loads` are the open-model loads
    this question needs at every profile; `sweep` are other numbers of clients, in rising order, whose goodput is asked for;
    `knobs` are the settings a user may turn, handed to its processes as upper-case environment variables; `samples` are
    asked before the load, and every variant must answer them alike.
    The first variant is the baseline. `group` is one of GROUPS. `name` is the folder's and never written; `home` is the folder
    where a question that was made from this one has another name.
    """

    name: str = ""
    home: str = ""
    group: str = ""
    question: str
    workload: str
    needs: tuple[str, ...] = ()
    primary: Metric
    budget: Budget
    clients: int
    samples: tuple[str, ...]
    variants: tuple[Variant, ...]
    claims: tuple[Claim, ...] = ()
    loads: tuple[float, ...] = (LATENCY_LOAD,)
    sweep: tuple[int, ...] = ()
    knobs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could not be measured."""
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ValueError(f"two variants have the same name: {names}")
        if not self.samples:
            raise ValueError(
                "`samples` is empty: nothing would show that the variants give the same answer"
            )
        if self.primary.at is not None and self.primary.at not in self.loads:
            raise ValueError(
                f"the primary metric is read at {self.primary.at:g}, which is not among `loads` {self.loads}"
            )
        if self.primary.clients is not None and self.primary.clients not in self.sweep:
            raise ValueError(
                f"the primary metric is read of {self.primary.clients} clients, which are not among `sweep` {self.sweep}"
            )
        for claim in self.claims:
            for name in (claim.subject, claim.over):
                if name not in names:
                    raise ValueError(
                        f"a claim names the variant {name!r}; there are {', '.join(names)}"
                    )

    @property
    def folder(self) -> str:
        """Name the folder its variants are served from."""
        return self.home or self.name

    @property
    def baseline(self) -> Variant:
        """The variant that the others are compared with."""
        return self.variants[0]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give every comparison that is made, (subject, over): each variant with the baseline, and what the claims add."""
        compared = [(variant.name, self.baseline.name) for variant in self.variants[1:]]
        return (
            *compared,
            *(
                pair
                for claim in self.claims
                if (pair := (claim.subject, claim.over)) not in compared
            ),
        )

    @property
    def requires(self) -> tuple[str, ...]:
        """List the services it needs, those of single variants included."""
        return tuple(
            dict.fromkeys(
                (*self.needs, *(need for variant in self.variants for need in variant.needs))
            )
        )

    def budget_of(self, variant: Variant) -> Budget:
        """Give what a variant may use."""
        return variant.budget or self.budget

    def ceiling_of(self, variant: Variant, demand: Demand) -> float:
        """Give what a variant cannot beat, in requests/s, with the knobs set as they are here."""
        return variant.ceiling(replace(demand, knobs=self.knobs))

    def without(self, names: Collection[str]) -> Scenario:
        """Give the same question asked of the other variants alone."""
        return replace(
            self,
            variants=tuple(variant for variant in self.variants if variant.name not in names),
            claims=tuple(
                claim for claim in self.claims if not {claim.subject, claim.over} & set(names)
            ),
        )

    def variant(self, name: str) -> Variant:
        """Find a variant by its name."""
        return next(variant for variant in self.variants if variant.name == name)

    def turned(self, knobs: Mapping[str, float]) -> Scenario:
        """Give the same scenario with the knobs it has set to these values; others are ignored."""
        return replace(
            self, knobs={name: knobs.get(name, value) for name, value in self.knobs.items()}
        )

    def twinned(self, name: str, twins: Sequence[str] = ("one", "other")) -> Scenario:
        """Give the same question asked of one variant under several names: whatever is found to differ, the instrument made."""
        variant = self.variant(name)
        return replace(
            self,
            claims=(),
            variants=tuple(replace(variant, name=twin, file=variant.source) for twin in twins),
        )

    def aimed(self, url: str) -> Scenario:
        """Give the same load for an app that somebody else started; there is nothing to compare it with."""
        return replace(
            self,
            needs=(),
            knobs={},
            claims=(),
            variants=(Variant("target", url, "elsewhere", unknown_ceiling),),
        )
