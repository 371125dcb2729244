"""Compare variants with themselves, by the profile that judges others, and count differences.

    python -m benchmarks.equal --into results/equal     # over an hour; interrupted, it goes on

Each run serves one file under four names, which makes three pairs with the first. A pair that
differs is measured again with another seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness.catalogue import catalogue
from harness.cli import console
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment import session
from harness.experiment.session import Order
from harness.judge.answer import Answer, answer
from harness.judge.statistics import Verdict
from harness.report.sentences import of_contrast
from harness.store.run import Run

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
# Added to the seed of a run that is repeated: because it found a difference, or was invalid.
DIFFERENT, INVALID = 1000, 2000
DIFFERS = {Verdict.BETTER, Verdict.WORSE}
HEADS = ("run", "seed", "app", "judged by", "found", "verdict", "void blocks")


def compare(number: int, seed: int, into: Path) -> Run:
    """Measure one app under four names, or return the run on record."""
    name, variant = APPS[number]
    folder = into / f"{number:02d}-{name}-{variant}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    if found := [path.parent for path in folder.glob("*/finished")]:
        return Run(found[0])
    scenario = catalogue()[name].as_aa_test(variant, NAMES)
    order = Order(scenarios=[scenario], profile=PROFILE, on="host", seed=seed, results=folder)
    with session.start(order) as begun:
        console.follow(begun, lambda _: None)
        begun.finish()
        return begun.run


def measure(runs: int, into: Path) -> None:
    """Measure what is not on record.

    A run is repeated with another seed where it is invalid, and where a pair differs.
    """
    for number in range(runs):
        seed = number
        if (found := judged(compare(number, seed, into))).invalid:
            seed += INVALID
            found = judged(compare(number, seed, into))
        if any(contrast.verdict in DIFFERS for contrast in found.contrasts):
            compare(number, seed + DIFFERENT, into)


def judged(run: Run) -> Answer:
    """Return the answer of a run."""
    return answer(Design(run.asked.scenarios[0], PROFILES[PROFILE]), run.read())


def rows(into: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row for each pair on record, and one for each run that is invalid."""
    for path in sorted(into.glob("*/*/finished")):
        number, *app, seed = path.parent.parent.name.split("-")
        found = judged(Run(path.parent))
        blocks = found.blocks + len(found.void)
        said = [(str(of_contrast(one)), one.verdict.value) for one in found.contrasts]
        if found.invalid:
            said = [(found.invalid, Verdict.INVALID.value)]
        for what, verdict in said:
            yield (
                str(int(number) + 1),
                seed,
                "/".join(app),
                found.scenario.primary.label,
                what,
                verdict,
                f"{len(found.void)} of {blocks}",
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
    for row in (HEADS, ["---"] * len(HEADS), *table):
        print(f"| {' | '.join(row)} |")
    verdicts = [row[5] for row in table]
    counts = [f"{verdicts.count(one)} {one}" for one in Verdict if one in verdicts]
    print(f"\n{', '.join(counts)}")


if __name__ == "__main__":
    main()
