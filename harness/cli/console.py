"""What one sees of a run: what is measured, the last figures, the time left, each answer.

On a terminal a bar shows what is being measured now; elsewhere that is a line as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from harness.cli.time_left import TimeLeft
from harness.design.ceilings import ceiling
from harness.experiment.events import (
    Answered,
    Event,
    LookTaken,
    TrialEnded,
    TrialStarted,
    WorkersAwaited,
)
from harness.experiment.session import Session
from harness.judge.answer import Answer
from harness.model import capacity
from harness.model.trial import Trial
from harness.report import sentences, wording

Advice = Callable[[Answer], str | None]  # what to do next, where there is no answer


def plain() -> Console:
    """Return a console that prints words as they are."""
    return Console(highlight=False, markup=False, soft_wrap=True)


def follow(session: Session, advice: Advice, console: Console | None = None) -> None:
    """Measure all that is asked, and print each answer as soon as it is known."""
    console = console or plain()
    left = TimeLeft(session.designs, session.run.read())
    doing = "Going on with" if session.resumed else "Measuring into"
    names = ", ".join(design.scenario.name for design in session.designs)
    console.print(f"{doing} {session.run.folder}, {session.where}: {names}, {left}")
    for one in session.skipped:
        console.print(f"Skipped {one.what}: {one.why}\n  Remedy: {one.remedy}")
    with _bar(console) as show:
        for event in session.events():
            left.follow(event)
            match event:
                case TrialStarted(trial=trial, design=design):
                    doing = where(trial, design.last_block)
                    show(f"{doing} · {left}", left.share_done)
                    if not console.is_terminal:
                        console.print(f"{doing} …")
                case TrialEnded(trial=trial, design=design):
                    doing = where(trial, design.last_block)
                    console.print(f"{doing}: {figures(event)} · {left}")
                case Answered(answer=found):
                    following = advice(found)
                    console.print(
                        f"\n{_said(session, found)}"
                        + (f"\n  next: {following}" if following else "")
                        + "\n"
                    )
                case _:
                    if words := other(event):
                        console.print(words)


def _said(session: Session, found: Answer) -> str:
    """Return an answer in words."""
    from harness.report.document import section  # noqa: PLC0415  matplotlib delays every start
    from harness.report.render import terminal  # noqa: PLC0415  the same

    return terminal.answer(section(session.run.record(), found.scenario))


def other(event: Event) -> str | None:
    """Return what to say of an event that is no trial's; None where that is nothing."""
    match event:
        case WorkersAwaited(command=command):
            return (
                "Waiting for workers. On each of the other machines, "
                f"in a checkout of this project: {command}"
            )
        case LookTaken(design=design, blocks=blocks):
            return f"{design.scenario.name} · {blocks} blocks do not decide yet: it goes on"
        case _:
            return None


def where(trial: Trial, last_block: int) -> str:
    """Return a trial's scenario, place in the plan, and variant."""
    again = f", attempt {trial.attempt + 1}" if trial.attempt else ""
    block = f"block {trial.block} of {last_block}{again}" if trial.block else "pilot"
    return f"{trial.scenario} · {block} · {trial.variant}"


def figures(event: TrialEnded) -> str:
    """Return what was just measured: the deciding metric and the capacity; or why it is void."""
    if event.void:
        return f"void: {', '.join(reason.says for reason in event.void)}"
    scenario, measurement = event.design.scenario, event.measurement
    bound = ceiling(scenario, measurement)
    at_most = f" of at most {bound:,.0f}/s" if math.isfinite(bound) else ""
    said = f"capacity {measurement.closed.goodput:,.0f}/s{at_most}"
    if measurement.evidence:
        return f"{said}; {sentences.of_evidence(measurement.evidence)}"
    found = scenario.primary.read(measurement)
    if scenario.primary == capacity or found is None:
        return said
    return f"{scenario.primary.name} {wording.quantity(found, scenario.primary)}, {said}"


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show a bar on a terminal; yields how to say what is done, and how much of the whole."""
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        console=console,
        refresh_per_second=1,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=1)
        yield lambda doing, share: bar.update(task, description=doing, completed=share)
