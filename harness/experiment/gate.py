"""Bring up what a gate needs: both trees beside each other, the run folder, and a driver that serves either side."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.design.plan import Trial
from harness.experiment import gate_scheduler
from harness.experiment.measure import measuring
from harness.experiment.run import Driver
from harness.experiment.session import alone, fitting, new_folder
from harness.judge import gate
from harness.judge.gate import BASE, HEAD, Result
from harness.load.locust import ALONE
from harness.catalogue import catalogue, select
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.places import checkouts
from harness.places.checkouts import Side
from harness.places.host import Host
from harness.places.serve import Tree
from harness.project import ROOT
from harness.services import provide
from harness.store.records import Asked, Run, Skipped
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import Crew


@dataclass(frozen=True, slots=True)
class Terms:
    """What a gate was asked: which two states, of which questions, with which margin, in which time."""

    base: str | None
    head: str | None
    packages: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[str, ...]
    margin: float
    seconds: float
    seed: int
    refusing: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that is ready: the two sides in words, its contests, what only one side has, what cannot be measured here, and the time left of its budget."""

    base: str
    head: str
    contests: Sequence[Scenario]
    lone: Sequence[str]
    skipped: Sequence[Skipped]
    run: Run
    terms: Terms
    ends: float
    trees: dict[str, Tree]
    crew: Crew

    def hold(self) -> Iterator[Trial | Measurement | Result]:
        """Hold every contest, and the suspect ones again."""
        again = Run(self.run.folder / "again")
        again.create(self.run.asked)
        left = self.ends - time.monotonic()
        yield from gate_scheduler.hold(
            self.contests,
            self._stage,
            (self.run, again),
            seed=self.terms.seed,
            margin=self.terms.margin,
            seconds=left,
            refusing=self.terms.refusing,
        )

    @contextmanager
    def _stage(self, contest: Scenario, run: Run) -> Iterator[Driver]:
        split = cores.split(contest.budget.workers)
        place = Host(self.crew, split, free_port(), free_port(), trees=self.trees)
        with measuring(place, split, contest, run, self.crew, ALONE) as drive:
            yield drive


@contextmanager
def start(terms: Terms, results: Path, say: Callable[[str], object]) -> Iterator[Gate]:
    """Check what is asked, put both sides up, and give the gate; all but the records is gone when the context ends. The budget counts from here."""
    ends = time.monotonic() + terms.seconds
    if not (terms.base or terms.packages):
        raise BenchError(
            "a gate needs something to compare with",
            hint="--base REF, such as --base origin/main, or --with PACKAGE==VERSION",
        )
    if terms.head:
        checkouts.require_same_instrument(terms.head)
    extra = tuple(checkouts.requirement(one) for one in terms.packages)
    with alone(results), Crew() as crew:
        cores.pin(os.getpid(), cores.AVAILABLE)
        base, head = _sides(terms, extra, crew)
        refused: dict[str, BenchError] = {}
        of_head, of_base = catalogue(head.folder), catalogue(base.folder, refused)
        chosen = select(terms.names, of_head, terms.groups)
        lone = [
            f"{one.name} ({refused.get(one.name, 'only head has it')})"
            for one in chosen
            if one.name not in of_base
        ]
        lone += [
            f"{name} (only base has it)"
            for name in of_base
            if name not in of_head and not terms.names and not terms.groups
        ]
        if not (common := [one for one in chosen if one.name in of_base]):
            raise BenchError(
                f"the two sides have nothing in common to compare: {', '.join(lone)}",
                hint="name a scenario that both have",
            )
        kept, skipped = fitting(common, provide.lacking)
        paired = [gate.contests(one, of_base[one.name]) for one in common]
        lone += [one for _, names in paired for one in names]
        here = {f"{one.name}-{variant.name}" for one in kept for variant in one.variants}
        contests = [contest for found, _ in paired for contest in found if contest.name in here]
        if not contests:
            raise BenchError(
                f"the two sides have nothing in common to compare: {', '.join(lone)}",
                hint="name a scenario of which both have a variant",
            )
        gate_scheduler.affordable(contests, ends - time.monotonic())
        run = Run(new_folder(results / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}-gate"))
        run.create(
            Asked(
                profile=gate.PROFILE,
                on="host",
                seed=terms.seed,
                commit=machine.commit(),
                fingerprint=machine.fingerprint(),
                scenarios=tuple(contests),
                code={
                    f"{one.name}/{v.name}": _code((base, head)[v.name == HEAD], one, v.source)
                    for one in contests
                    for v in one.variants
                },
                skipped=skipped,
            )
        )
        found: tuple[Tree, ...] = ()
        for event in checkouts.environments(
            (base, head),
            crew,
            checkouts.instrument(crew.folder / "instrument"),
            run.folder / "logs",
            ends,
        ):
            if isinstance(event, str):
                say(event)
            else:
                found = event
        gate_scheduler.affordable(
            contests, ends - time.monotonic(), spent=terms.seconds - (ends - time.monotonic())
        )
        yield Gate(
            base.says,
            head.says,
            contests,
            lone,
            skipped,
            run,
            terms,
            ends,
            dict(zip((BASE, HEAD), found, strict=True)),
            crew,
        )
        run.finish()


def _sides(terms: Terms, extra: tuple[str, ...], crew: Crew) -> tuple[Side, Side]:
    folders = crew.folder / BASE, crew.folder / HEAD
    for folder in folders:
        folder.mkdir()
    head = (
        checkouts.committed(terms.head, folders[1])
        if terms.head
        else checkouts.checkout(folders[1])
    )
    if terms.base:
        base = checkouts.committed(checkouts.parting(terms.base, terms.head), folders[0])
    else:
        base = (
            checkouts.committed(terms.head, folders[0])
            if terms.head
            else checkouts.checkout(folders[0])
        )
    for folder in folders:
        shutil.copytree(
            ROOT / "locustfiles", folder / "locustfiles"
        )  # the load is this checkout's, for both
    if extra:
        head = Side(f"{head.says} with {', '.join(extra)}", head.folder, extra)
    return base, head


def _code(side: Side, contest: Scenario, source: str) -> str:
    return (side.folder / "scenarios" / contest.folder / f"{source}.py").read_text()
