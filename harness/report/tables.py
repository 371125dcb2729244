"""The tables of one scenario: its variants, and what one request costs more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import fmean, median

from harness.design.script import load_phase
from harness.judge.judging import difference_of
from harness.model.facts import Measurement
from harness.model.metric import (
    Metric,
    bystander_p99,
    capacity,
    cpu_per_request,
    goodput,
    p50,
    time_alone,
)
from harness.model.scenario import Variant
from harness.report import comparisons, language, quantities, wording
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun
from harness.report.wording import Cell, Column, Table

SEEN = 0.01  # calls per request: fewer round to nothing


def variants(run: ScenarioRun) -> Table | None:
    """Return a row for each variant; None where there are no blocks.

    The deciding metric is always among the columns.
    """
    return Table(tuple(_columns(run))) if run.blocks else None


def taxes(run: ScenarioRun) -> Table | None:
    """Return the microseconds that one request takes more, asked one at a time.

    A row for each comparison; None where something else decides, or blocks are too few.
    """
    if run.primary != time_alone or not run.answered:
        return None
    pairs = [(one.subject, one.over) for one in run.answer.contrasts]
    time = (_more(run, *pair) for pair in pairs)
    cpu = (_more_cpu(run, *pair) for pair in pairs)
    return Table(
        (
            Column(say("tables.head.variant"), tuple(Cell(subject) for subject, _ in pairs)),
            Column(say("tables.head.against"), tuple(Cell(over) for _, over in pairs)),
            Column(say("tables.head.more_time"), tuple(time)),
            Column(say("tables.head.more_cpu"), tuple(cpu)),
        )
    )


def prediction(run: ScenarioRun, variant: str) -> str:
    """Say whether arithmetic explains a capacity, by what one request of the variant costs."""
    share = run.of_ceiling(variant)
    if share is None:
        return say("tables.prediction.unknown")
    if share < comparisons.EXPLAINED:
        return say("tables.prediction.below")
    if not comparisons.explained(run, variant):
        return say("tables.prediction.above")
    return say("tables.prediction.explained")


def calls(run: ScenarioRun, variant: str) -> dict[str, float]:
    """Return the median calls to the upstream per request, by what became of them.

    Empty where there is no upstream that counts them.
    """
    found = run.seen(variant, lambda one: one.calls or None)
    fates = dict.fromkeys(fate for one in found for fate in one)
    return {fate: median(one[fate] for one in found if fate in one) for fate in fates}


def _columns(run: ScenarioRun) -> Iterator[Column]:
    measured = list(_metrics(run))
    yield _column(run, "variant", lambda variant: variant.name)
    yield _column(run, "does", lambda one: language.does(run.scenario, one.name), detail=True)
    yield _column(run, "runs_on", lambda one: say(f"words.runs_on.{one.runs_on}"), detail=True)
    for metric in measured[: measured.index(capacity) + 1]:
        yield _of_metric(run, metric)
    yield _column(run, "ceiling", lambda one: _ceiling(run, one))
    yield _column(run, "of_ceiling", lambda one: _share(run.of_ceiling(one.name)))
    yield _column(run, "prediction", lambda one: prediction(run, one.name))
    yield _column(run, "waiting", lambda one: _waiting(run, one))
    yield _of_metric(run, cpu_per_request, say("tables.head.cpu_unit"))
    yield _median(run, "alone", quantities.wait, _milliseconds, detail=True)
    for metric in measured[measured.index(capacity) + 1 :]:
        yield _of_metric(run, metric)
    if calls(run, run.scenario.baseline.name):
        yield _column(run, "calls", lambda one: _calls(run, one))
    if collecting := _collecting(run):
        yield collecting
    yield _median(run, "connections", quantities.connections, "{:,.0f}".format)
    yield _median(run, "memory", quantities.rss, lambda found: f"{found / 1e6:,.0f}")
    if run.scenario.held:
        yield _median(run, "held", quantities.held, lambda found: f"{found / 1e3:,.1f}")
    per_client = quantities.rss_per_client
    yield _median(run, "per_client", per_client, lambda found: f"{found / 1e3:,.0f}")


def _collecting(run: ScenarioRun) -> Column | None:
    """Return what the garbage collector took where a tail is read; None where nothing was seen."""
    if not run.loads:
        return None
    load = run.load_of("bystander") if run.primary.at is None else run.primary.at
    phase = load_phase(load)
    found = {
        name: run.seen(name, lambda one: quantities.collected(one, phase)) for name in run.variants
    }
    if not any(one.share for seen in found.values() for one in seen):
        return None
    cells = (
        f"{fmean(one.full_per_s for one in seen):.2g} ({fmean(one.share for one in seen):.2%})"
        if seen
        else say("words.unknown")
        for seen in found.values()
    )
    head = say("tables.head.collections", rate=run.place(p50(load)))
    return Column(head, tuple(Cell(one.replace("%", " %")) for one in cells))


def _metrics(run: ScenarioRun) -> Iterator[Metric]:
    """Yield the metrics that have a column, but for CPU per request; goodput that decides first."""
    primary = run.primary
    shown = [capacity]
    if run.loads:
        besides = [p50(run.loads[0]), bystander_p99(run.load_of("bystander"))]
        shown += [one for one in besides if any(run.typical(one, name) for name in run.variants)]
    if primary.kind == goodput(0).kind:
        yield primary
    yield from shown
    if primary not in {*shown, cpu_per_request} and primary.kind != goodput(0).kind:
        yield primary


def _column(
    run: ScenarioRun, head: str, write: Callable[[Variant], str], *, detail: bool = False
) -> Column:
    cells = tuple(Cell(write(one)) for one in run.scenario.variants)
    return Column(say(f"tables.head.{head}"), cells, detail)


def _median(
    run: ScenarioRun,
    head: str,
    quantity: Callable[[Measurement], float | None],
    write: Callable[[float], str],
    *,
    detail: bool = False,
) -> Column:
    unseen = (quantities.wait, quantities.rss)  # of a process that nobody saw
    found = [
        None
        if quantity in unseen and run.scenario.variant(name).runs_on == "elsewhere"
        else run.median(quantity, name)
        for name in run.variants
    ]
    unknown = say("words.unknown")
    cells = tuple(Cell(unknown if one is None else write(one)) for one in found)
    return Column(say(f"tables.head.{head}"), cells, detail)


def _of_metric(run: ScenarioRun, metric: Metric, unit: str = "") -> Column:
    name = wording.placed(language.metric(metric.name), metric, run.place(metric))
    head = say("tables.head.metric", name=name, unit=unit or language.unit(metric.unit.name))
    cells = (
        wording.cell(run.typical(metric, name), lambda value: wording.amount(value, metric))
        for name in run.variants
    )
    return Column(
        say("tables.head.decides", head=head) if metric == run.primary else head, tuple(cells)
    )


def _milliseconds(seconds: float) -> str:
    return wording.number(1000 * seconds)


def _calls(run: ScenarioRun, variant: Variant) -> str:
    """Write how many there are, and what became of those that were not answered."""
    found = calls(run, variant.name)
    wasted = (
        say("tables.calls.wasted", count=wording.number(count), fate=say(f"words.fate.{fate}"))
        for fate, count in found.items()
        if fate != "answered" and count >= SEEN
    )
    return say("words.list.comma").join([wording.number(sum(found.values())), *wasted])


def _share(share: float | None) -> str:
    return say("words.unknown") if share is None else wording.percent(share)


def _waiting(run: ScenarioRun, variant: Variant) -> str:
    """Write how many clients of the closed loop never got their last answer.

    What is read from the answers of the others must not hide them.
    """
    cells = run.closed(variant.name)
    if not cells:
        return say("words.unknown")
    waiting = sum(cell.outcomes.get("unfinished", 0) for cell in cells) / len(cells)
    return say("words.waiting", waiting=f"{waiting:g}", clients=cells[0].clients)


def _ceiling(run: ScenarioRun, variant: Variant) -> str:
    return wording.ceiling(run.ceiling(variant.name), run.ceiling(variant.name, most=True))


def _more(run: ScenarioRun, subject: str, over: str) -> Cell:
    one, other = (run.readings(time_alone, name) for name in (subject, over))
    found = difference_of(run.record, run.design, one, other)
    nothing = found is not None and found.low <= 0 <= found.high
    return wording.cell(found, wording.micro, say("words.maybe_nothing") if nothing else "")


def _more_cpu(run: ScenarioRun, subject: str, over: str) -> Cell:
    """Write a difference that was not judged, without an interval."""
    one, other = (run.median(quantities.work_cpu, name) for name in (subject, over))
    unknown = one is None or other is None
    return Cell(say("words.unknown") if unknown else wording.micro((one or 0.0) - (other or 0.0)))
