"""The gate on somebody's own app: two states of its repository beside each other.

First one request after the other is asked of both sides: what is counted there is exact. Then times
are measured block by block, and judged like those of any gate.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from harness.design.what_ifs import UNCHANGED, WhatIf
from harness.experiment import gate_scheduler
from harness.experiment.answers import Answers
from harness.experiment.gate import Gate
from harness.experiment.measure import measuring
from harness.experiment.own_visit import (
    Say,
    Visited,
    app_of,
    described,
    environment_of,
    prepare,
    questions_of,
    scenario_of,
    visit,
)
from harness.experiment.run import Driver
from harness.experiment.session import exclusive, new_folder, remove_unused
from harness.judge.counts import CountChange, changes
from harness.judge.gate import BASE, HEAD, Contest
from harness.judge.screening import MARGIN
from harness.load.locust import Locust
from harness.model.errors import BenchError
from harness.model.own_app import OwnApp, secrets
from harness.model.record import Asked
from harness.model.workload import Workload
from harness.places import checkouts, own_checkouts
from harness.places.host import Host
from harness.places.own_checkouts import State
from harness.places.serve import wait_for
from harness.store.run import GATE, Run
from harness.system import cores, machine
from harness.system.processes import ProcessSupervisor

SIDES = (WhatIf(BASE, "as it was"), WhatIf(HEAD, "as it is"))
VISIT_S = 5.0  # of one side


class OwnContest(Contest):
    """A question to somebody's own app, as a question about its two states."""

    @property
    def title(self) -> str:
        """The request."""
        return self.variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Base and head, each with its files and its interpreter, and where they are served."""

    apps: Mapping[str, OwnApp]
    states: Mapping[str, State]
    place: Host
    supervisor: ProcessSupervisor

    def counted(self, template: Workload, real: Workload) -> Counted:
        """Ask both sides one request after the other, and again where a count differs.

        Then in the other order, so that nothing is called exact that happened once.
        Raises BenchError where either side does not answer as it should.
        """
        visits = self._visited(template, real, (HEAD, BASE))
        found = _changes(visits)
        if found:
            again = {one.kind for one in _changes(self._visited(template, real, (BASE, HEAD)))}
            found = tuple(one for one in found if one.kind in again)
        return Counted(visits, found)

    def _visited(
        self, template: Workload, real: Workload, order: Sequence[str]
    ) -> dict[str, Visited]:
        return {side: self._visit(side, template, real) for side in order}

    def _visit(self, side: str, template: Workload, real: Workload) -> Visited:
        run = Run(Path(mkdtemp(prefix="visit-", dir=self.supervisor.folder)))
        for name in ("logs", "samples"):
            (run.folder / name).mkdir()
        try:
            return visit(self.apps[side], template, real, self.place, run, self.supervisor)
        except BenchError as error:
            raise RefusedError(side, self.states[side].says, error) from error

    def alike(self, workload: Workload) -> bool:
        """Return whether both sides, which answer rightly, give the same answers."""
        answers = Answers(workload)
        with ExitStack() as stack:
            for slot, (side, own) in enumerate(self.apps.items()):
                log = self.supervisor.folder / f"answers-{side}.log"
                app = app_of(own, workload, UNCHANGED)
                server = stack.enter_context(self.place.serve(app, side, log, slot))
                wait_for(server, workload.idle_request)
                try:
                    answers.check(server.url, side, "")
                except BenchError:
                    return False
        return True

    @contextmanager
    def stage(
        self, asked: Mapping[str, Workload], contests: Sequence[Contest], run: Run
    ) -> Iterator[Callable[[Contest], Driver]]:
        """Bring up the load of a contest, which is alone, and serve each side from its files."""
        (contest,) = contests
        workload = asked[contest.name]
        scenario = replace(contest.scenario, workload=workload)
        apps = {side: app_of(own, workload, UNCHANGED) for side, own in self.apps.items()}
        split = self.place.split
        with measuring(self.place, split, scenario, run, self.supervisor, Locust()) as bench:
            hidden = secrets(contest.scenario.workload, environment_of(self.apps[HEAD]))
            yield lambda _: bench.runner(scenario, apps.__getitem__, secrets=hidden)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was seen of both sides, one request after the other, and what head has more of."""

    visits: Mapping[str, Visited]
    changes: tuple[CountChange, ...]


class RefusedError(BenchError):
    """One side does not answer as it should."""

    def __init__(self, side: str, says: str, error: BenchError) -> None:
        super().__init__(f"{says}: {error}", hint=error.hint)
        self.side = side


