"""The measurements of one scenario as a data frame: the one thing that pandas does here.

A row for each block and variant, a column for each metric and quantity. Whatever is shown of a
variant over its blocks, the deciding metric and the exploratory ones alike, is read from it: block
by block, or as a median. NaN stands for what was not measured, or from too few requests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from harness.design.ceilings import ceiling
from harness.judge.answer import Block
from harness.model.facts import CLOSED, Measurement
from harness.model.metric import (
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    goodput_of,
    p50,
)
from harness.model.scenario import Scenario

CALLS = "calls: "  # what the columns of calls to the upstream begin with


class Quantity(StrEnum):
    """What is shown besides metrics; times in seconds, memory in bytes."""

    CEILING = "ceiling, requests/s"
    WAIT = "what the work waits for, alone"
    WORK_CPU = "CPU of the work, alone"
    RSS = "memory at the end"
    RSS_PER_CLIENT = "memory that each client of the closed loop added"
    CONNECTIONS = "connections to services under load"
    ACCEPTED = "requests of the closed loop that the app had accepted, on average"
    UNFINISHED = "clients of the closed loop that were still waiting at its end"


@dataclass(frozen=True, slots=True)
class BlockTable:
    """The frame of one scenario's blocks; empty where there are none."""

    frame: pd.DataFrame

    def values(self, column: Metric | Quantity, variant: str) -> list[float]:
        """Return one column of one variant, block by block; empty if any block lacks it."""
        name = column.label if isinstance(column, Metric) else column
        if name not in self.frame:
            return []
        found = self.frame.xs(variant, level="variant")[name]
        return [] if found.isna().any() else [float(value) for value in found]

    def median(self, quantity: Quantity, variant: str) -> float | None:
        """Return the median over those blocks that have it; None where none has."""
        found = float(self.frame.xs(variant, level="variant")[quantity].median())
        return None if math.isnan(found) else found

    def mean(self, quantity: Quantity, variant: str) -> float:
        """Return the mean over those blocks that have it."""
        return float(self.frame.xs(variant, level="variant")[quantity].mean())

    def calls(self, variant: str) -> dict[str, float]:
        """Return the median calls to the upstream per request, by what became of them.

        Empty where there is no upstream that counts them.
        """
        found = self.frame.xs(variant, level="variant")
        columns = [str(name) for name in self.frame if str(name).startswith(CALLS)]
        medians = {name.removeprefix(CALLS): float(found[name].median()) for name in columns}
        return {fate: count for fate, count in medians.items() if not math.isnan(count)}


def block_table(scenario: Scenario, blocks: Sequence[Block]) -> BlockTable:
    """Return the frame of the metrics and quantities of these blocks."""
    rows = {
        (number, name): _row(scenario, measurement)
        for number, block in enumerate(blocks, 1)
        for name, measurement in block.items()
    }
    if not rows:
        return BlockTable(pd.DataFrame())
    index = pd.MultiIndex.from_tuples(list(rows), names=["block", "variant"])
    return BlockTable(pd.DataFrame(list(rows.values()), index=index))


def _row(scenario: Scenario, measurement: Measurement) -> dict[str, float]:
    loads = [cell.load for cell in measurement.open]
    metrics = [
        capacity,
        cpu_per_request,
        scenario.primary,
        *(goodput_of(cell.clients) for cell in measurement.sweep),
        *(metric(load) for metric in (goodput, p50, bystander_p99) for load in loads),
    ]
    found: dict[str, float | None] = {one.label: one.read(measurement) for one in metrics}
    found |= {quantity: read(measurement) for quantity, read in READ.items()}
    found |= {f"{CALLS}{fate}": count for fate, count in measurement.calls.items()}
    found[Quantity.CEILING] = ceiling(scenario, measurement)
    if scenario.variant(measurement.trial.variant).runs_on == "elsewhere":
        found |= {Quantity.WAIT: None, Quantity.RSS: None}  # of a process that nobody saw
    return {name: math.nan if value is None else value for name, value in found.items()}


def _rss_per_client(measurement: Measurement) -> float | None:
    samples = measurement.app.samples if measurement.app else ()
    under_load = [sample.rss_bytes for sample in samples if sample.phase == CLOSED]
    if not under_load:
        return None
    return (max(under_load) - samples[0].rss_bytes) / measurement.closed.clients


READ: dict[Quantity, Callable[[Measurement], float | None]] = {
    Quantity.WAIT: lambda one: one.probe.wait_s if one.probe else None,
    Quantity.WORK_CPU: lambda one: one.probe.work_cpu_s if one.probe else None,
    Quantity.RSS: lambda one: one.rss_bytes,
    Quantity.RSS_PER_CLIENT: _rss_per_client,
    Quantity.CONNECTIONS: lambda one: one.app.connections if one.app else None,
    Quantity.ACCEPTED: lambda one: one.closed.app_in_flight,
    Quantity.UNFINISHED: lambda one: one.closed.outcomes.get("unfinished", 0),
}
