"""Measure what is known beforehand, and what wrk reads on the same servers.

    python -m benchmarks.known     # two minutes

Eight places of ten milliseconds against one serve eight times as much, less what timers round up:
wrk says how much. A loop that is held for 12 ms instead of 10 serves 1.2 times less.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment.events import Answered
from harness.experiment.measure import measuring
from harness.experiment.run import run_experiment
from harness.judge.answer import Answer
from harness.judge.interval import Interval
from harness.load import driver_named
from harness.load.driver import Site
from harness.load.locust import Locust
from harness.model import Budget, Scenario, Variant, Workload, capacity
from harness.model.record import Asked
from harness.places.host import Host
from harness.places.serve import wait_for
from harness.store.run import Run
from harness.system import cores
from harness.system.ports import free_port
from harness.system.processes import ProcessSupervisor

APPS = Path(__file__).with_name("known")  # in which scenarios/known/ lies
PAIRS = (("one_place", "eight_places"), ("blocked_12", "blocked_10"))
CLIENTS, ROUNDS, ROUND_S = 16, 3, 3


def question(first: str, second: str) -> Scenario:
    """Return the question that compares two of the apps by their capacity."""
    return Scenario(
        name=f"{first}-{second}",
        folder="known",
        group="threads",
        question="What is known is found?",
        workload=Workload("/wait/{key}", keys="1..1000"),
        primary=capacity,
        budget=Budget(),
        clients=CLIENTS,
        variants=(Variant(first, "places", "loop"), Variant(second, "places", "loop")),
        loads=(),
    )


def found(scenario: Scenario, run: Run, seed: int, supervisor: ProcessSupervisor) -> Answer:
    """Measure a question by the quick profile, and return its answer."""
    split, design = cores.split(scenario.budget.workers), Design(scenario, PROFILES["quick"])
    place = Host(supervisor, split, free_port(), free_port())
    with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
        runner = bench.runner(scenario, app_of=lambda variant: scenario.app(variant, APPS))
        for event in run_experiment(design, seed, runner, run):
            if isinstance(event, Answered):
                return event.answer
    raise AssertionError("a design ends with its answer")


def by_wrk(scenario: Scenario, supervisor: ProcessSupervisor) -> dict[str, float]:
    """Return the requests/s of each variant as wrk reads them, in the median of rounds in turn."""
    split, wrk = cores.split(1), driver_named("wrk")
    rates: dict[str, list[float]] = {one.name: [] for one in scenario.variants}
    for _ in range(ROUNDS):
        for name, read in rates.items():
            place = Host(supervisor, split, free_port(), free_port())
            log = supervisor.folder / f"{name}.log"
            with place.serve(scenario.app(name, APPS), name, log) as server:
                wait_for(server, scenario.workload.idle_request)
                server.hold()  # which moves it to its core
                server.go_on()
                rate = wrk.closed_rate(
                    scenario.workload,
                    server.url,
                    clients=CLIENTS,
                    seconds=ROUND_S,
                    site=Site(supervisor, split.rest),
                )
                read.append(rate.requests_per_s)
    return {name: median(read) for name, read in rates.items()}


def main() -> None:
    """Measure all pairs, and print a row for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    print("| pair | found | 95 % CI | blocks | by wrk | found / by wrk |")
    print("| --- | --- | --- | --- | --- | --- |")
    for pair in PAIRS:
        scenario = question(*pair)
        with ProcessSupervisor() as supervisor:
            run = Run(supervisor.folder / "run")
            run.create(
                Asked(
                    profile="quick",
                    on="host",
                    seed=seed,
                    commit="",
                    fingerprint="",
                    scenarios=(scenario,),
                    code={},
                )
            )
            gain = gain_of(found(scenario, run, seed, supervisor))
            read = by_wrk(scenario, supervisor)
        first, second = pair
        ratio = read[second] / read[first]
        interval = f"{gain.low:.4g} to {gain.high:.4g} | {gain.n}"
        both = f"{ratio:.4g} | {gain.estimate / ratio:.3f}"
        print(f"| {second} / {first} | {gain.estimate:.4g} | {interval} | {both} |", flush=True)


def gain_of(answer: Answer) -> Interval:
    """Return the ratio that was found; raises SystemExit where there is none."""
    gain = answer.contrasts[0].gain if answer.contrasts else None
    if gain is None:
        raise SystemExit(f"{answer.scenario.name}: no answer: {answer.invalid or 'too few blocks'}")
    return gain


if __name__ == "__main__":
    main()