@contextmanager
def start(
    own: OwnApp,
    *,
    base: str,
    head: str | None = None,
    margin: float = MARGIN,
    seconds: float,
    seed: int = 0,
    results: Path,
    say: Say,
) -> Iterator[Gate]:
    """Put both sides up, count what one request does on each, and yield the gate.

    `head` None is the project's folder as it stands. Load, questions and configuration are the
    same for both sides. All but the records is gone when the context ends. The budget of `seconds`
    counts from here. Raises BenchError where there is nothing to compare, no time for it, or head
    does not answer as it should.
    """
    ends = time.monotonic() + seconds
    with exclusive(results), ProcessSupervisor() as supervisor, ExitStack() as stack:
        cores.pin(os.getpid(), cores.AVAILABLE)
        contests = [_contest(own, one) for one in own.questions]
        found: Sequence[State] = own_checkouts.states(own.app.folder, base, head, supervisor.folder)
        visits_s = 2 * VISIT_S * len(contests)
        gate_scheduler.require_enough(contests, seconds, visits_s)
        run = Run(new_folder(results, GATE))
        run.create(_asked(own, contests, found, seed))
        stack.callback(remove_unused, run)
        logs = run.folder / "logs"
        found = own_checkouts.install(found, own.app.python, supervisor, logs, ends, say)
        sides = _sides(own, dict(zip((BASE, HEAD), found, strict=True)), supervisor)
        prepare(sides.apps[HEAD], supervisor, logs, say)
        counts, asked, lone = _counted(own, contests, sides, run, say)
        compared = [one for one in contests if one.name in asked]
        if not compared:
            raise BenchError(
                f"the two sides have nothing in common to compare: {', '.join(lone)}",
                hint="name a route that both have",
            )
        again = Run(run.folder / "again")
        again.create(run.asked)
        scheduled = gate_scheduler.Gate(
            compared,
            partial(sides.stage, asked),
            run,
            again,
            seed,
            margin,
            ends,
            counts=counts,
        )
        yield Gate(
            base=sides.states[BASE].says,
            head=sides.states[HEAD].says,
            contests=compared,
            lone=lone,
            skipped=(),
            run=run,
            ends=ends,
            events=scheduled.events,
        )


def _counted(
    own: OwnApp, contests: Sequence[Contest], sides: Sides, run: Run, say: Say
) -> tuple[dict[str, tuple[CountChange, ...]], dict[str, Workload], list[str]]:
    """Return what is counted of each contest, what it asks, and what cannot be compared.

    What was seen is on record, as the evidence of each side.
    """
    counts: dict[str, tuple[CountChange, ...]] = {}
    asked: dict[str, Workload] = {}
    lone: list[str] = []
    asked_for = questions_of(own)
    for contest, template, real in zip(contests, own.questions, asked_for, strict=True):
        say(f"counting what {contest.title} does on each side")
        try:
            found = sides.counted(template, real)
        except RefusedError as error:
            if error.side == HEAD:
                raise
            lone.append(f"{contest.title}: {error}")
            continue
        for side, one in found.visits.items():
            run.append(replace(one.alone, trial=replace(one.alone.trial, variant=side)))
        counts[contest.name] = found.changes
        if not sides.alike(real):
            lone.append(f"the answers to {contest.title}, in which the two sides differ")
            asked[contest.name] = replace(real, same="status")
        else:
            asked[contest.name] = real
    return counts, asked, lone


def _changes(visits: Mapping[str, Visited]) -> tuple[CountChange, ...]:
    base, head = visits[BASE], visits[HEAD]
    return changes(base.alone, head.alone, (base.route, head.route))


def _contest(own: OwnApp, question: Workload) -> OwnContest:
    scenario = scenario_of(own, question, SIDES)
    request = f"{question.method} {question.path.replace('{key}', question.keys)}"
    asked = replace(scenario, question=f"Is {request} slower than it was?", loads=())
    return OwnContest(own.app.target, request, asked)


def _sides(own: OwnApp, states: Mapping[str, State], supervisor: ProcessSupervisor) -> Sides:
    """Return the app as each side has it; raises BenchError where it would be the same one."""
    for one in states.values():
        own_checkouts.require_own(one, own.app.target, own.app.environment)
    agent = checkouts.agent(supervisor.folder / "agent")
    return Sides(
        apps={
            side: replace(own, app=replace(own.app, folder=one.folder, python=one.python))
            for side, one in states.items()
        },
        states=states,
        place=Host(supervisor, cores.split(own.workers), own.port, 0, agent),
        supervisor=supervisor,
    )


def _asked(own: OwnApp, contests: Sequence[Contest], sides: Sequence[State], seed: int) -> Asked:
    """Return the plan as it is recorded: no body, and no secret."""
    base, head = (one.says for one in sides)
    return Asked(
        profile=GATE,
        on="host",
        seed=seed,
        commit=machine.commit(),
        fingerprint=machine.fingerprint(),
        scenarios=tuple(one.scenario for one in contests),
        code={},
        app={**described(own), "base": base, "head": head},
    )
