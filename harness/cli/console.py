"""What one sees of a run: what is measured, the last figures, the time left, each answer.

On a terminal a bar shows what is being measured now; elsewhere that is a line as well.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from harness.cli.time_left import TimeLeft
from harness.design.ceilings import ceilings
from harness.experiment.events import (
    Answered,
    Event,
    MoreBlocksAsked,
    TrialEnded,
    TrialStarted,
    WorkersAwaited,
)
from harness.experiment.session import Session
from harness.judge.answer import Answer
from harness.model.facts import Measurement, OpenLoop, Probe
from harness.model.metric import Metric, capacity
from harness.model.reading import Bound, Reading
from harness.model.scenario import Scenario
from harness.model.trial import Trial
from harness.report import sentences, wording

Advice = Callable[[Answer], str | None]  # what to do next, where there is no answer
Draw = Callable[[str], object]  # draws the page, with one scenario anew, by its name


def plain() -> Console:
    """Return a console that prints words as they are."""
    return Console(highlight=False, markup=False, soft_wrap=True)


def follow(session: Session, advice: Advice, draw: Draw, console: Console | None = None) -> None:
    """Measure all that is asked, print each answer as soon as it is known, and then draw it."""
    console, known = console or plain(), session.run.read()
    left = TimeLeft(session.designs, known)
    evidence = [one for one in known if one.trial.kind == "evidence"]
    alone = {(one.trial.scenario, one.trial.variant): one.probe for one in evidence}
    blocks = {one.scenario.name: one.planned_blocks for one in session.designs}
    titles = {one.scenario.name: one.scenario.title for one in session.designs}

    def place(trial: Trial) -> str:
        return where(trial, titles[trial.scenario], blocks[trial.scenario])

    for line in beginning(session, left):
        console.print(line)
    with _bar(console) as show:
        for event in session.events():
            left.follow(event)
            match event:
                case TrialStarted(trial=trial):
                    doing = place(trial)
                    show(f"{doing} · {left}", left.share_done)
                    if not console.is_terminal:
                        console.print(f"{doing} …")
                case TrialEnded(trial=trial, measurement=found):
                    probe = alone.setdefault((trial.scenario, trial.variant), found.probe)
                    console.print(f"{place(trial)}: {figures(event, probe)} · {left}")
                case Answered(answer=found):
                    console.print(f"\n{_said(session, found, advice)}\n")
                    draw(found.scenario.name)
                case _:
                    if isinstance(event, MoreBlocksAsked):
                        blocks[event.design.scenario.name] = event.blocks
                    if words := other(event):
                        console.print(words)


def beginning(session: Session, left: TimeLeft) -> Iterator[str]:
    """Yield what is said before anything is measured."""
    doing = "Going on with" if session.resumed else "Measuring into"
    names = ", ".join(_named(design.scenario for design in session.designs))
    yield f"{doing} {session.run.folder}, {session.where}: {names}, {left}"
    page = session.run.folder / "report" / "index.html"
    yield f"The page, drawn anew with each answer: {page}"
    if session.cut:
        yield f"Dropped the last line of {session.run.measured}, which was cut off by a kill"
    for one in session.skipped:
        yield f"Skipped {one.what}: {one.why}\n  Remedy: {one.remedy}"


def _named(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Yield the name of each scenario; of several points the scenario's, and how many they are."""
    points = Counter((one.home if one.at else one.name, bool(one.at)) for one in scenarios)
    for (name, several), number in points.items():
        yield f"{name} ({wording.count(number, 'point')})" if several else name


def _said(session: Session, found: Answer, advice: Advice) -> str:
    """Return an answer in words, and what to do next where there is none."""
    from harness.report.document import section  # noqa: PLC0415  matplotlib delays every start
    from harness.report.render import terminal  # noqa: PLC0415  the same

    said = terminal.answer(section(session.run.record(), found.scenario))
    following = advice(found)
    return f"{said}\n  next: {following}" if following else said


def other(event: Event) -> str | None:
    """Return what to say of an event that is no trial's; None where that is nothing."""
    match event:
        case WorkersAwaited(command=command):
            return (
                "Waiting for workers. On each of the other machines, "
                f"in a checkout of this project: {command}"
            )
        case MoreBlocksAsked(design=design, blocks=blocks):
            planned = design.planned_blocks
            return f"{design.scenario.title} · noise asks for {blocks} blocks instead of {planned}"
        case _:
            return None


def where(trial: Trial, title: str, blocks: int | None = None) -> str:
    """Return the title of a trial's scenario, its place among so many blocks, and its variant."""
    of = f" of {blocks}" if blocks else ""
    again = f", attempt {trial.attempt + 1}" if trial.attempt else ""
    places = {"evidence": "evidence", "exploring": "seen once"}
    place = places.get(trial.kind, f"block {trial.block}{of}{again}")
    return f"{title} · {place} · {trial.variant}"


def figures(event: TrialEnded, alone: Probe | None = None) -> str:
    """Return what was just measured: the deciding metric and the capacity; or why it is void.

    `alone` is what the variant was seen to take alone. What was seen of its handler is said in
    either case.
    """
    measurement, evidence = event.measurement, event.measurement.evidence
    said = [f"void: {', '.join(reason.says for reason in event.void)}"] if event.void else []
    if not event.void:
        said += _figures(event.design.scenario, measurement, alone)
    if evidence:
        said.append(sentences.of_evidence(evidence))
    return "; ".join(said) or "seen"


def _figures(scenario: Scenario, measurement: Measurement, alone: Probe | None) -> Iterator[str]:
    primary = scenario.primary
    found = primary.read(measurement)
    if found is not None and primary != capacity:
        yield f"{primary.name} {_written(found, primary)}"
    if (reached := capacity.read(measurement)) is not None:
        bound = ceilings(scenario, measurement, alone)
        usual, most = (f"{one:,.0f}" for one in (bound.usual, bound.most))
        ceiling = usual if usual == most else f"{usual} to {most}"
        known = f", ceiling {ceiling}/s" if math.isfinite(bound.usual) else ""
        yield f"capacity {_written(reached, capacity)}{known}"
    if measurement.trial.kind == "evidence" and measurement.probe:
        yield f"{wording.ms(measurement.probe.median_s)} alone"
    if measurement.trial.kind == "exploring":
        yield from map(_of_load, measurement.open)
        yield from (f"{one.clients} clients {one.goodput:,.0f}/s" for one in measurement.sweep)


def _of_load(cell: OpenLoop) -> str:
    """Write what became of an open load; its median, where there were enough requests for one."""
    median_s = cell.work.quantile(0.5)
    median = "" if median_s is None else f", p50 {wording.ms(median_s)}"
    return f"{cell.load:g}× load {cell.work.good:,} of {cell.work.due:,} right{median}"


def _written(found: Reading, metric: Metric) -> str:
    """Write a reading, and whether it only bounds what it was."""
    amount = metric.unit.scale * found.value
    if math.isinf(amount):
        return metric.definition.never
    bound = "" if found.bound is Bound.EXACT else f"{found.bound} "
    return f"{bound}{wording.number(amount)} {metric.unit.name}"


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
