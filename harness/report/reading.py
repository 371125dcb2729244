"""What a run holds on one scenario, sorted for the reader."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pandas as pd

from harness.design import plan
from harness.design.plan import Profile
from harness.judge import answer, statistics
from harness.judge.answer import Answer, Contrast, sentence
from harness.judge.statistics import Interval, Judgement, Verdict
from harness.model import histogram
from harness.model.facts import CLOSED, Measurement, Open, Stream
from harness.model.scenario import (
    GROUPS,
    Claim,
    Metric,
    Scenario,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    goodput_of,
    p50,
)
from harness.store.records import Asked, Run

EXPLAINED = (
    0.9  # of its ceiling, or as much above it: nearer than this, arithmetic explains a capacity
)
BEYOND = 10  # requests that must lie beyond a percentile before a curve may reach it
MOST = 5  # sentences that a title has room for


@dataclass(frozen=True, slots=True)
class Reading:
    """One scenario of a run: what was asked, what was seen in whole blocks and in the pilot, what may be said. An invalid scenario has no blocks to show.

    `table` has a row per block and variant and a column per metric's label, in seconds and requests/s; NaN where there were too few requests.
    """

    folder: str
    asked: Asked
    machine: Mapping[str, Any]
    scenario: Scenario
    profile: Profile
    answer: Answer
    blocks: Sequence[dict[str, Measurement]]
    pilots: Mapping[str, Measurement]
    table: pd.DataFrame


def read(run: Run) -> list[Reading]:
    """Read every scenario of a run, the unmeasured ones included, group by group."""
    asked, machine, measurements = run.asked, run.machine, run.read()
    ordered = sorted(asked.scenarios, key=lambda scenario: GROUPS.index(scenario.group))
    return [
        _reading(run.folder.resolve().name, asked, machine, scenario, measurements)
        for scenario in ordered
    ]


def enough(reading: Reading) -> bool:
    """Say whether there are blocks enough for an answer."""
    return (
        reading.profile.judged
        and len(reading.blocks) >= plan.looks(reading.scenario, reading.profile)[0]
    )


def sentences(reading: Reading) -> Sequence[str]:
    """Say what may be said, or that there is nothing yet."""
    return (
        reading.answer.sentences
        if reading.blocks or reading.answer.invalid
        else ["not measured yet"]
    )


def loads(reading: Reading) -> list[float]:
    """List the open loads that were measured, lowest first."""
    return sorted(
        {
            cell.load
            for block in reading.blocks
            for measurement in block.values()
            for cell in measurement.open
        }
    )


def cells(reading: Reading, variant: str, load: float) -> list[Open]:
    """Collect the cells of one variant at one load, block by block."""
    return [cell for block in reading.blocks for cell in block[variant].open if cell.load == load]


def rate(reading: Reading, load: float) -> float:
    """Give the requests/s that a load stands for."""
    return cells(reading, reading.scenario.baseline.name, load)[0].rate


def calm(reading: Reading, *names: str) -> float:
    """Pick the load at which response times are shown: the primary metric's if it is one of those named, else the lowest."""
    primary = reading.scenario.primary
    return primary.at if primary.name in names and primary.at is not None else loads(reading)[0]


def clients(reading: Reading) -> list[int]:
    """List the numbers of clients of all closed loops, rising."""
    return sorted({reading.scenario.clients, *reading.scenario.sweep})


def goodput_with(reading: Reading, number: int) -> Metric:
    """Give the metric that is the goodput of so many clients: for the scenario's own number it is the capacity."""
    return capacity if number == reading.scenario.clients else goodput_of(number)


def values(reading: Reading, metric: Metric, variant: str) -> list[float]:
    """Read one metric of one variant, block by block; empty if any block lacks it."""
    if metric.label not in reading.table:
        return []
    found = reading.table.xs(variant, level="variant")[metric.label]
    return [] if found.isna().any() else [float(value) for value in found]


