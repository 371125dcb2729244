"""Hold the answers of `bench.py map` against cells of the map that a run measured.

    python -m benchmarks.calculator RUN     # a folder of results with the scenario break_even

The calculator is told the wait of a cell, and the CPU time that a request took each way where
nothing sleeps. It says what each way serves at most. In these cells so many requests are in flight
that it does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.model.queueing import Load, ways
from harness.report import wording
from harness.report.document import document
from harness.report.family import families
from harness.report.map import AWAITING, BLOCKING, HOME, THREADED, place
from harness.report.scenario_run import ScenarioRun
from harness.store.run import Run

CELLS = ((10, 64), (10, 400), (100, 400))  # wait in ms, requests in flight
CPU_FROM = (0, 64)
WITHIN = 0.15
NAMES = {BLOCKING: "blocking", THREADED: "threads", AWAITING: "awaiting"}


@dataclass(frozen=True, slots=True)
class Held:
    """What the calculator says of one way in one cell, beside what was measured, in requests/s."""

    cell: str
    way: str
    formula: str
    predicted: float
    measured: float

    @property
    def within(self) -> bool:
        """Whether it is close enough."""
        return abs(self.predicted / self.measured - 1) <= WITHIN


def held(run: Run) -> list[Held]:
    """Return every answer; raises SystemExit where the run lacks a cell."""
    found = document(run.record(), everything=False)
    runs = (one.run for of in families(found) if of.name == HOME for one in of.sections)
    cells = {place(one): one for one in runs if one.blocks}
    if missing := [one for one in (CPU_FROM, *CELLS) if one not in cells]:
        raise SystemExit(f"{run.folder} lacks {missing}: run bench.py {HOME}")
    return [one for at in CELLS for one in _of_cell(cells[at], cells[CPU_FROM])]


def _of_cell(cell: ScenarioRun, cpu_from: ScenarioRun) -> Iterator[Held]:
    wait_ms, clients = place(cell)
    for name, called in NAMES.items():
        cpu_s = median(one.cpu_per_request_s for one in cpu_from.closed(name))
        load = Load(rate=1, wait_s=wait_ms / 1000, cpu_s=cpu_s)
        said = {one.name: one for one in ways(load, cell.scenario.budget.threads)}[called]
        measured = median(one.goodput for one in cell.closed(name))
        at = f"{wait_ms:g} ms, {clients} in flight"
        yield Held(at, name, said.formula, said.capacity, measured)


def lines(found: list[Held]) -> Iterator[str]:
    """Yield a table, and how many answers are close enough."""
    heads = ("cell", "way", "predicted by", "requests/s", "measured", "predicted / measured")
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for one in found:
        rates = (wording.number(rate) for rate in (one.predicted, one.measured))
        ratio = f"{one.predicted / one.measured:.3f}"
        yield f"| {' | '.join((one.cell, one.way, one.formula, *rates, ratio))} |"
    within = sum(one.within for one in found)
    yield f"\n{within} of {len(found)} predictions are within {100 * WITHIN:g} %."


def main() -> None:
    """Print the table of a run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="a folder of results")
    print("\n".join(lines(held(Run(parser.parse_args().run)))))


if __name__ == "__main__":
    main()
