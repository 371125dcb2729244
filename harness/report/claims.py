"""Numbers by their ids: what stands behind each one that page and deck show.

The id of a ratio is `scenario.subject/over`, that of a level `scenario.variant`; both are of the
metric that decides the scenario.
"""

from __future__ import annotations

import difflib
import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from harness.catalogue import catalogue
from harness.judge.answer import Contrast
from harness.judge.interval import Interval
from harness.model.errors import BenchError
from harness.model.reading import Bound
from harness.model.record import Record
from harness.model.scenario import CLIENTS, Scenario
from harness.report import comparisons, sentences, wording
from harness.report.document import Document
from harness.report.headline import SIGNS, claim_id, ratio
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun

NEAR = 3  # ids that are named where one does not exist
AMOUNTS = ("connections", "threads")  # of a budget, which options set


@dataclass(frozen=True, slots=True)
class Row:
    """One block: what was read of each variant, in the unit of the metric, and the ratio.

    Where the number is a level, there is one variant, and no ratio.
    """

    block: str
    levels: tuple[str, ...]
    ratio: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number and what stands behind it.

    `text` is the number as it is shown, `interval` empty where there is none. `says` is the
    sentence, `verdict` how it is judged. `variants` are the subject and the one that it is compared
    with, or the only one.
    """

    id: str
    text: str
    interval: str
    says: str
    verdict: str
    run: ScenarioRun
    variants: tuple[str, ...]
    rows: tuple[Row, ...]


def find(document: Document, wanted: str) -> Number:
    """Return a number by its id; raises BenchError, with the nearest ones, where there is none."""
    name = wanted.partition(".")[0]
    of_scenario = (one.run for one in document.sections if one.name == name)
    found = next((one for run in of_scenario for one in _numbers(run) if one.id == wanted), None)
    if found is None:
        known = [one.id for one in numbers(document)]
        near = difflib.get_close_matches(wanted, known, n=NEAR)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise BenchError(
            f"run {document.name} has no number {wanted!r}",
            hint=f"{meant}`bench.py claim RUN` lists all of a run",
        )
    return found


def numbers(document: Document) -> list[Number]:
    """Return every number of a run that has an id."""
    return [one for section in document.sections for one in _numbers(section.run)]


def command_of(record: Record, scenario: Scenario) -> str:
    """Return the command that measures a scenario of a run again, at the same point."""
    asked, workload = record.asked, scenario.workload
    how = ["--profile", asked.profile, "--seed", str(asked.seed)]
    if asked.app:
        keys = ["--param", f"key={workload.keys}"] if "{key}" in workload.path else []
        words = ["app", asked.app["app"], f"--{workload.method.lower()}", workload.path, *keys]
        return shlex.join(["bench.py", *words, "--seed", str(asked.seed)])
    return shlex.join(["bench.py", scenario.home, *_turned(scenario), *how, "--on", asked.on])


def _turned(scenario: Scenario) -> Iterator[str]:
    """Yield the options that set what is another than the catalogue has it, and the point."""
    option = "--over" if CLIENTS in scenario.at else "--knob"
    for name, value in scenario.at.items():
        yield from (option, f"{name}={value:g}")
    declared = catalogue(refused={}).get(scenario.home, scenario)
    same = next((one for one in declared.points if one.name == scenario.name), declared)
    for name, value in scenario.knobs.items():
        if name not in scenario.at and value != same.knobs.get(name):
            yield from ("--knob", f"{name}={value:g}")
    for name in AMOUNTS:
        amount = getattr(scenario.budget, name)
        if amount != getattr(same.budget, name):
            yield from (f"--{name}", str(amount))


def _numbers(run: ScenarioRun) -> Iterator[Number]:
    """Yield the ratios of a scenario, then the level of each variant."""
    for contrast in run.answer.contrasts:
        yield _ratio(run, contrast)
    for variant in run.variants:
        yield _level(run, variant)


def _ratio(run: ScenarioRun, contrast: Contrast) -> Number:
    gain, variants = contrast.gain, (contrast.subject, contrast.over)
    judged = (
        f"; {sentences.claimed(claim)}: {found}"
        for claim, one, found in run.claims
        if (one.subject, one.over) == variants
    )
    return Number(
        id=claim_id(run.scenario.name, *variants),
        text=ratio(gain) if gain else say("words.unknown"),
        interval=_interval(gain, wording.between(gain, wording.times)) if gain else "",
        says=str(comparisons.of_contrast(run, contrast, levels=True)),
        verdict=f"{contrast.verdict}{''.join(judged)}",
        run=run,
        variants=variants,
        rows=tuple(_rows(run, variants)) if gain else (),
    )


def _level(run: ScenarioRun, variant: str) -> Number:
    metric = run.primary
    found = run.typical(metric, variant) if run.answered else None
    text = wording.level(found, metric) if found else say("words.unknown")
    bounds = ""
    if found:
        bounds = wording.between(found, lambda value: wording.amount(value, metric))
    return Number(
        id=claim_id(run.scenario.name, variant),
        text=text,
        interval=_interval(found, bounds) if found else "",
        says=f"{comparisons.introduced(run, variant)}: {run.label(metric)}, {text}",
        verdict="a level is not judged: it is that of this machine in that hour",
        run=run,
        variants=(variant,),
        rows=tuple(_rows(run, (variant,))) if found else (),
    )


def _interval(found: Interval, written: str) -> str:
    """Return an interval as it is written; empty where it says nothing."""
    nothing = found.n == 1 or not found.bounded or math.isinf(found.low) or found.high == 0
    return "" if nothing else written


def _rows(run: ScenarioRun, variants: tuple[str, ...]) -> Iterator[Row]:
    """Yield what each block said; nothing where one of them could not be read."""
    metric = run.primary
    read = [run.readings(metric, name) for name in variants]
    if any(len(one) != len(run.blocks) for one in read):
        return
    for block, *values in zip(run.blocks, *read, strict=True):
        times_as_good = ""
        if len(values) > 1:
            above, below = values if metric.better == "higher" else reversed(values)
            bounds = {above.bound, below.bound} - {Bound.EXACT}
            found = above.value / below.value if below.value else math.inf
            factor = say("words.unknown") if math.isnan(found) else wording.times(found)
            times_as_good = f"{'about ' if bounds else ''}{factor}"
        yield Row(
            block=block[variants[0]].trial.where.removeprefix("block "),
            levels=tuple(
                f"{SIGNS[one.bound]}{wording.amount(one.value, metric)}" for one in values
            ),
            ratio=times_as_good,
        )
