"""What was measured, as tables for those who compute on: the one thing that pandas does here.

`readings.csv` has a row for each metric of each trial, `levels.csv` the same over all blocks.
Trials that are void, and scenarios that have no answer because of them, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from harness.model.facts import Measurement
from harness.model.metric import (
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    goodput_of,
    p50,
)
from harness.report.document import Section

NAMES = ["scenario", "variant", "seen", "metric", "unit"]


def readings(sections: Iterable[Section]) -> pd.DataFrame:
    """Return a row for each metric of each trial; values in the unit named.

    `seen` is "in blocks" or "once", `bound` is "exact", "at least" or "at most".
    """
    rows = [row for one in sections if not one.run.answer.invalid for row in _rows(one)]
    return pd.DataFrame(rows, columns=[*NAMES, "block", "value", "bound"])


def levels(found: pd.DataFrame) -> pd.DataFrame:
    """Return how many readings there are of each metric, their median, and their extremes."""
    return found.groupby(NAMES, sort=False)["value"].agg(["count", "median", "min", "max"])


def save(sections: Iterable[Section], folder: Path) -> None:
    """Write both tables into a folder."""
    found = readings(sections)
    found.to_csv(folder / "readings.csv", index=False)
    levels(found).to_csv(folder / "levels.csv")


def _rows(section: Section) -> Iterator[dict[str, Any]]:
    run = section.run
    trials = [(number, "in blocks", one) for number, one in enumerate(run.blocks, 1)]
    trials += [(1, "once", run.once)] if run.once else []
    for number, seen, block in trials:
        for variant, measurement in block.items():
            for metric in _metrics(measurement, run.primary):
                if (reading := metric.read(measurement)) is not None:
                    yield {
                        "scenario": section.scenario.name,
                        "variant": variant,
                        "seen": seen,
                        "metric": run.label(metric),
                        "unit": metric.unit.name,
                        "block": number,
                        "value": reading.value * metric.unit.scale,
                        "bound": reading.bound.value,
                    }


def _metrics(measurement: Measurement, primary: Metric) -> dict[Metric, None]:
    """Return what can be read of a measurement, each once."""
    loads = [cell.load for cell in measurement.open]
    return dict.fromkeys(
        [
            primary,
            capacity,
            cpu_per_request,
            *(goodput_of(cell.clients) for cell in measurement.sweep),
            *(metric(load) for metric in (goodput, p50, bystander_p99) for load in loads),
        ]
    )
