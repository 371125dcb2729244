"""Questions of other kinds than postgres_read's: what a request costs, when an app fails, how many clients it bears. Simulated."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.design import plan
from harness.experiment.run import conduct
from harness.experiment.simulated import simulator
from harness.catalogue import catalogue
from harness.model.facts import Measurement
from harness.model.scenario import (
    Budget,
    Claim,
    Metric,
    Scenario,
    Variant,
    capacity,
    cpu_per,
    goodput_of,
    p99,
    time_alone,
    until_failure,
)
from harness.model.theory import event_loop
from harness.report import reading as seen
from harness.report.reading import Reading
from harness.store.records import Asked, Run, Skipped

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


def variant(name: str, file: str = "", budget: Budget | None = None) -> Variant:
    """Make a variant that needs nothing."""
    return Variant(
        name,
        "the same thing in another way, told at length",
        "loop",
        event_loop(10),
        file=file,
        budget=budget,
    )


def question(
    name: str, group: str, primary: Metric, *variants: str, claims: Sequence[Claim] = ()
) -> Scenario:
    """Ask something else of other variants, without an open load."""
    return replace(
        BASE,
        name=name,
        group=group,
        primary=primary,
        variants=tuple(map(variant, variants)),
        claims=tuple(claims),
        loads=(),
    )


QUESTIONS = {
    one.name: one
    for one in (
        question("tax", "threads", time_alone, *TAXES),
        question("leak", "connections", until_failure, "forgotten", "closed"),
        question(
            "chunk",
            "streaming",
            cpu_per("chunk", 100),
            "by_thread",
            "by_loop",
            claims=[Claim("by_loop", "by_thread", 1.3, "at least twice as good")],
        ),
        replace(
            question("tail", "clients", capacity, "waiting", "racing"),
            primary=p99(0.5),
            loads=(0.5,),
        ),
        replace(
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
        ),
    )
}


def changed(one: Measurement) -> Measurement:
    """Give a simulated measurement what its variant is about."""
    name, chance = one.trial.variant, random.Random(repr(one.trial))
    tax = TAXES.get(name, 0.0)
    assert one.alone is not None
    alone = replace(
        one.alone,
        median_s=3e-4 + tax + chance.gauss(0, 1e-6),
        work_cpu_s=2e-4 + tax / 2 + chance.gauss(0, 1e-6),
    )
    left = {"held": 0, "enlarged": 40 + one.trial.block}  # requests of a closed loop that collapses
    cells = (
        replace(
            cell, good=left[name] if cell.clients >= COLLAPSES.get(name, math.inf) else cell.sent
        )
        for cell in one.sweep
    )
    cpu_s = one.closed.cpu_s * (2 if name == "by_thread" else 1) * chance.lognormvariate(0, 0.01)
    return replace(one, alone=alone, sweep=tuple(cells), closed=replace(one.closed, cpu_s=cpu_s))


def measured(
    folder: Path,
    *scenarios: Scenario,
    change: Callable[[Measurement], Measurement] = changed,
    profile: str = "quick",
) -> list[Reading]:
    """Simulate a run, and read it."""
    run, drive = Run(folder), simulator(scenarios)
    written = {
        f"{one.name}/{variant.name}": f"# <{variant.source}>"
        for one in scenarios
        for variant in one.variants
    }
    run.create(
        Asked(
            profile=profile,
            on="simulated",
            seed=0,
            commit="abc",
            fingerprint="",
            scenarios=scenarios,
            code=written,
            skipped=(SKIPPED,),
        )
    )
    for one in scenarios:
        list(conduct(one, plan.PROFILES[profile], 0, lambda trial: change(drive(trial)), run))
    return seen.read(run)