def typical(reading: Reading, metric: Metric, variant: str) -> Interval | None:
    """Estimate the level of a metric over the blocks.

    Where a block had too few requests for a quantile, it is read from all blocks merged, without interval; None where those are too few as well.
    """
    if found := values(reading, metric, variant):
        return statistics.typical(found)
    share = {"p50": 0.5, "p99": 0.99, "bystander p99": 0.99}.get(metric.name)
    if share is None or metric.at is None:
        return None
    streams = [
        cell.bystander if metric.name.startswith("bystander") else cell.work
        for cell in cells(reading, variant, metric.at)
    ]
    merged = histogram.quantile(
        tuple(stream.response for stream in streams),
        share,
        sum(stream.due - stream.good for stream in streams),
    )
    return None if merged is None else Interval(merged, 0.0, math.inf, len(streams))


def ceiling(reading: Reading, variant: str) -> float:
    """Estimate what the theory allows over the blocks, as the capacity is estimated."""
    return statistics.typical([block[variant].ceiling for block in reading.blocks]).estimate


def of_ceiling(reading: Reading, variant: str) -> float | None:
    """Estimate the share of its ceiling that a variant reaches, block by block; None where nothing bounds it."""
    ceilings = [block[variant].ceiling for block in reading.blocks]
    if not all(0 < one < math.inf for one in ceilings):
        return None
    return statistics.ratio(
        [block[variant].closed.goodput for block in reading.blocks], ceilings
    ).estimate


def prediction(reading: Reading, variant: str) -> str:
    """Set the capacity beside what arithmetic predicts from the variant's own demand: explained, or a surprise."""
    share = of_ceiling(reading, variant)
    if share is None:
        return "nothing bounds it that we know"
    if share < EXPLAINED:
        return "surprise: below its ceiling by more than a tenth"
    return (
        "explained by arithmetic"
        if share <= 2 - EXPLAINED
        else "surprise: above its ceiling by more than a tenth"
    )


def memory_per_client(reading: Reading, variant: str) -> float | None:
    """Give the bytes that each client of the closed loop added to the server, median over blocks; None where no monitor told."""
    grown = []
    for block in reading.blocks:
        inside, closed = block[variant].inside, block[variant].closed
        under_load = (
            [moment.rss_bytes for moment in inside.moments if moment.phase == CLOSED]
            if inside
            else []
        )
        if inside and under_load:
            grown.append((max(under_load) - inside.moments[0].rss_bytes) / closed.clients)
    return median(grown) if grown else None


def connections(reading: Reading, variant: str) -> float | None:
    """Give the connections to services that the variant held under load, median over blocks; None where no monitor told."""
    found = [inside.connections for block in reading.blocks if (inside := block[variant].inside)]
    return median(found) if found else None


def calls(reading: Reading, variant: str) -> dict[str, float]:
    """Give the calls to the upstream that one request makes, by what becomes of them, median over blocks; nothing where there is no upstream of ours."""
    found = [block[variant].calls for block in reading.blocks]
    return {
        fate: median(one.get(fate, 0.0) for one in found) for fate in (found[0] if found else ())
    }


def taken_on(reading: Reading, variant: str) -> float | None:
    """Give how many of the closed loop's requests the app had taken on, on average; None where no monitor told."""
    found = [
        seen
        for block in reading.blocks
        if (seen := block[variant].closed.inside_in_flight) is not None
    ]
    return median(found) if found else None


def smallest_ceiling(reading: Reading) -> float:
    """Give the rate that every load is a share of; where there was none, the smallest of the ceilings that were found."""
    if at := loads(reading):
        return rate(reading, at[0]) / at[0]
    return min(ceiling(reading, variant.name) for variant in reading.scenario.variants)


def curve(streams: Sequence[Stream]) -> tuple[list[float], list[float]]:
    """Trace the merged response times over the share of requests, as far as their number supports."""
    shares, seconds = histogram.curve(
        tuple(stream.response for stream in streams),
        sum(stream.due - stream.good for stream in streams),
    )
    reach = 1 - BEYOND / max(BEYOND, sum(stream.due for stream in streams))
    kept = [(share, value) for share, value in zip(shares, seconds, strict=True) if share <= reach]
    return [share for share, _ in kept], [value for _, value in kept]


