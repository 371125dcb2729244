"""Measure one scenario as processes and in containers, block by block in turn, and compare the answers and the cost.

    python -m benchmarks.places                # about nine minutes

Prints what docs/places.md shows. Both sides should run the same interpreter, for two builds of one version differ by a tenth: benchmarks/interpreter.Dockerfile
makes an image of the one that runs this.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from harness.design.plan import PROFILES, Trial
from harness.experiment.measure import measuring
from harness.experiment.run import conduct
from harness.judge import statistics
from harness.judge.answer import answer, sentence, whole_blocks
from harness.load.locust import ALONE
from harness.catalogue import catalogue
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario, capacity, cpu_per_request
from harness.places.compose import Project
from harness.places.docker import Docker
from harness.places.engine import engine
from harness.places.host import Host
from harness.places.place import Place
from harness.store.records import Asked, Run
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import Crew

NAME = "quick"
PROFILE = PROFILES[NAME]


def measure(scenario: Scenario, seed: int, into: Path) -> dict[str, Run]:
    """Conduct the same plan at both places at once, a block here and a block there."""
    found = engine()
    if found is None:
        raise BenchError("no Docker engine answers", hint="start it, or set DOCKER_HOST")
    split, runs = (
        cores.split(scenario.budget.workers),
        {name: Run(into / name) for name in ("host", "docker")},
    )
    with Crew() as crew, ExitStack() as stack:
        project = stack.enter_context(Project(found, into, crew.folder))
        places: dict[str, Place] = {
            "host": Host(crew, split, free_port(), free_port()),
            "docker": Docker(project, found, split, free_port(), free_port()),
        }
        events: dict[str, Iterator[Trial | Measurement]] = {}
        for name, run in runs.items():
            asked = Asked(
                profile=NAME,
                on=name,
                seed=seed,
                commit=machine.commit(),
                fingerprint=machine.fingerprint(),
                scenarios=(scenario,),
                code={},
            )
            run.create(asked)
            drive = stack.enter_context(measuring(places[name], split, scenario, run, crew, ALONE))
            events[name] = conduct(scenario, PROFILE, seed, drive, run)
        blocks = dict.fromkeys(runs, 0)
        while events:
            name = min(
                events, key=lambda one: (blocks[one], (one == "docker") == (blocks[one] % 2 == 0))
            )  # they take turns in going first
            if not advance(events[name], name, blocks):
                del events[name]
    return runs


def advance(events: Iterator[Trial | Measurement], name: str, blocks: dict[str, int]) -> bool:
    """Measure up to the first trial of the next block, which waits for its turn; false when all is measured."""
    for event in events:
        if isinstance(event, Trial) and event.block != blocks[name]:
            blocks[name] = event.block
            return True
        if isinstance(event, Measurement):
            print(
                f"{name}, block {event.trial.block}, {event.trial.variant}: {event.closed.goodput:.0f}/s {' '.join(event.void)}",
                file=sys.stderr,
            )
    return False


def main() -> None:
    """Measure, and print both answers and what one request costs at either place."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, default=Path("results/places"))
    options = parser.parse_args()
    scenario = catalogue()["postgres_read"]
    try:
        runs = measure(scenario, options.seed, options.into)
    except BenchError as error:
        raise SystemExit(f"Error: {error}\nHint: {error.hint}") from error
    print("| place | found | void blocks |\n| --- | --- | --- |")
    for name, run in runs.items():
        found = answer(scenario, PROFILE, run.read())
        for contrast in found.contrasts:
            print(
                f"| {name} | {sentence(contrast)} | {len(found.voided)} of {found.blocks + len(found.voided)} |"
            )
    pairs = list(zip(*(whole_blocks(scenario, run.read()) for run in runs.values()), strict=False))
    print(
        "\n| variant | docker / host | median of paired blocks | estimate | 95 % CI |\n| --- | --- | --- | --- | --- |"
    )
    for variant in scenario.variants:
        for metric in (cpu_per_request, capacity):
            values = [
                [block[variant.name].value(metric) or 0.0 for block in side]
                for side in zip(*pairs, strict=True)
            ]
            ratio, middle = (
                statistics.ratio(values[1], values[0]),
                median(two / one for one, two in zip(*values, strict=True)),
            )
            print(
                f"| {variant.name} | {metric.name} | {middle:.3f} | {ratio.estimate:.3f} | {ratio.low:.3f} to {ratio.high:.3f}, {ratio.n} pairs |"
            )


if __name__ == "__main__":
    main()
