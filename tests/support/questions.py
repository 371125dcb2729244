"""Questions of other kinds than postgres_read's, on the simulated driver.

What a request costs, when an app fails, how slow the slowest are, how many clients it can serve.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import profile_named
from harness.experiment.run import run_experiment
from harness.experiment.simulated import Simulator
from harness.model.app import Budget
from harness.model.facts import ClosedLoop, Measurement
from harness.model.metric import (
    Metric,
    capacity,
    cpu_per,
    goodput_of,
    p99,
    time_alone,
    until_failure,
)
from harness.model.record import Asked, Skipped
from harness.model.scenario import Claim, Scenario, Variant
from harness.model.theory import event_loop
from harness.report.document import Document, Section, document
from harness.report.render.markdown import summary
from harness.report.render.page import page
from harness.store.run import Run
from tests.support.simulated import Measures

BASE = catalogue()["postgres_read"]
ENLARGED = Budget(threads=40, connections=40)
TAXES = {
    "bare": 0.0,
    "sent_to_a_thread": 40e-6,
    "awaiting_once": 0.0,
    "acquiring_connections": 9e-6,
    "yield_dependency": -25e-6,
    "with_response_model": 12e-6,
}
COLLAPSES = {"held": 55, "enlarged": 80}  # from so many clients on
SKIPPED = Skipped("mongo_find", "there is no MongoDB & no container", "apt-get install mongodb")

Change = Callable[[Measurement], Measurement]


def variant(name: str, file: str = "", budget: Budget | None = None) -> Variant:
    """Return a variant that needs nothing."""
    does = "the same thing in another way, told at length"
    return Variant(name, does, "loop", event_loop(10), file=file, budget=budget)


def question(
    name: str, group: str, primary: Metric, *variants: str, claims: Sequence[Claim] = ()
) -> Scenario:
    """Return a question asked of other variants, without an open load."""
    return replace(
        BASE,
        name=name,
        group=group,
        primary=primary,
        variants=tuple(map(variant, variants)),
        claims=tuple(claims),
        loads=(),
    )


CHUNK = question(
    "chunk",
    "streaming",
    cpu_per("chunk", 100),
    "by_thread",
    "by_loop",
    claims=[Claim("by_loop", "by_thread", 1.3, "at least twice as good")],
)
TAIL = replace(
    question("tail", "clients", capacity, "waiting", "racing"), primary=p99(0.5), loads=(0.5,)
)
CLIFF = replace(
    question("cliff", "connections", capacity),
    primary=goodput_of(100),
    sweep=(50, 60, 100),
    variants=(
        variant("held"),
        variant("enlarged", file="held", budget=ENLARGED),
        variant("brief"),
    ),
    claims=(
        Claim("enlarged", "held", 2),
        Claim("brief", "held", 10),
        Claim("brief", "enlarged", 2),
    ),
)
QUESTIONS = {
    one.name: one
    for one in (
        question("tax", "threads", time_alone, *TAXES),
        question("leak", "connections", until_failure, "forgotten", "closed"),
        CHUNK,
        TAIL,
        CLIFF,
    )
}


def changed(one: Measurement) -> Measurement:
    """Return a simulated measurement with what its variant is about."""
    name, chance = one.trial.variant, random.Random(repr(one.trial))
    tax = TAXES.get(name, 0.0)
    drawn = chance.gauss(0, 1e-6), chance.gauss(0, 1e-6), chance.lognormvariate(0, 0.01)
    probe = one.probe and replace(
        one.probe,
        median_s=3e-4 + tax + drawn[0],
        work_cpu_s=2e-4 + tax / 2 + drawn[1],
    )
    cells = tuple(_collapsing(cell, name, one.trial.block) for cell in one.sweep)
    double = 2 if name == "by_thread" else 1
    closed = one.closed and replace(one.closed, cpu_s=one.closed.cpu_s * double * drawn[2])
    return replace(one, probe=probe, sweep=cells, closed=closed)


def _collapsing(cell: ClosedLoop, variant: str, block: int) -> ClosedLoop:
    """Return a closed loop that is answered, unless its clients are too many for the variant."""
    good = cell.sent
    if cell.clients >= COLLAPSES.get(variant, math.inf):
        good = {"held": 0, "enlarged": 40 + block}[variant]
    outcomes = {"ok": good, "status": cell.sent - good}
    return replace(cell, good=good, slope=good / cell.window_s, tenths=(), outcomes=outcomes)


def measured(
    folder: Path, *scenarios: Scenario, change: Change = changed, profile: str = "quick"
) -> Run:
    """Return a simulated run of these questions, in which one scenario was skipped."""
    run, drive = Run(folder), Simulator(scenarios)
    code = {f"{of.name}/{one.name}": f"# <{one.source}>" for of in scenarios for one in of.variants}
    run.create(
        Asked(
            profile=profile,
            on="simulated",
            seed=0,
            commit="abc",
            fingerprint="",
            scenarios=scenarios,
            code=code,
            skipped=(SKIPPED,),
        )
    )
    for one in scenarios:
        design = Design(one, profile_named(profile))
        list(run_experiment(design, 0, Measures(lambda trial: change(drive(trial))), run))
    return run


def section(folder: Path, scenario: Scenario, **how: object) -> Section:
    """Return what a simulated run of one question says."""
    run = measured(folder, scenario, **how)  # type: ignore[arg-type]  # passed on
    (found,) = document(run.record()).sections
    return found


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of all questions."""
    return measured(tmp_path_factory.mktemp("results") / "now", *QUESTIONS.values())


@pytest.fixture(scope="session")
def told(questions: Run) -> Document:
    """What it says."""
    return document(questions.record())


@pytest.fixture(scope="session")
def sections(told: Document) -> dict[str, Section]:
    """What it says to each question, by name."""
    return {one.name: one for one in told.sections}


@pytest.fixture(scope="session")
def written(told: Document) -> str:
    """Its page, and the summary after it."""
    return page(told) + summary(told)
