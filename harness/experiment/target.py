"""Measure an app that somebody else started: only what can be seen from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from urllib.parse import urlsplit

from harness.experiment import reduce, target_identity
from harness.experiment.answers import APART_S, Answers
from harness.experiment.run import Driver
from harness.load.driver import Load, ScriptedDriver, Site
from harness.model.errors import BenchError
from harness.model.facts import Measurement, Setting
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.model.workload import Workload
from harness.store.run import Run
from harness.system import cores, machine
from harness.system.ask import UNANSWERED, ask
from harness.system.processes import ProcessSupervisor

LIGHT = ("/idle", "/docs", "/health", "/healthz", "/")  # /docs is FastAPI's own, and static


def require_target(url: str, workload: Workload) -> None:
    """Raise BenchError where nobody answers at `url`, whatever the answer is."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.netloc:
        raise BenchError(
            f"{url!r} is no http:// address",
            hint="give one such as http://127.0.0.1:8000: with TLS one would measure TLS",
        )
    try:
        ask(url, workload.samples[0])
    except UNANSWERED as error:
        raise BenchError(
            f"the app at {url} does not answer: {error}", hint=_hint(workload)
        ) from error


def light_path(url: str, otherwise: str) -> str:
    """Return a path of the app at `url` that costs it next to nothing, as far as one can guess.

    It is the first of LIGHT that is answered with success and the same each time, else the other.
    """
    for path in LIGHT:
        with suppress(*UNANSWERED):
            first = ask(url, path)
            time.sleep(APART_S)
            if first.right and ask(url, path).body == first.body:
                return path
    return otherwise


@contextmanager
def on_target(
    url: str, scenario: Scenario, run: Run, supervisor: ProcessSupervisor, driver: ScriptedDriver
) -> Iterator[Driver]:
    """Aim the scenario's load at `url`, and return what measures its trials there."""
    label = f"the app at {url}"
    rest = cores.split(1).rest
    with _answering(label):
        found = target_identity.identity(url, scenario.workload)
    conditions = {**machine.conditions(), "cores": {"load": list(rest)}, "services": {}}
    targets = target_identity.require_same(run, scenario.name, found, label)
    run.record_machine({**conditions, target_identity.TARGET: targets})
    setting = Setting(place="target", load_cores=rest, pinned=bool(rest))
    log, site = run.folder / "logs" / f"{scenario.name}-load.log", Site(supervisor, rest)
    with driver.open(scenario.workload, url, log=log, site=site) as load:
        yield _TargetRunner(url, label, scenario, run, load, setting)


class _TargetRunner:
    """Measures trials of an app that somebody else started."""

    def __init__(
        self, url: str, label: str, scenario: Scenario, run: Run, load: Load, setting: Setting
    ) -> None:
        self._url, self._label, self._load = url, label, load
        self._folder = run.folder
        self._cores = scenario.budget.workers
        self._answers = Answers(scenario.workload)
        self._setting = setting

    def together(self, _: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare nothing: the app runs already."""
        return nullcontext()

    def __call__(self, trial: Trial) -> Measurement:
        """Load the app, and return what was seen of it."""
        with _answering(self._label):
            self._answers.check(self._url, self._label, "")
        result = self._load.run(
            trial.phases,
            self._url,
            seed=trial.seed,
            record=self._folder / "samples" / f"{trial.name}.npz",
        )
        return reduce.measurement(result, trial, self._setting, self._cores)


@contextmanager
def _answering(label: str) -> Iterator[None]:
    """Raise BenchError where the app does not answer."""
    try:
        yield
    except UNANSWERED as error:
        raise BenchError(
            f"{label} stopped answering: {error}", hint="start the app there again"
        ) from error


def _hint(workload: Workload) -> str:
    request = workload.samples[0]
    must = f"it must answer {request.method} {request.path} with status {workload.status}"
    return f"start the app there, or correct the address; {must}"
