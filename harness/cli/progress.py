"""What one sees while it measures: what is happening, the last figure, the time left. Plain lines where the output is no terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from harness.design import plan
from harness.design.plan import PROFILES, Profile, Trial
from harness.judge.answer import Answer, answer
from harness.judge.caveats import Void
from harness.judge.statistics import Judgement
from harness.model.facts import Measurement
from harness.model.scenario import Metric, Scenario
from harness.report import wording
from harness.store.records import Run, Skipped

MARKS = {
    Judgement.CONFIRMED: "✓",
    Judgement.REFUTED: "✗",
    Judgement.UNDECIDED: "?",
    Judgement.INVALID: "–",
}


class Measuring(Protocol):
    """What is followed: stage.session.Session, which this region may not import."""

    @property
    def run(self) -> Run:
        """The records."""
        ...

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """What is asked."""
        ...

    @property
    def profile(self) -> Profile:
        """How hard it looks."""
        ...

    @property
    def skipped(self) -> Sequence[Skipped]:
        """What cannot be measured here."""
        ...

    @property
    def resumed(self) -> bool:
        """Whether it goes on from an earlier one."""
        ...

    @property
    def where(self) -> str:
        """Where apps and services run, and why there."""
        ...

    def joining(self, scenario: Scenario) -> str | None:
        """How workers on other machines join."""
        ...

    def conduct(self, scenario: Scenario) -> Iterator[Trial | Measurement]:
        """Measure one scenario."""
        ...


def follow(session: Measuring, console: Console | None = None) -> None:
    """Measure every scenario asked for, and print each answer as soon as it is known."""
    console = console or Console(highlight=False, soft_wrap=True)
    profile = session.profile
    clock = Clock(
        {scenario.name: plan.seconds(scenario, profile) for scenario in session.scenarios}
    )
    doing = "Going on with" if session.resumed else "Measuring into"
    console.print(
        f"{doing} {session.run.folder}, {session.where}: {', '.join(one.name for one in session.scenarios)}, {clock.left}"
    )
    for one in session.skipped:
        console.print(f"Skipped {one.what}: {one.why}\n  Remedy: {one.remedy}")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(24),
        console=console,
        refresh_per_second=1,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=1)
        for scenario in session.scenarios:
            last = plan.looks(scenario, profile)[-1]
            if command := session.joining(scenario):
                console.print(
                    f"Waiting for workers. On each of the other machines, in a checkout of this project: {command}"
                )
            for event in session.conduct(scenario):
                clock.note(event)
                trial = event if isinstance(event, Trial) else event.trial
                again = f", attempt {trial.attempt + 1}" if trial.attempt else ""
                where = f"{scenario.name} · {f'block {trial.block} of {last}{again}' if trial.block else 'pilot'} · {trial.variant}"
                if isinstance(event, Trial):
                    bar.update(task, description=f"{where} · {clock.left}", completed=clock.share)
                else:
                    console.print(f"{where}: {_figures(event, scenario.primary)} · {clock.left}")
            clock.finish(scenario.name)
            console.print(f"\n{told(answer(scenario, profile, session.run.read()))}\n")


def answers(run: Run) -> str:
    """Give every answer of a run, one after the other."""
    measurements = run.read()
    return "\n\n".join(
        told(answer(scenario, PROFILES[run.asked.profile], measurements))
        for scenario in run.asked.scenarios
    )


def told(found: Answer) -> str:
    """Write an answer as lines: the question, each contrast, each claim, each doubt."""
    lines = [found.scenario.question, *(f"  {sentence}" for sentence in found.sentences)]
    lines += [
        f"  {MARKS[judged]} {judged}: {claim.says}{wording.expected(claim)}"
        for claim, judged in found.claims
    ]
    lines += [f"  but: {caveat.says}" for caveat in found.caveats]
    lines += [f"  void: {wording.void(one)}" for one in found.voided]
    return "\n".join(lines)


class Clock:
    """Estimates the time left: the plan's seconds at the pace seen so far."""

    def __init__(self, planned: Mapping[str, float]) -> None:
        self._left = dict(planned)
        self._planned_s = sum(planned.values())
        self._began = self._spent = self._expected = 0.0

    def note(self, event: Trial | Measurement) -> None:
        """Take in that a trial begins or has ended."""
        if isinstance(event, Trial):
            self._began = time.monotonic()
            return
        self._spent += time.monotonic() - self._began
        self._expected += event.trial.seconds
        name = event.trial.scenario
        self._left[name] = max(0.0, self._left[name] - event.trial.seconds)

    def finish(self, scenario: str) -> None:
        """Take in that nothing is left of a scenario."""
        self._left[scenario] = 0.0

    @property
    def share(self) -> float:
        """How much of the plan is done."""
        return 1 - sum(self._left.values()) / self._planned_s

    @property
    def left(self) -> str:
        """The time left, in words."""
        seconds = sum(self._left.values()) * (self._spent / self._expected if self._expected else 1)
        return f"{seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left"  # noqa: PLR2004  where seconds read better


def _figures(measurement: Measurement, primary: Metric) -> str:
    """Write the last figures: the capacity, and the primary metric where it is another; of a void measurement, why it is void."""
    if measurement.void:
        return f"void: {', '.join(Void[name].says for name in measurement.void)}"
    said = f"capacity {measurement.closed.goodput:,.0f}/s of at most {measurement.ceiling:,.0f}/s"
    if measurement.evidence:
        return f"{said}; {wording.evidence(measurement.evidence)}"
    found = measurement.value(primary)
    if primary.name == "capacity" or found is None:
        return said
    return f"{primary.name} {wording.quantity(found, primary)}, {said}"
