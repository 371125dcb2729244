"""Two runs beside each other, as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.comparison import Pair
from harness.report import wording
from harness.report.wording import between, number

HEADS = ("scenario", "what", "the one", "the other", "the other is", "differ")
APART = "Measured at two times: what the machine did in between is in the difference. `bench.py gate` measures side by side."


def table(pairs: Sequence[Pair]) -> str:
    """Write a row for each figure that both runs have."""
    rows = [
        (
            pair.scenario,
            pair.what,
            _level(pair, "one"),
            _level(pair, "other"),
            _ratio(pair),
            "yes" if pair.differs else "not shown",
        )
        for pair in pairs
    ]
    return f"{wording.table(HEADS, rows)}\n\n{APART}"


def _level(pair: Pair, which: str) -> str:
    found = pair.one if which == "one" else pair.other
    return f"{number(found.estimate)} [{between(found)}]"


def _ratio(pair: Pair) -> str:
    low, middle, high = pair.ratio
    return f"{number(middle)}× [{number(low)} to {number(high)}]"
