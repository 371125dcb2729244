"""Bring up what a gate needs: both sides beside each other, a run folder, and its contests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.catalogue import catalogue, select
from harness.experiment import gate_scheduler
from harness.experiment.events import Event
from harness.experiment.fitting import by_one_interpreter, fitting
from harness.experiment.gate_panel import panel
from harness.experiment.measure import measuring
from harness.experiment.run import Driver
from harness.experiment.session import exclusive, new_folder, remove_unused
from harness.judge.gate import BASE, HEAD, Contest, ContestResult, contests
from harness.load.locust import Locust
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.record import Asked, Skipped
from harness.places import checkouts
from harness.places.checkouts import Checkout
from harness.places.host import Host
from harness.project import ROOT
from harness.services import provide
from harness.store.run import GATE, Run
from harness.system import cores, machine
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a gate was asked: which two states, of which questions, by which margin, how long.

    `head` None is the checkout as it stands, `base` None the same files as head. `packages` are
    installed for head alone, `base_packages` for base.
    """

    base: str | None
    head: str | None
    packages: tuple[str, ...] = ()
    base_packages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    margin: float
    seconds: float
    seed: int = 0

    def spent_s(self, ends: float) -> float:
        """Return the seconds that are gone of a budget that `ends` at time.monotonic()."""
        return self.seconds - (ends - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A gate that is ready.

    `base` and `head` are the sides in words, `lone` what only one of them has, `skipped` what
    cannot be measured here; it `ends` at a time of time.monotonic().
    """

    base: str
    head: str
    contests: Sequence[Contest]
    lone: Sequence[str]
    skipped: Sequence[Skipped]
    run: Run
    ends: float
    events: Callable[[], Iterator[Event | ContestResult]]


@contextmanager
def start(terms: Terms, results: Path, say: Callable[[str], object]) -> Iterator[Gate]:
    """Check what is asked, put both sides up, and yield the gate.

    All but the records is gone when the context ends. The budget counts from here.
    Raises BenchError where there is nothing to compare, or no time for it.
    """
    ends = time.monotonic() + terms.seconds
    if not (terms.base or terms.packages or terms.base_packages):
        raise BenchError(
            "a gate needs something to compare with",
            hint="--base REF, such as --base origin/main, --with or --base-with PACKAGE==VERSION",
        )
    repo = Repo(ROOT)
    if terms.head:
        checkouts.require_same_instrument(repo, terms.head)
    with exclusive(results), ProcessSupervisor() as supervisor, ExitStack() as stack:
        cores.pin(os.getpid(), cores.AVAILABLE)
        base, head = sides(repo, terms, supervisor.folder)
        found, lone, skipped = _contests(terms, base, head)
        gate_scheduler.require_enough(found, terms.seconds, terms.spent_s(ends))
        run = Run(new_folder(results, GATE))
        run.create(_asked(terms, found, skipped, {BASE: base, HEAD: head}))
        stack.callback(remove_unused, run)
        logs = run.folder / "logs"
        base, head = checkouts.install((base, head), supervisor, logs, ends, say)
        spent_s = terms.spent_s(ends)
        gate_scheduler.require_enough(found, terms.seconds, spent_s, installed=True)
        again = Run(run.folder / "again")
        again.create(run.asked)
        agent = checkouts.agent(supervisor.folder / "agent")
        stage = partial(_stage, supervisor, {BASE: base, HEAD: head}, agent)
        scheduled = gate_scheduler.Gate(found, stage, run, again, terms.seed, terms.margin, ends)
        yield Gate(
            base=base.says,
            head=head.says,
            contests=found,
            lone=lone,
            skipped=skipped,
            run=run,
            ends=ends,
            events=scheduled.events,
        )


def sides(repo: Repo, terms: Terms, into: Path) -> tuple[Checkout, Checkout]:
    """Return base and head, their files in folders beside each other.

    Raises BenchError where a package, or a commit, is not named rightly.
    """
    extra = {
        BASE: tuple(checkouts.requirement(one) for one in terms.base_packages),
        HEAD: tuple(checkouts.requirement(one) for one in terms.packages),
    }

    def files(ref: str | None, side: str) -> Checkout:
        folder = into / side
        folder.mkdir()
        found = (
            checkouts.committed(repo, ref, folder) if ref else checkouts.working_tree(repo, folder)
        )
        if not extra[side]:
            return found
        says = f"{found.says} with {', '.join(extra[side])}"
        return replace(found, says=says, extra=extra[side])

    base_ref = repo.base_of(terms.base, terms.head) if terms.base else terms.head
    return files(base_ref, BASE), files(terms.head, HEAD)


def _contests(
    terms: Terms, base: Checkout, head: Checkout
) -> tuple[list[Contest], list[str], tuple[Skipped, ...]]:
    """Return the contests, what only one side has, and what cannot be measured here."""
    refused: dict[str, BenchError] = {}
    of_head, of_base = catalogue(head.folder), catalogue(base.folder, refused)
    chosen = select(terms.names, of_head, terms.groups)
    common = [one for one in chosen if one.name in of_base]
    lone = [
        f"{one.name} ({refused.get(one.name, 'only head has it')})"
        for one in chosen
        if one.name not in of_base
    ]
    if not terms.names and not terms.groups:
        lone += [f"{name} (only base has it)" for name in of_base if name not in of_head]
    if not common:
        raise _nothing_common(lone, "name a scenario that both have")
    kept, skipped = fitting(common, provide.lacking, by_one_interpreter)
    here = {(one.name, variant.name) for one in kept for variant in one.variants}
    found: list[Contest] = []
    for one in common:
        paired, names = contests(one, of_base[one.name])
        found += [contest for contest in paired if (contest.of, contest.variant) in here]
        lone += names
    if not found:
        raise _nothing_common(lone, "name a scenario of which both have a variant")
    if not terms.names and not terms.groups:
        # Other packages touch every variant alike.
        alike = (base.lock.read_bytes(), base.extra) == (head.lock.read_bytes(), head.extra)
        compared = panel(found, base.folder if alike else head.folder, head.folder)
        if left := len(found) - len(compared):
            lone.append(f"{left} other variants (name a scenario to compare all of it)")
        found = compared
    return found, lone, skipped


def _nothing_common(lone: Sequence[str], hint: str) -> BenchError:
    listed = ", ".join(lone)
    return BenchError(f"the two sides have nothing in common to compare: {listed}", hint=hint)


def _asked(
    terms: Terms,
    found: Sequence[Contest],
    skipped: tuple[Skipped, ...],
    sides: Mapping[str, Checkout],
) -> Asked:
    """Return the plan as it is recorded, with the code of both sides."""
    scenarios = [contest.scenario for contest in found]
    code = {}
    for one in scenarios:
        for variant in one.variants:
            file = one.file_of(variant, sides[variant.name].folder)
            code[f"{one.name}/{variant.name}"] = file.read_text()
    return Asked(
        profile=GATE,
        on="host",
        seed=terms.seed,
        commit=machine.commit(),
        fingerprint=machine.fingerprint(),
        scenarios=tuple(scenarios),
        code=code,
        skipped=skipped,
    )


@contextmanager
def _stage(
    supervisor: ProcessSupervisor,
    sides: Mapping[str, Checkout],
    agent: Path,
    contests: Sequence[Contest],
    run: Run,
) -> Iterator[Callable[[Contest], Driver]]:
    """Bring up what contests of one scenario need; each variant is served from its side's files."""
    scenario = contests[0].scenario
    split = cores.split(scenario.budget.workers)
    place = Host(supervisor, split, 0, 0, agent)

    def runner(contest: Contest) -> Driver:
        def app(variant: str) -> App:
            side = sides[variant]
            return contest.scenario.app(variant, side.folder, side.python)

        return bench.runner(contest.scenario, app)

    with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
        yield runner
