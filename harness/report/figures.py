"""The figures of page and deck, as values: the bars of what decides, and the lines."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.judge.interval import Interval
from harness.model.metric import Metric, capacity
from harness.model.reading import Bound
from harness.report import wording
from harness.report.captions import title
from harness.report.courses import interval, lines, unended
from harness.report.headline import claim_id
from harness.report.language import does, say, unit
from harness.report.scenario_run import ScenarioRun
from harness.report.shapes import Bar, Bars, Scale
from harness.report.styles import styles

__all__ = ["Bars", "bars", "lines"]

ROOM = 1.04  # of the longest bar
FAR = 2.0  # times the longest bar: a ceiling beyond that is not drawn


def bars(run: ScenarioRun, metric: Metric | None = None) -> Bars:
    """Return the bars of a metric, of the deciding one unless another is given."""
    metric = metric or run.primary
    found = {name: run.typical(metric, name) for name in run.variants}
    longest = max(
        (one.estimate for one in found.values() if one and math.isfinite(one.estimate)), default=0.0
    )
    bounds = {name: run.ceiling(name) for name in run.variants} if metric == capacity else {}
    near = {name: one for name, one in bounds.items() if one <= FAR * longest}
    axis = Scale(0, ROOM * max([longest, *near.values()]) or 1)
    rows = []
    for name, one in found.items():
        ceiling = axis.share(near[name]) if name in near else None
        rows.append(replace(_bar(run, metric, name, one, axis), ceiling=ceiling))
    parts = [say("page.key.bars", metric=_named(run, metric), better=say(f"page.{metric.better}"))]
    parts += [say("page.key.whisker")] if any(row.low is not None for row in rows) else []
    parts += [say("page.key.ceiling")] if near else []
    parts += [say(f"page.key.{mark}") for mark in dict.fromkeys(row.mark for row in rows) if mark]
    says = str(title(run, metric)[0]) if run.answered else parts[0]
    return Bars(name="deciding", says=says, key=" · ".join(parts), rows=tuple(rows))


def _bar(run: ScenarioRun, metric: Metric, name: str, found: Interval | None, axis: Scale) -> Bar:
    """Return a row without its ceiling."""
    judged = run.answered and metric == run.primary
    row = Bar(
        name=name,
        does=does(run.scenario, name),
        style=f"s-{styles(run.scenario)[name].name}",
        claim=claim_id(run.scenario.name, name) if judged else "",
        value=say("words.unknown"),
    )
    if found is None:
        return row
    bounded = found.bounded and math.isfinite(found.low)
    gone = found.bound is Bound.AT_MOST and metric.better == "higher"
    return replace(
        row,
        value=wording.level(found, metric),
        interval=interval(found, metric),
        bar=1.0 if unended(found) else axis.share(found.estimate),
        low=axis.share(found.low) if bounded else None,
        high=axis.share(found.high) if bounded else None,
        mark="endless" if unended(found) else "collapse" if gone else "",
    )


def _named(run: ScenarioRun, metric: Metric) -> str:
    """Write a metric, where it is read, and its unit."""
    name, of = run.label(metric), unit(metric.unit.name)
    return name if name.startswith(of) else say("tables.head.metric", name=name, unit=of)
