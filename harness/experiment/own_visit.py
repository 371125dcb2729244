"""Visit somebody's own app: its routes, how it is served, what one route does alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from harness.design.design import Design
from harness.design.profile import OWN_APP
from harness.design.what_ifs import UNCHANGED, WhatIf, what_ifs
from harness.experiment.answers import Answers
from harness.experiment.measure import measuring
from harness.experiment.monitor_client import MonitorClient
from harness.experiment.tracebacks import explained
from harness.load.locust import Locust
from harness.model.app import App, Budget
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.metric import capacity
from harness.model.own_app import IDLE, OwnApp, filled_in, recorded, secrets
from harness.model.scenario import Scenario
from harness.model.workload import Workload
from harness.places import checkouts
from harness.places.host import Host
from harness.places.serve import wait_for
from harness.store.run import Run
from harness.system import cores
from harness.system.ask import UNANSWERED
from harness.system.environment import inherited
from harness.system.processes import ProcessSupervisor, last_words

DESCRIBE_S = 60.0  # for an app to be imported
SEED_S = 600.0
HINTS = {  # what an app's last words mean
    r"No module named '?uvicorn'?": "install uvicorn there, or name its server with --server",
    r"No module named": "name the folder of the project with --project, and with --python the "
    "interpreter in which its packages are installed",
    r"has no attribute": "write it as module:attribute, such as shop.main:app; with --factory "
    "where that is a function that makes the app",
    r"address already in use": "end what listens there, or choose another port",
}

ITS_LOG = "its log is"  # the hint of a server that ended, or never answered
PLAIN = re.compile(r"(/[a-z0-9]+)+(/\{key\})?")
RAISED = re.compile(r"\w*(Error|Exception)\b")

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Visited:
    """A question that was tried once: its route, what was seen of it alone, and what to try."""

    workload: Workload
    route: Mapping[str, Any] | None
    alone: Measurement
    tried: tuple[WhatIf, ...]


def routes(own: OwnApp) -> Mapping[str, Any]:
    """Return what the agent says of every route, having imported the app and asked nothing.

    That is `python`, `fastapi` and `routes`, as in harness/agent/routes.py. Raises BenchError where
    the app cannot be imported.
    """
    with ProcessSupervisor() as supervisor:
        agent = checkouts.agent(supervisor.folder / "agent")
        app = own.app
        told = {
            **inherited(),
            **app.environment,
            "APP": app.target,
            "PYTHONPATH": str(agent),
            "ROOT_FOLDER": str(app.folder),
            **({"FACTORY": "1"} if app.factory else {}),
        }
        command = [str(app.python), "-m", "harness.agent.routes"]
        try:
            done = subprocess.run(
                command,
                cwd=app.folder,
                env=told,
                capture_output=True,
                text=True,
                check=False,
                timeout=DESCRIBE_S,
            )
        except OSError as error:
            raise _no_interpreter(app, error) from error
        except subprocess.TimeoutExpired as error:
            raise BenchError(
                f"{app.target} was not imported within {DESCRIBE_S:.0f} s",
                hint="what it does on import belongs into its lifespan",
            ) from error
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.strip()] or ["it wrote nothing"]
        raise BenchError(f"{app.target} cannot be imported: {words[-1]}", hint=_hint(done.stderr))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def environment_of(own: OwnApp) -> dict[str, str]:
    """Return where `${NAME}` is looked up: in ours, and before it in what the app is told."""
    return {**os.environ, **own.app.environment}


def questions_of(own: OwnApp) -> list[Workload]:
    """Return the questions with `${NAME}` filled in; raises BenchError where one is not set."""
    environment = environment_of(own)
    return [filled_in(one, environment) for one in own.questions]


def described(own: OwnApp) -> dict[str, Any]:
    """Return what a plan keeps of the app; of its environment the names alone."""
    return {
        "app": own.app.target,
        "environment": sorted(own.app.environment),
        "python": str(own.app.python),
        "server": own.app.command or own.app.server,
        "workers": own.workers,
    }


def scenario_of(own: OwnApp, workload: Workload, tried: Sequence[WhatIf]) -> Scenario:
    """Return the question that a route is, asked of the app as it is and of what is tried.

    It is as it may be recorded: without the body, and with `${NAME}` not filled in.
    """
    asked = f"{workload.method} {workload.path}"
    name = re.sub(r"\W+", "_", asked.lower(), flags=re.ASCII).strip("_")
    if not PLAIN.fullmatch(workload.path):  # another path may have the same letters
        name += f"_{crc32(workload.path.encode()):08x}"
    return Scenario(
        name=name,
        question=f"What bounds {asked.replace('{key}', workload.keys)} of {own.app.target}?",
        workload=recorded(workload),
        primary=capacity,
        budget=Budget(workers=own.workers),
        clients=own.clients,
        variants=tuple(one.variant for one in tried),
    )


def app_of(own: OwnApp, workload: Workload, tried: WhatIf) -> App:
    """Return the app under one change, told which request is measured."""
    told = {
        **own.app.environment,
        **tried.environment,
        "IDLE": IDLE,
        "REQUEST": f"{workload.method} {workload.samples[0].path}",
        "ROOT_FOLDER": str(own.app.folder),
        **({"TREATMENT": tried.treatment} if tried.treatment else {}),
    }
    return replace(own.app, environment=told)


def visit(
    own: OwnApp,
    template: Workload,
    real: Workload,
    place: Host,
    run: Run,
    supervisor: ProcessSupervisor,
) -> Visited:
    """See one route at work, as it is, and choose what to try.

    Raises BenchError where the app does not start, or answers other than it should.
    """
    scenario = replace(scenario_of(own, template, [UNCHANGED]), workload=real)
    app = app_of(own, real, UNCHANGED)
    log = run.folder / "logs" / f"{scenario.name}-visit.log"
    route = _route(place, app, real, log)
    split = cores.split(own.workers)
    design = Design(scenario, OWN_APP)
    (trial,) = design.evidence(0)
    with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
        hidden = secrets(template, environment_of(own))
        runner = bench.runner(scenario, lambda _: app, secrets=hidden)
        with runner.together([trial]):
            alone = runner(trial)
    if alone.evidence is None:
        raise BenchError(f"nothing was seen of {app.target}", hint="its monitor did not answer")
    return Visited(template, route, alone, what_ifs(route, alone.evidence, own.tries))


def _route(place: Host, app: App, workload: Workload, log: Path) -> Mapping[str, Any] | None:
    """Start the app once, check its answers, and return how the agent describes the route."""
    told = replace(app, environment={**app.environment, "EXPLAIN": "1"})
    try:
        with place.serve(told, app.target, log) as server:
            wait_for(server, workload.idle_request)
            Answers(workload).check(server.url, app.target, "", log)
            found: Mapping[str, Any] | None = MonitorClient(server.monitor_url).ask("/route")
            return found
    except FileNotFoundError as error:
        raise _no_interpreter(app, error) from error
    except UNANSWERED as error:
        raise BenchError(
            f"{app.target} stopped answering: {error}", hint="start it by hand, and ask it once"
        ) from error
    except BenchError as error:
        if ITS_LOG not in error.hint:
            raise
        # The log goes with the visit: what it says is said here.
        words = last_words(log)
        said = str(error) if RAISED.search(words) else explained(str(error), log)
        raise BenchError(said, hint=_hint(words)) from error


def prepare(own: OwnApp, supervisor: ProcessSupervisor, logs: Path, say: Say) -> None:
    """Start what the app needs, and seed it.

    Raises BenchError where the seed fails.
    """
    if own.start:
        say(f"starting {own.start}")
        supervisor.start(
            shlex.split(own.start),
            log=logs / "start.log",
            environment=own.app.environment,
            cwd=own.app.folder,
        )
    if own.seed:
        say(f"seeding: {own.seed}")
        log = logs / "seed.log"
        process = supervisor.start(
            shlex.split(own.seed), log=log, environment=own.app.environment, cwd=own.app.folder
        )
        try:
            code = process.wait(SEED_S)
        except subprocess.TimeoutExpired:
            code = None
        supervisor.end(process)
        if code != 0:
            raise BenchError(
                f"the seed failed: {last_words(log)}", hint=f"run it by hand: {own.seed}"
            )


def _no_interpreter(app: App, error: OSError) -> BenchError:
    what = app.command.partition(" ")[0] or str(app.python)
    return BenchError(
        f"{what} cannot be started: {error.strerror}",
        hint="name the interpreter with --python, such as .venv/bin/python",
    )


def _hint(said: str) -> str:
    """Return what to do about an app that says this as it fails."""
    found = (hint for pattern, hint in HINTS.items() if re.search(pattern, said))
    return next(found, "start it by hand with the same environment; it inherits a few names only")
