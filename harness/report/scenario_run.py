"""One scenario of a run, as the report reads it: what was asked, seen, and may be said."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from harness.design.ceilings import Ceilings, ceilings
from harness.design.design import Design
from harness.judge.answer import Answer, Contrast
from harness.judge.blocks import Block, readings, seen_once, whole_blocks
from harness.judge.caveats import Caveat
from harness.judge.guards import void_reasons
from harness.judge.interval import Interval, Judgement
from harness.judge.judging import answer_of, design_of, level_of
from harness.model import histogram
from harness.model.facts import ClosedLoop, Measurement, OpenLoop
from harness.model.metric import Metric, capacity, goodput_of
from harness.model.reading import Reading
from harness.model.record import Record
from harness.model.scenario import Claim, Scenario
from harness.report import wording
from harness.report.language import say

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One scenario of a run.

    The record holds the scenario's own measurements alone. `blocks` are the whole ones that are
    not void; where nothing is judged, the void ones too, and where the scenario is invalid, none.
    `once` is what was seen once besides, by variant: of every one that the design explores, or of
    none, where anything of it is void. `evidence` is by variant.
    """

    record: Record
    design: Design
    answer: Answer
    blocks: Sequence[Block]
    evidence: Mapping[str, Measurement]
    once: Mapping[str, Measurement]

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.design.scenario

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.scenario.primary

    @property
    def variants(self) -> list[str]:
        """The names of the variants."""
        return [variant.name for variant in self.scenario.variants]

    @property
    def half_load(self) -> OpenLoop | None:
        """The open load that was seen once of the baseline; None where there is none."""
        once = self.once.get(self.scenario.baseline.name)
        return once.open[0] if once and once.open else None

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        found = self.answer
        return found.level is not None or any(contrast.gain for contrast in found.contrasts)

    @property
    def simulated(self) -> bool:
        """Whether it was drawn from the theory and not measured."""
        return Caveat.SIMULATED in self.answer.caveats

    @property
    def loads(self) -> list[float]:
        """The open loads that were measured, lowest first."""
        measured = (one for block in (*self.blocks, self.once) for one in block.values())
        return sorted({cell.load for one in measured for cell in one.open})

    @property
    def client_counts(self) -> list[int]:
        """The numbers of clients of all closed loops, rising."""
        return sorted({self.scenario.clients, *self.scenario.sweep})

    @property
    def smallest_ceiling(self) -> float:
        """The rate in requests/s that every load is a share of.

        Without an open load it is the smallest of the ceilings that were found.
        """
        if loads := self.loads:
            return self.rate(loads[0]) / loads[0]
        return min(self.ceiling(name) for name in self.variants)

    def of(self, variant: str) -> list[Measurement]:
        """Return the measurements of one variant, block by block."""
        return [block[variant] for block in self.blocks]

    def seen(self, variant: str, what: Callable[[Measurement], Found | None]) -> list[Found]:
        """Return what is found in every block, else what was seen once; empty where neither."""
        for source in (self.of(variant), [self.once[variant]] if variant in self.once else []):
            found = [one for one in map(what, source) if one is not None]
            if found and len(found) == len(source):
                return found
        return []

    def cells(self, variant: str, load: float) -> list[OpenLoop]:
        """Return the open cells of one variant at one load."""
        return self.seen(variant, lambda one: one.at(load))

    def closed(self, variant: str) -> list[ClosedLoop]:
        """Return the scenario's own closed loops of one variant."""
        return self.seen(variant, lambda one: one.closed)

    def rate(self, load: float) -> float:
        """Return the requests/s that a load stands for."""
        return self.cells(self.scenario.baseline.name, load)[0].rate

    def load_of(self, chart: str) -> float:
        """Return the load that a chart shows: the one that decides, else the lowest."""
        primary = self.primary
        decides = primary.definition.chart == chart and primary.at is not None
        return primary.at if decides and primary.at is not None else self.loads[0]

    def goodput_with(self, clients: int) -> Metric:
        """Return the goodput of so many clients: the capacity, for the scenario's own number."""
        return capacity if clients == self.scenario.clients else goodput_of(clients)

    def place(self, metric: Metric) -> str:
        """Return the load that a metric is read at, in requests/s; empty where none is known."""
        known = metric.at is not None and metric.at in self.loads
        return wording.rate(self.rate(metric.at)) if known and metric.at is not None else ""

    def named(self, metric: Metric) -> str:
        """Return a metric's name in words, and where it is read: of so many clients, or a load."""
        return wording.placed(wording.name_of(metric), metric, self.place(metric))

    def label(self, metric: Metric) -> str:
        """Return the same, and how much of what the slowest variant can serve that load is."""
        if metric.at is None:
            return self.named(metric)
        load, name = wording.load(metric.at), wording.name_of(metric)
        if rate := self.place(metric):
            return say("words.at.load", name=name, rate=rate, load=load)
        return say("words.at.rate", name=name, rate=load)

    def readings(self, metric: Metric, variant: str) -> list[Reading]:
        """Return a metric of each block, else as it was seen once; empty where neither."""
        return readings(metric, variant, self.blocks) or self.seen(variant, metric.read)

    def values(self, metric: Metric, variant: str) -> list[float]:
        """Return the same as plain numbers."""
        return [one.value for one in self.readings(metric, variant)]

    def median(self, quantity: Callable[[Measurement], float | None], variant: str) -> float | None:
        """Return the median of a quantity, of the evidence where no later trial has it."""
        found = self.seen(variant, quantity)
        if not found and variant in self.evidence:
            found = [one for one in [quantity(self.evidence[variant])] if one is not None]
        return median(found) if found else None

    def level(self, found: Sequence[Reading]) -> Interval | None:
        """Return the level of what was read, by the run's own method."""
        return level_of(self.record, self.design, found)

    def typical(self, metric: Metric, variant: str) -> Interval | None:
        """Return the level of a metric; without an interval where it was seen once.

        Where a block has too few requests for a quantile, it is read from all blocks merged,
        without an interval; None where those are too few as well.
        """
        if found := self.readings(metric, variant):
            return self.level(found)
        definition = metric.definition
        if definition.quantile is None or metric.at is None:
            return None
        streams = [definition.stream(cell) for cell in self.cells(variant, metric.at)]
        if not streams:
            return None
        packed = tuple(stream.response for stream in streams)
        missed = sum(stream.due - stream.good for stream in streams)
        merged = histogram.quantile(packed, definition.quantile, missed)
        return None if merged is None else Interval(merged, 0.0, math.inf, len(streams))

    def ceilings(self, variant: str) -> list[Ceilings]:
        """Return what bounds a variant, of each closed loop."""
        probe = self.evidence[variant].probe if variant in self.evidence else None
        return self.seen(
            variant, lambda one: ceilings(self.scenario, one, probe) if one.closed else None
        )

    def ceiling(self, variant: str, *, most: bool = False) -> float:
        """Return what the theory allows in requests/s: usually, or at the very most."""
        bounds = self._bounds(variant, most=most)
        found = self.level([Reading(one) for one in bounds])
        return math.inf if found is None else found.estimate

    def of_ceiling(self, variant: str, *, most: bool = False) -> float | None:
        """Return the share of its ceiling that a variant reaches; None where nothing bounds it."""
        bounds = self._bounds(variant, most=most)
        if not bounds or not all(0 < one < math.inf for one in bounds):
            return None
        cells = zip(self.closed(variant), bounds, strict=True)
        found = self.level([Reading(cell.goodput / bound) for cell, bound in cells])
        return None if found is None else found.estimate

    def _bounds(self, variant: str, *, most: bool) -> list[float]:
        return [max(one.usual, one.most) if most else one.usual for one in self.ceilings(variant)]

    @property
    def claims(self) -> list[tuple[Claim, Contrast, Judgement]]:
        """Each claim with the comparison that it is judged by."""
        made = {(one.subject, one.over): one for one in self.answer.contrasts}
        judged = self.answer.claims
        return [(claim, made[claim.subject, claim.over], verdict) for claim, verdict in judged]


def scenario_run(record: Record, scenario: Scenario) -> ScenarioRun:
    """Return one scenario of a run; raises BenchError where its profile is not known."""
    mine = [one for one in record.measurements if one.trial.scenario == scenario.name]
    record = replace(record, measurements=mine)
    design, found = design_of(record, scenario), answer_of(record, scenario)
    unjudged = not design.profile.judged
    whole = whole_blocks(scenario, mine, void=unjudged)
    blocks = [] if found.invalid else whole if unjudged else whole[: found.blocks]
    evidence, once = (seen_once(scenario, mine, kind) for kind in ("evidence", "exploring"))
    void = any(void_reasons(scenario, one) for one in once.values()) and not unjudged
    if found.invalid or void or len(once) < len(design.explored):
        once = {}
    return ScenarioRun(record, design, found, blocks, evidence, once)
