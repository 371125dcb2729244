"""The lines of a scenario: response times by percentile, goodput over load, the loop over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from harness.judge.interval import Interval
from harness.model.metric import Metric, goodput, p50
from harness.model.reading import Bound
from harness.report import wording
from harness.report.captions import CAPTIONS, shown
from harness.report.language import does, say, unit
from harness.report.percentiles import TICKS, lost, nines, streams, thinned
from harness.report.percentiles import curve as percentiles
from harness.report.scenario_run import ScenarioRun
from harness.report.shapes import Curve, Lines, Point, Scale
from harness.report.standstill import standstill, still
from harness.report.styles import styles
from harness.report.timeline import timeline

POINTS = 60  # of a curve, at most
TENFOLD = 10  # times: a log axis reaches at least so far
ROOM = 1.06  # of the highest value
APART = 0.1  # of an axis: nearer ticks would run into each other
MS = 1000.0  # in a second


def lines(run: ScenarioRun) -> tuple[Lines, ...]:
    """Return the lines that there is something to draw for; none of somebody's own app."""
    if not run.blocks or run.record.asked.app:
        return ()
    captions = ((CAPTIONS[name](run), make) for name, make in MADE.items())
    made = (
        one
        for caption, make in captions
        if caption
        for one in make(run, "; ".join(map(str, caption.title)) if run.answered else "")
    )
    return tuple(one for one in made if any(len(p) > 1 for c in one.curves for p in c.parts))


def unended(found: Interval) -> bool:
    """Return whether a level was not seen to end."""
    return math.isinf(found.estimate) or found.bound is Bound.AT_LEAST


def interval(found: Interval, metric: Metric) -> str:
    """Write the ends of a level's interval; empty where they are infinite."""
    if math.isinf(found.low):
        return ""
    return wording.between(found, lambda value: wording.amount(value, metric))


def _reads(run: ScenarioRun, metric: Metric, variant: str) -> str:
    """Write the level of a variant and its interval; empty where there is none."""
    found = run.typical(metric, variant)
    if found is None:
        return ""
    bounds = interval(found, metric)
    return f"{wording.level(found, metric)}{f' [{bounds}]' if bounds else ''}"


def _curve(run: ScenarioRun, variant: str, parts: Iterable[Iterable[Point]], reads: str) -> Curve:
    """Return a variant's line in its style."""
    return Curve(
        name=variant,
        does=does(run.scenario, variant),
        style=f"s-{styles(run.scenario)[variant].name}",
        parts=tuple(tuple(part) for part in parts),
        reads=reads,
    )


def _latency(run: ScenarioRun, says: str) -> list[Lines]:
    return _percentiles(run, "latency", says)


def _bystander(run: ScenarioRun, says: str) -> list[Lines]:
    return _percentiles(run, "bystander", says)


def _percentiles(run: ScenarioRun, chart: str, says: str) -> list[Lines]:
    metric = shown(run, chart)
    of = {name: streams(run, metric, name) for name in run.variants}
    found = {name: percentiles(one) for name, one in of.items()}
    seconds = [value for _, values in found.values() for value in values]
    reach = max((nines(shares[-1]) for shares, _ in found.values() if shares), default=0.0)
    if not seconds or not reach:
        return []
    low = min(seconds)
    across, up = Scale(0, reach), Scale(low, ROOM * max(*seconds, TENFOLD * low), log=True)
    curves = []
    for name, (shares, values) in found.items():
        levels = list(zip(shares, values, strict=True))
        drawn = thinned([(nines(share), value) for share, value in levels], reach / POINTS)
        points = [(across.share(x), up.share(value)) for x, value in drawn]
        marks = [
            (across.share(nines(tick)), up.share(next(y for share, y in levels if share >= tick)))
            for tick in TICKS[1:]
            if shares and tick <= shares[-1]
        ]
        gone = lost(of[name])
        never = say("page.lost", share=wording.percent(gone)) if gone else ""
        reads = "; ".join(filter(None, [_reads(run, metric, name), never]))
        left = tuple(points[-1:]) if gone else ()
        line = _curve(run, name, [points], reads)
        curves.append(replace(line, marks=tuple(marks), lost=left))
    ticks = [one for one in TICKS if nines(one) <= reach]
    return [
        Lines(
            name=chart,
            title=say(f"page.lines.{chart}"),
            says=says,
            x=say("page.axis.percentile"),
            y=say("page.axis.response"),
            x_ticks=tuple((across.share(nines(one)), f"{100 * one:g}") for one in ticks),
            y_ticks=up.ticks(MS),
            curves=tuple(curves),
            key=say("page.key.lost") if any(one.lost for one in curves) else "",
        )
    ]