def missed(streams: Sequence[Stream]) -> float:
    """Give the share of requests that failed or were not answered in time."""
    due = sum(stream.due for stream in streams)
    return 1 - sum(stream.good for stream in streams) / due if due else 0.0


def titles(reading: Reading, metric: Metric) -> list[str]:
    """Say what a chart of this metric shows: every contrast, of many those that are claimed first; where there is none to make, whose metric it is."""
    made = contrasts(reading, metric)
    claimed = {(claim.subject, claim.over) for claim in reading.scenario.claims}
    if len(made) <= MOST:
        return [*map(sentence, made)] or [f"the {metric.name} of {reading.scenario.baseline.does}"]
    first = sorted(made, key=lambda contrast: (contrast.subject, contrast.over) not in claimed)[
        : MOST - 1
    ]
    return [*map(sentence, first), f"and {len(made) - len(first)} more comparisons"]


def contrasts(reading: Reading, metric: Metric) -> list[Contrast]:
    """Make the scenario's comparisons by any metric: by the primary one they are the answer, by others they are exploratory."""
    if metric == reading.scenario.primary:
        return list(reading.answer.contrasts)
    return [_exploratory(reading, metric, contrast) for contrast in reading.answer.contrasts]


def claims(reading: Reading) -> list[tuple[Claim, Contrast, Judgement]]:
    """Set each claim beside what was measured."""
    made = {(contrast.subject, contrast.over): contrast for contrast in reading.answer.contrasts}
    return [
        (claim, made[claim.subject, claim.over], judgement)
        for claim, judgement in reading.answer.claims
    ]


def _exploratory(reading: Reading, metric: Metric, like: Contrast) -> Contrast:
    """Make one comparison by another metric, once there are blocks enough for the primary one."""
    if not enough(reading):
        return replace(like, metric=metric)
    level = plan.level(reading.scenario, reading.profile)
    gain = answer.gain(metric, like.subject, like.over, reading.blocks, level)
    if gain is None:
        return Contrast(
            metric,
            like.subject,
            like.over,
            None,
            Verdict.INVALID,
            f"the {metric.name} could not be read in every block",
        )
    return Contrast(
        metric, like.subject, like.over, gain, statistics.judge(gain, metric.same_within)
    )


def _reading(
    folder: str,
    asked: Asked,
    machine: Mapping[str, Any],
    scenario: Scenario,
    measurements: Sequence[Measurement],
) -> Reading:
    profile = plan.PROFILES[asked.profile]
    found = answer.answer(scenario, profile, measurements)
    blocks = (
        []
        if found.invalid
        else answer.whole_blocks(scenario, measurements, void=not profile.judged)
    )
    pilots = {
        one.trial.variant: one
        for one in measurements
        if one.trial.scenario == scenario.name and not one.trial.block
    }
    return Reading(
        folder,
        asked,
        machine,
        scenario,
        profile,
        found,
        blocks,
        pilots,
        _table(blocks, scenario.primary),
    )


def _table(blocks: Sequence[dict[str, Measurement]], primary: Metric) -> pd.DataFrame:
    rows = {
        (number, name): _row(measurement, primary)
        for number, block in enumerate(blocks, 1)
        for name, measurement in block.items()
    }
    return (
        pd.DataFrame(
            list(rows.values()),
            index=pd.MultiIndex.from_tuples(list(rows), names=["block", "variant"]),
        )
        if rows
        else pd.DataFrame()
    )


def _row(measurement: Measurement, primary: Metric) -> dict[str, float]:
    at = [cell.load for cell in measurement.open]
    of = [goodput_of(cell.clients) for cell in measurement.sweep]
    metrics = [
        capacity,
        cpu_per_request,
        primary,
        *of,
        *(metric(load) for metric in (goodput, p50, bystander_p99) for load in at),
    ]
    found = {metric.label: measurement.value(metric) for metric in metrics}
    return {
        **{label: math.nan if value is None else value for label, value in found.items()},
        "ceiling": measurement.ceiling,
        "wait alone": measurement.alone.wait_s if measurement.alone else math.nan,
        "RSS": measurement.rss_bytes,
    }
