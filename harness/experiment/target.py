"""Measure an app that somebody else started: only what can be seen from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from urllib.parse import urlsplit

from harness.design.design import Design
from harness.experiment import reduce, target_identity
from harness.experiment.answers import Answers
from harness.experiment.run import Driver
from harness.load.driver import SINGLE, Load, LoadTopology, ScriptedDriver, Site
from harness.model.errors import BenchError
from harness.model.facts import Measurement, Setting
from harness.model.trial import Trial
from harness.model.workload import Workload
from harness.store.run import Run
from harness.system import cores, machine
from harness.system.ask import UNANSWERED, ask
from harness.system.processes import ProcessSupervisor


def require_target(url: str, workload: Workload) -> None:
    """Raise BenchError where nobody answers at `url`, whatever the answer is."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.netloc:
        raise BenchError(
            f"--target is {url!r}, which is no http:// address",
            hint="give one such as http://127.0.0.1:8000",
        )
    try:
        ask(url, workload.samples[0])
    except UNANSWERED as error:
        raise BenchError(
            f"the target at {url} does not answer: {error}", hint=_hint(workload)
        ) from error


@contextmanager
def on_target(
    url: str,
    design: Design,
    run: Run,
    supervisor: ProcessSupervisor,
    driver: ScriptedDriver,
    topology: LoadTopology = SINGLE,
) -> Iterator[Driver]:
    """Aim the scenario's load at `url`, and return what measures its trials there."""
    scenario, label = design.scenario, f"the target at {url}"
    rest = cores.split(1).rest
    with _answering(label):
        found = target_identity.identity(url, scenario.workload)
    conditions = {**machine.conditions(), "cores": {"load": list(rest)}, "services": {}}
    targets = target_identity.require_same(run, scenario.name, found, label)
    run.record_machine({**conditions, target_identity.TARGET: targets})
    setting = Setting(place="target", load_cores=rest, pinned=bool(rest))
    log, site = run.folder / "logs" / f"{scenario.name}-load.log", Site(supervisor, rest)
    with driver.open(scenario.workload, url, log=log, site=site, topology=topology) as load:
        yield _TargetRunner(url, label, design, run, load, setting)


class _TargetRunner:
    """Measures trials of an app that somebody else started."""

    def __init__(
        self, url: str, label: str, design: Design, run: Run, load: Load, setting: Setting
    ) -> None:
        self._url, self._label, self._load = url, label, load
        self._workload, self._folder = design.scenario.workload, run.folder
        self._cores = design.scenario.budget.workers
        self._answers = Answers(design.scenario.workload)
        self._setting = setting

    def together(self, _: Sequence[Trial]) -> AbstractContextManager[None]:
        """Prepare nothing: the app runs already."""
        return nullcontext()

    def __call__(self, trial: Trial) -> Measurement:
        """Load the app, and return what was seen of it."""
        with _answering(self._label):
            self._answers.check(self._url, self._label, _hint(self._workload))
        result = self._load.run(
            trial.phases,
            self._url,
            seed=trial.seed,
            record=self._folder / "samples" / f"{trial.name}.npz",
        )
        return reduce.measurement(result, trial, self._setting, self._cores)


@contextmanager
def _answering(label: str) -> Iterator[None]:
    """Raise BenchError where the target does not answer."""
    try:
        yield
    except UNANSWERED as error:
        raise BenchError(
            f"{label} stopped answering: {error}", hint="start the app there again"
        ) from error


def _hint(workload: Workload) -> str:
    request = workload.samples[0]
    must = f"it must answer {request.method} {request.path} with status {workload.status}"
    return f"start the app there, or correct --target; {must}"