def _load(run: ScenarioRun, says: str) -> list[Lines]:
    """Return goodput and the median response over the offered rate."""
    rates = {load: run.rate(load) for load in run.loads}
    across = Scale(0, ROOM * max(rates.values()))
    goodputs = {rate: goodput(load) for load, rate in rates.items()}
    medians = {rate: p50(load) for load, rate in rates.items()}
    smallest = run.smallest_ceiling
    up = Scale(0, ROOM * max([*_estimates(run, goodputs), smallest]))
    name = run.scenario.baseline.name
    deadline_s = max(cell.deadline_s for load in rates for cell in run.cells(name, load))
    low = min([*_estimates(run, medians), deadline_s / TENFOLD])
    times = Scale(low, ROOM * deadline_s, log=True)
    ends = min(across.high, up.high)
    common: dict[str, Any] = {
        "x": say("page.axis.offered"),
        "x_ticks": tuple((across.share(one), wording.number(one)) for one in _apart(goodputs)),
    }
    return [
        Lines(
            name="load",
            title=say("page.lines.load"),
            says=says,
            y=say("page.axis.goodput", unit=unit("requests/s")),
            y_ticks=up.ticks(),
            curves=_levels(run, goodputs, across, up),
            rules=(
                ((0.0, 0.0), (across.share(ends), up.share(ends))),
                _flat(up.share(smallest)),
            ),
            key=_key(run, goodputs, say("page.key.load", ceiling=wording.rate(smallest))),
            **common,
        ),
        Lines(
            name="load-p50",
            title=say("page.lines.load-p50"),
            says="",
            y=say("page.axis.response"),
            y_ticks=times.ticks(MS),
            curves=_levels(run, medians, across, times),
            rules=(_flat(times.share(deadline_s)),),
            key=_key(run, medians, say("page.key.deadline", deadline=wording.ms(deadline_s))),
            **common,
        ),
    ]


def _sweep(run: ScenarioRun, says: str) -> list[Lines]:
    """Return goodput over the number of clients, and where each budget ends."""
    scenario = run.scenario
    metrics = {float(count): run.goodput_with(count) for count in run.client_counts}
    across = Scale(0, ROOM * max(metrics))
    up = Scale(0, ROOM * max(_estimates(run, metrics), default=0.0) or 1)
    budgets = dict.fromkeys(scenario.budget_of(one) for one in scenario.variants)
    totals = sorted({one.threads + one.connections for one in budgets})
    ends = [f"{one}" for one in totals]
    inside = [across.share(one) for one in totals if one <= across.high]
    return [
        Lines(
            name="sweep",
            title=say("page.lines.sweep"),
            says=says,
            x=say("page.axis.clients"),
            y=say("page.axis.goodput", unit=unit("requests/s")),
            x_ticks=tuple((across.share(one), f"{one:g}") for one in _apart(metrics)),
            y_ticks=up.ticks(),
            curves=_levels(run, metrics, across, up),
            rules=tuple(((one, 0.0), (one, 1.0)) for one in inside),
            key=_key(run, metrics, say("page.key.sweep", totals=wording.listed(ends))),
        )
    ]


def _monitor(run: ScenarioRun, says: str) -> list[Lines]:
    """Return for which share of the time each loop stood still, over a trial."""
    found = timeline(run)
    across, up = Scale(0, found.ends_s), Scale(0, 1)
    middles = ((found.edges[:-1] + found.edges[1:]) / 2).tolist()
    curves = []
    for name in run.variants:
        points = zip(map(across.share, middles), found.course(name, still).tolist(), strict=True)
        parts = [list(part) for seen, part in groupby(points, _seen) if seen]
        level = standstill(run, name)
        reads = wording.percent(level.estimate) if level else ""
        curves.append(_curve(run, name, parts, reads))
    phases = dict.fromkeys(one.name for one in found.phases if not one.pause)
    return [
        Lines(
            name="monitor",
            title=say("page.lines.monitor"),
            says=says,
            x=say("page.axis.seconds"),
            y=say("page.axis.standstill"),
            x_ticks=across.ticks(),
            y_ticks=up.ticks(100),
            curves=tuple(curves),
            bands=tuple((across.share(start), across.share(end)) for start, end in found.pauses),
            key=say("page.key.monitor", phases=wording.listed(list(phases))),
        )
    ]


def _seen(point: Point) -> bool:
    return not math.isnan(point[1])


def _levels(
    run: ScenarioRun, metrics: Mapping[float, Metric], across: Scale, up: Scale
) -> tuple[Curve, ...]:
    """Return a line per variant through its levels, by where each lies across."""
    curves = []
    *_, last = metrics.values()
    for name in run.variants:
        levels = {x: run.typical(metric, name) for x, metric in metrics.items()}
        found = [(across.share(x), one) for x, one in levels.items() if one]
        points = tuple((x, up.share(one.estimate)) for x, one in found)
        ranges = ((x, up.share(one.low), up.share(one.high)) for x, one in found if one.bounded)
        gone = ((x, 1.0) for x, one in found if unended(one))
        line = _curve(run, name, [points], _reads(run, last, name))
        curves.append(replace(line, marks=points, ranges=tuple(ranges), lost=tuple(gone)))
    return tuple(curves)


def _key(run: ScenarioRun, metrics: Mapping[float, Metric], key: str) -> str:
    """Add to a key which of the metrics stands beside the names: the last."""
    *_, last = metrics.values()
    return say("page.key.beside", key=key, metric=run.named(last))


def _estimates(run: ScenarioRun, metrics: Mapping[float, Metric]) -> list[float]:
    """Return all levels that are finite and not 0."""
    found = (run.typical(metric, name) for metric in metrics.values() for name in run.variants)
    return [one.estimate for one in found if one and 0 < one.estimate < math.inf]


def _flat(y: float) -> tuple[Point, Point]:
    return (0.0, y), (1.0, y)


def _apart(values: Iterable[float]) -> Sequence[float]:
    """Return the places of ticks without those that would run into the next one."""
    kept: list[float] = []
    for one in sorted(values, reverse=True):
        if not kept or kept[-1] - one >= APART * kept[0]:
            kept.append(one)
    return kept[::-1]


MADE: dict[str, Callable[[ScenarioRun, str], list[Lines]]] = {  # by the name of the caption
    "latency": _latency,
    "bystander": _bystander,
    "load": _load,
    "sweep": _sweep,
    "time": _monitor,
}
