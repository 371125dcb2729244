"""Measure somebody's own app: as it is, and beside it what can be tried without its files.

The app is served by its own interpreter, from its own folder, with the agent around it. First it is
visited once: which route answers, where it runs, what holds it. That says what is worth trying;
then all of it is measured block by block, like the variants of any scenario.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from harness.design.design import Design
from harness.design.profile import profile_named
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
from harness.experiment.session import Session, exclusive, new_folder, remove_unused
from harness.judge.diagnosis import waits
from harness.load.locust import Locust
from harness.model.evidence import Evidence
from harness.model.own_app import OwnApp, secrets
from harness.model.record import Asked
from harness.model.scenario import Scenario
from harness.places import checkouts
from harness.places.host import Host
from harness.store.run import Run, latest
from harness.system import cores, machine
from harness.system.git import Repo
from harness.system.processes import ProcessSupervisor

LINT_S = 20.0

Seen = Callable[[Visited], object]  # told of each route that was visited


@contextmanager
def start(
    own: OwnApp, *, profile: str, seed: int, results: Path, say: Say, seen: Seen
) -> Iterator[Session]:
    """Visit every route that is asked, and yield the session that measures what is worth trying.

    Everything that was started is ended with the context. Raises BenchError where the app cannot
    be served, or does not answer as it should.
    """
    with exclusive(results), ProcessSupervisor() as supervisor, ExitStack() as stack:
        agent = checkouts.agent(supervisor.folder / "agent")
        asked_for = questions_of(own)
        trial_run = Run(supervisor.folder / "visit")
        (trial_run.folder / "logs").mkdir(parents=True)
        (trial_run.folder / "samples").mkdir()
        prepare(own, supervisor, trial_run.folder / "logs", say)
        split = cores.split(own.workers)
        place = Host(supervisor, split, own.port, 0, agent)
        visits = [
            visit(own, template, real, place, trial_run, supervisor)
            for template, real in zip(own.questions, asked_for, strict=True)
        ]
        for one in visits:
            seen(one)
        scenarios = [scenario_of(own, one.workload, one.tried) for one in visits]
        asked = _asked(own, visits, scenarios, profile, seed)
        found = latest(results, asked)
        run = found or Run(new_folder(results, "app"))
        run.create(asked)
        cut = run.mend()
        if not found:
            stack.callback(remove_unused, run)
            for one in visits:
                run.append(one.alone)
        by_name = {
            scenario.name: (visited, real)
            for scenario, visited, real in zip(scenarios, visits, asked_for, strict=True)
        }

        @contextmanager
        def stage(design: Design) -> Iterator[Driver]:
            visited, real = by_name[design.scenario.name]
            scenario = replace(design.scenario, workload=real)
            apps = {one.name: app_of(own, real, one) for one in visited.tried}
            with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
                hidden = secrets(visited.workload, environment_of(own))
                yield bench.runner(scenario, apps.__getitem__, secrets=hidden)

        yield Session(
            run=run,
            designs=[Design(one, profile_named(profile)) for one in scenarios],
            resumed=found is not None,
            where=f"{own.app.target} by {own.app.python}",
            stage=stage,
            joining=lambda _: None,
            cut=cut,
        )


def _asked(
    own: OwnApp,
    visits: Sequence[Visited],
    scenarios: Sequence[Scenario],
    profile: str,
    seed: int,
) -> Asked:
    """Return the plan as it is recorded: bodies by their digest, secrets not at all."""
    routes = {
        one.name: {
            "route": visit.route,
            "tried": {what.name: what.says for what in visit.tried},
            "body": sha256(visit.workload.body).hexdigest() if visit.workload.body else "",
            "rules": _rules(own, visit.alone.evidence),
        }
        for one, visit in zip(scenarios, visits, strict=True)
    }
    return Asked(
        profile=profile,
        on="host",
        seed=seed,
        commit=machine.commit(),
        fingerprint=machine.fingerprint(),
        scenarios=tuple(scenarios),
        code={},
        app={
            **described(own),
            "commit": Repo(own.app.folder).describe(),
            "routes": routes,
        },
    )


def _rules(own: OwnApp, seen: Evidence | None) -> str | None:
    """Return the rules of ruff's ASYNC family that find the line that a held loop waits in.

    None where there is none, or no ruff. Lines that hold it little are seen or not by chance, and
    what is in the plan must not change from one visit to the next: the same command resumes.
    """
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if ruff is None or seen is None or seen.line is None or not waits(seen):
        return None
    file, _, number = seen.line.rpartition(":")
    words = [ruff, "check", "--isolated", "--select=ASYNC", "--output-format=json", file]
    done = subprocess.run(
        words, cwd=own.app.folder, capture_output=True, text=True, check=False, timeout=LINT_S
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return None
    return ", ".join(one["code"] for one in found if str(one["location"]["row"]) == number)
