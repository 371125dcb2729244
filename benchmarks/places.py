"""Measure one scenario as processes and in containers, block by block in turn.

    python -m benchmarks.places                # about nine minutes

Prints what docs/places.md shows. Both sides should run the same interpreter, because two builds of
one version differ by a tenth: benchmarks/interpreter.Dockerfile makes an image of the one that
runs this.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.events import Answered, BlockStarted, Event, TrialEnded
from harness.experiment.measure import measuring
from harness.experiment.run import run_experiment
from harness.judge.answer import answer
from harness.judge.blocks import whole_blocks
from harness.judge.paired import ALPHA, Paired
from harness.load.locust import Locust
from harness.model import capacity, cpu_per_request
from harness.model.errors import BenchError
from harness.model.record import Asked
from harness.places.choice import choose
from harness.report.sentences import of_contrast
from harness.store.run import Run
from harness.system import cores, machine
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor

NAME, SCENARIO = "quick", "postgres_read"
PLACES = ("host", "docker")


def measure(design: Design, seed: int, into: Path) -> dict[str, Run]:
    """Carry out the same design at both places at once, a block here and a block there."""
    split = cores.split(design.scenario.budget.workers)
    runs = {name: Run(into / name) for name in PLACES}
    with ProcessSupervisor() as supervisor, ExitStack() as stack:
        events: dict[str, Iterator[Event]] = {}
        for name, run in runs.items():
            run.create(
                Asked(
                    profile=NAME,
                    on=name,
                    seed=seed,
                    commit=machine.commit(),
                    fingerprint=machine.fingerprint(),
                    scenarios=(design.scenario,),
                    code={},
                )
            )
            place_of = stack.enter_context(choose(name).opened(supervisor, into))
            place = place_of(split, free_port(), free_port())
            measured = measuring(place, split, design.scenario, run, supervisor, Locust())
            drive = stack.enter_context(measured).runner(design.scenario)
            events[name] = run_experiment(design, seed, drive, run)
        blocks = dict.fromkeys(runs, -1)
        while events:
            name = min(events, key=lambda place: _turn(place, blocks[place]))
            if not advance(events[name], name, blocks):
                del events[name]
    return runs


def advance(events: Iterator[Event], name: str, blocks: dict[str, int]) -> bool:
    """Measure up to the next block, which waits for its turn; return whether there is one."""
    for event in events:
        if isinstance(event, Answered):
            return False
        if isinstance(event, BlockStarted) and event.number != blocks[name]:
            blocks[name] = event.number
            return True
        if isinstance(event, TrialEnded):
            trial, closed = event.trial, event.measurement.closed
            void = ", ".join(reason.says for reason in event.void)
            served = f"{closed.goodput:.0f}/s" if closed else ""
            print(
                f"{name}, {trial.where}, {trial.variant}: {served} {void}",
                file=sys.stderr,
            )
    return False


def answers(design: Design, runs: Mapping[str, Run]) -> Iterator[str]:
    """Yield the answers of both places, as a table."""
    yield "| place | found | void blocks |\n| --- | --- | --- |"
    for name, run in runs.items():
        found = answer(design, run.read())
        void = f"{len(found.void)} of {found.blocks + len(found.void)}"
        for contrast in found.contrasts:
            yield f"| {name} | {of_contrast(contrast)} | {void} |"


def costs(design: Design, runs: Mapping[str, Run]) -> Iterator[str]:
    """Yield what a container costs, as a table."""
    heads = ("variant", "docker / host", "median of paired blocks", "estimate", "95 % CI")
    yield f"| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|"
    sides = [whole_blocks(design.scenario, run.read()) for run in runs.values()]
    pairs = list(zip(*sides, strict=False))
    for variant in design.scenario.variants:
        for metric in (cpu_per_request, capacity):
            host, docker = (
                [metric.value(block[variant.name]) or math.nan for block in side]
                for side in zip(*pairs, strict=True)
            )
            ratios = [two / one for one, two in zip(host, docker, strict=True)]
            found = Paired([math.log(one) for one in ratios], len(ratios)).ratio(ALPHA)
            middle = median(ratios)
            interval = f"{found.low:.3f} to {found.high:.3f}, {found.n} pairs"
            row = (variant.name, metric.name, f"{middle:.3f}", f"{found.estimate:.3f}", interval)
            yield f"| {' | '.join(row)} |"


def _turn(place: str, block: int) -> tuple[int, bool]:
    """Return by what places are ordered: the earlier block, then they take turns in going first."""
    return block, (place == "docker") == (block % 2 == 0)


def main() -> None:
    """Measure, and print both answers and what one request costs at either place."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, default=Path("results/places"))
    options = parser.parse_args()
    design = Design(catalogue()[SCENARIO], PROFILES[NAME])
    try:
        runs = measure(design, options.seed, options.into)
    except BenchError as error:
        raise SystemExit(f"Error: {error}\nHint: {error.hint}") from error
    print("\n".join(answers(design, runs)))
    print("\n" + "\n".join(costs(design, runs)))


if __name__ == "__main__":
    main()
