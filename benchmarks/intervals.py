"""How often equal variants are said to differ, by simulated noise, and how wide intervals are.

    python -m benchmarks.intervals     # about a minute: the table of docs/equal.md

Four variants, three comparisons with the first. Under each noise: the share of experiments, in
percent, in which any is said to differ, where at most 5 are promised. The width is half an
interval, in standard deviations of a block ratio under independent noise, in the median.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median

import numpy as np

from benchmarks.experiments import FOUR, REPETITIONS, Bounds, Rule, as_planned, experiments
from benchmarks.noise import NOISES, iid
from harness.design.design import Design
from harness.judge.paired import Paired
from harness.judge.signed_rank import hodges_lehmann


def signed_ranks(design: Design, found: Sequence[Sequence[float]], _: float) -> list[Bounds]:
    """Judge seven blocks as method 3 did."""
    return [hodges_lehmann(one[:7], design.alpha)[1:] for one in found]


def paired_t(design: Design, found: Sequence[Sequence[float]], _: float) -> list[Bounds]:
    """Judge the planned blocks alone, however noisy they are."""
    planned = design.planned_blocks
    return [Paired(one[:planned], planned).interval(design.alpha) for one in found]


RULES: dict[str, Rule] = {
    "signed ranks, 7 blocks (method 3)": signed_ranks,
    "paired t, 5 blocks": paired_t,
    "paired t, 5 to 10 blocks as the noise asks (method 4)": as_planned,
}


def rows() -> list[list[str]]:
    """Return a row for each rule."""
    said: dict[str, list[str]] = {name: [] for name in RULES}
    halves: dict[str, list[float]] = {name: [] for name in RULES}
    spread = 1.0
    for noise in NOISES:
        drawn = list(experiments(noise, FOUR))
        for name, rule in RULES.items():
            bounds = [rule(FOUR, differences, 0.0) for differences in drawn]
            wrong = sum(any(low > 0 or high < 0 for low, high in one) for one in bounds)
            said[name].append(f"{100 * wrong / REPETITIONS:.1f}")
            if noise is iid:
                spread = robust([value for one in drawn for value in one[0]])
                halves[name] = [(high - low) / 2 for one in bounds for low, high in one]
    return [[name, *said[name], f"{median(halves[name]) / spread:.2f}"] for name in RULES]


def robust(values: Sequence[float]) -> float:
    """Return the standard deviation that the median deviation of normal noise tells."""
    middle = float(np.median(values))
    return median(abs(value - middle) for value in values) / NormalDist().inv_cdf(0.75)


def main() -> None:
    """Print the table."""
    heads = ["judged by", *(noise.__name__ for noise in NOISES), "width"]
    for row in (heads, ["---"] * len(heads), *rows()):
        print(f"| {' | '.join(row)} |")
    doubt = 100 * 2 * math.sqrt(0.05 * 0.95 / REPETITIONS)
    print(f"\n{REPETITIONS} experiments each: 5 % is known to ± {doubt:.1f} %.")


if __name__ == "__main__":
    main()
