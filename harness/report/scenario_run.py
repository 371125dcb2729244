"""One scenario of a run, as the report reads it: what was asked, seen, and may be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.design.design import Design
from harness.design.profile import profile_named
from harness.judge import statistics
from harness.judge.answer import Answer, Block, Contrast, answer, compared, whole_blocks
from harness.judge.caveats import Caveat
from harness.judge.statistics import Interval, Judgement
from harness.model import histogram
from harness.model.facts import Measurement, OpenLoop
from harness.model.metric import Metric, capacity, goodput_of
from harness.model.record import Record
from harness.model.scenario import GROUPS, Claim, Scenario
from harness.report import sentences, wording
from harness.report.sentences import Sentence
from harness.report.table import BlockTable, Quantity, block_table


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One scenario of a run.

    `blocks` are the whole ones that are not void; where nothing is judged, the void ones too, and
    where the scenario is invalid, none. `pilots` are by variant.
    """

    record: Record
    design: Design
    answer: Answer
    blocks: Sequence[Block]
    pilots: Mapping[str, Measurement]
    table: BlockTable

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
    def enough(self) -> bool:
        """Whether there are enough blocks for an answer."""
        return self.design.profile.judged and len(self.blocks) >= self.design.looks[0]

    @property
    def simulated(self) -> bool:
        """Whether it was drawn from the theory and not measured."""
        return Caveat.SIMULATED in self.answer.caveats

    @property
    def loads(self) -> list[float]:
        """The open loads that were measured, lowest first."""
        measured = (one for block in self.blocks for one in block.values())
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

    def cells(self, variant: str, load: float) -> list[OpenLoop]:
        """Return the open cells of one variant at one load, block by block."""
        return [cell for one in self.of(variant) for cell in one.open if cell.load == load]

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

    def label(self, metric: Metric) -> str:
        """Return a metric's name and where it is read, in requests/s where those are known."""
        if metric.at is None or metric.at not in self.loads:
            return metric.label
        at = f"{wording.rate(self.rate(metric.at))} ({metric.at:g}× the smallest ceiling)"
        return f"{metric.name} at {at}"

    def typical(self, metric: Metric, variant: str) -> Interval | None:
        """Return the level of a metric over the blocks.

        Where a block has too few requests for a quantile, it is read from all blocks merged,
        without an interval; None where those are too few as well.
        """
        if found := self.table.values(metric, variant):
            return statistics.typical(found)
        definition = metric.definition
        if definition.quantile is None or metric.at is None:
            return None
        streams = [definition.stream(cell) for cell in self.cells(variant, metric.at)]
        packed = tuple(stream.response for stream in streams)
        missed = sum(stream.due - stream.good for stream in streams)
        merged = histogram.quantile(packed, definition.quantile, missed)
        return None if merged is None else Interval(merged, 0.0, math.inf, len(streams))

    def ceiling(self, variant: str) -> float:
        """Return what the theory allows in requests/s, estimated as the capacity is."""
        return statistics.typical(self.table.values(Quantity.CEILING, variant)).estimate

    def of_ceiling(self, variant: str) -> float | None:
        """Return the share of its ceiling that a variant reaches; None where nothing bounds it."""
        ceilings = self.table.values(Quantity.CEILING, variant)
        if not all(0 < one < math.inf for one in ceilings):
            return None
        return statistics.ratio(self.table.values(capacity, variant), ceilings).estimate

    def contrasts(self, metric: Metric) -> list[Contrast]:
        """Return the scenario's comparisons by any metric.

        By the deciding one they are the answer, by others they are exploratory.
        """
        if metric == self.primary:
            return list(self.answer.contrasts)
        if not self.enough:
            return [replace(one, metric=metric) for one in self.answer.contrasts]
        return [
            compared(metric, one.subject, one.over, self.blocks, self.design.alpha)
            for one in self.answer.contrasts
        ]

    def says(self, contrast: Contrast) -> Sentence:
        """Return the sentence of a contrast, with the levels of its two variants."""
        pair = contrast.subject, contrast.over
        found = {name: self.typical(contrast.metric, name) for name in pair} if self.blocks else {}
        return sentences.of_contrast(contrast, found)

    @property
    def claims(self) -> list[tuple[Claim, Contrast, Judgement]]:
        """Each claim with the comparison that it is judged by."""
        made = {(one.subject, one.over): one for one in self.answer.contrasts}
        judged = self.answer.claims
        return [(claim, made[claim.subject, claim.over], verdict) for claim, verdict in judged]


def scenario_run(record: Record, scenario: Scenario) -> ScenarioRun:
    """Return one scenario of a run; raises BenchError where its profile is not known."""
    design = Design(scenario, profile_named(record.asked.profile))
    found = answer(design, record.measurements)
    unjudged = not design.profile.judged
    whole = whole_blocks(scenario, record.measurements, void=unjudged)
    blocks = [] if found.invalid else whole
    pilots = {
        one.trial.variant: one
        for one in record.measurements
        if one.trial.scenario == scenario.name and not one.trial.block
    }
    return ScenarioRun(record, design, found, blocks, pilots, block_table(scenario, blocks))


def scenario_runs(record: Record) -> list[ScenarioRun]:
    """Return every scenario of a run, the unmeasured ones included, group by group."""
    order = [*GROUPS, ""]
    ordered = sorted(record.asked.scenarios, key=lambda one: order.index(one.group))
    return [scenario_run(record, scenario) for scenario in ordered]
