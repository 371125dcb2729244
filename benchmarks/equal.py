"""Let variants meet themselves, by the very profile that judges others, and count how often a difference is found where there is none.

    python -m benchmarks.equal --into results/equal     # about an hour; interrupted, it goes on where it was

Each run serves one file under four names, which makes three pairs with the first. A pair that differs is asked again with another seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness.answer import Answer, answer, sentence
from harness.plan import PROFILES
from harness.records import Run
from harness.report import progress
from harness.scenario import catalogue
from harness.stage import session
from harness.stats import Verdict

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
)
NAMES = ("one", "second", "third", "fourth")
PROFILE = "quick"
AGAIN, ELSE = 1000, 2000  # added to the seed of a run that is asked again because it found a difference, or because it was invalid
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


def judged(run: Run) -> Answer:
    """Judge a run."""
    return answer(run.asked.scenarios[0], PROFILES[PROFILE], run.read())


def rows(runs: int, into: Path) -> Iterator[tuple[str, ...]]:
    """Give a row for each pair."""
    for number in range(runs):
        found = judged(meet(number, number, into))
        if found.invalid:
            yield str(number + 1), "/".join(APPS[number]), found.scenario.primary.label, found.invalid, "invalid", "measured again", f"{len(found.voided)}"
            found = judged(meet(number, number + ELSE, into))
        again = judged(meet(number, number + AGAIN, into)) if any(one.verdict in DIFFERS for one in found.contrasts) else None
        for place, contrast in enumerate(found.contrasts):
            confirmed = "–"
            if contrast.verdict in DIFFERS and again is not None:
                confirmed = "yes" if again.contrasts[place].verdict is contrast.verdict else "no"
            app = "/".join(APPS[number])
            void = f"{len(found.voided)} of {found.blocks + len(found.voided)}"
            yield str(number + 1), app, contrast.metric.label, sentence(contrast), contrast.verdict.value, confirmed, void


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=len(APPS), help="of three pairs each")
    parser.add_argument("--into", type=Path, default=Path("results/equal"))
    options = parser.parse_args()
    table = list(rows(options.runs, options.into))
    heads = ("run", "app", "judged by", "found", "verdict", "confirmed", "void blocks")
    for row in (heads, ["---"] * len(heads), *table):
        print("| " + " | ".join(row) + " |")
    verdicts = [row[4] for row in table]
    counts = ", ".join(f"{verdicts.count(verdict.value)} {verdict.value}" for verdict in Verdict if verdict.value in verdicts)
    pairs = len(table) - sum(row[5] == "measured again" for row in table)
    print(f"\n{pairs} pairs: {counts}; {sum(row[5] == 'yes' for row in table)} differ in a second run as well")


if __name__ == "__main__":
    main()
