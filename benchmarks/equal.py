"""Let variants meet themselves, by the very profile that judges others, and count how often a difference is found where there is none.

    python -m benchmarks.equal --into results/equal     # over an hour; interrupted, it goes on where it was

Each run serves one file under four names, which makes three pairs with the first. A pair that differs is asked again with another seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness.cli import progress
from harness.design.plan import PROFILES
from harness.experiment import session
from harness.judge.answer import Answer, answer, sentence
from harness.judge.statistics import Verdict
from harness.catalogue import catalogue
from harness.store.records import Run

APPS = (
    ("postgres_read", "awaiting"),
    ("http_call", "threaded"),
    ("upstream_limit", "bounded"),
    ("postgres_read", "blocking"),
    ("http_call", "awaiting"),
    ("cpu_work", "inline"),
    ("postgres_read", "threaded"),
    ("postgres_read", "awaiting"),
    ("http_call", "threaded"),
    ("http_call", "blocking"),
    ("postgres_read", "blocking"),
    ("http_call", "awaiting"),
    ("cpu_work", "threaded"),
    ("postgres_read", "threaded"),
    ("upstream_limit", "bounded"),
    ("http_call", "blocking"),
    ("postgres_read", "awaiting"),
)
NAMES = ("one", "second", "third", "fourth")
PROFILE = "quick"
AGAIN, ELSE = (
    1000,
    2000,
)  # added to the seed of a run that is asked again because it found a difference, or because it was invalid
DIFFERS = {Verdict.BETTER, Verdict.WORSE}


def meet(number: int, seed: int, into: Path) -> Run:
    """Measure one app under four names, or take it from the record."""
    name, variant = APPS[number]
    folder = into / f"{number:02d}-{name}-{variant}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    if found := [path.parent for path in folder.glob("*/finished")]:
        return Run(found[0])
    scenario = catalogue()[name].twinned(variant, NAMES)
    with session.start([scenario], profile=PROFILE, on="host", seed=seed, results=folder) as begun:
        progress.follow(begun)
        return begun.run


def measure(runs: int, into: Path) -> None:
    """Measure what is not on record: each run, once more with another seed if it is invalid, and once more if a pair differs."""
    for number in range(runs):
        seed = number
        if (found := judged(meet(number, seed, into))).invalid:
            seed += ELSE
            found = judged(meet(number, seed, into))
        if any(contrast.verdict in DIFFERS for contrast in found.contrasts):
            meet(number, seed + AGAIN, into)


def judged(run: Run) -> Answer:
    """Judge a run."""
    return answer(run.asked.scenarios[0], PROFILES[PROFILE], run.read())


def rows(into: Path) -> Iterator[tuple[str, ...]]:
    """Give a row for each pair on record, and one for each run that is invalid."""
    for path in sorted(into.glob("*/*/finished")):
        number, *app, seed = path.parent.parent.name.split("-")
        found = judged(Run(path.parent))
        void = f"{len(found.voided)} of {found.blocks + len(found.voided)}"
        said = (
            [(sentence(one), one.verdict.value) for one in found.contrasts]
            if not found.invalid
            else [(found.invalid, Verdict.INVALID.value)]
        )
        for what, verdict in said:
            yield (
                str(int(number) + 1),
                seed,
                "/".join(app),
                found.scenario.primary.label,
                what,
                verdict,
                void,
            )


def main() -> None:
    """Measure, and print the table of all that is on record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=len(APPS),
        help="of three pairs each; 0 prints what is on record",
    )
    parser.add_argument("--into", type=Path, default=Path("results/equal"))
    options = parser.parse_args()
    measure(options.runs, options.into)
    table = list(rows(options.into))
    heads = ("run", "seed", "app", "judged by", "found", "verdict", "void blocks")
    for row in (heads, ["---"] * len(heads), *table):
        print("| " + " | ".join(row) + " |")
    verdicts = [row[5] for row in table]
    print(
        "\n"
        + ", ".join(
            f"{verdicts.count(verdict.value)} {verdict.value}"
            for verdict in Verdict
            if verdict.value in verdicts
        )
    )


if __name__ == "__main__":
    main()
