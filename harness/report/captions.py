"""The words around the charts: what each shows, and how that was measured.

They need nothing that draws, so that an answer can be printed without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.metric import Metric, bystander_p99, capacity, goodput, goodput_of, p50
from harness.report import sentences, standstill, wording
from harness.report.comparisons import of_contrast
from harness.report.conditions import processor
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence

MOST = 5  # sentences that a title has room for
BAR = "bar: estimate with its 95 % interval, dot: a block"
CLIENTS = " clients"  # what the name of a phase of the sweep ends with


@dataclass(frozen=True, slots=True)
class Caption:
    """The words around a chart.

    `title` says what it shows, `subtitle` how that was measured, and `alt` is for readers who
    cannot see it. `chart` is the name of the chart.
    """

    chart: str
    title: tuple[Sentence, ...]
    subtitle: str
    alt: str


def captions(run: ScenarioRun, *, everything: bool = True) -> tuple[Caption, ...]:
    """Return the captions of the charts that there is something to draw for.

    The chart of the deciding metric is the first, and without `everything` the only one; so it is
    of somebody's own app, as the rest compares what was not seen of every variant. One of several
    points has none without `everything`: the chart of them all shows it.
    """
    if run.scenario.at and not everything:
        return ()
    first, more = decides(run.primary), everything and not run.record.asked.app
    wanted = [first, *(name for name in CAPTIONS if more and name != first)]
    return tuple(caption for name in wanted if (caption := CAPTIONS[name](run)))


def decides(metric: Metric) -> str:
    """Return the name of the chart that shows a metric where it decides."""
    return "sweep" if metric.clients is not None else metric.definition.chart


def shown(run: ScenarioRun, chart: str) -> Metric:
    """Return the metric that a chart shows: the deciding one where it may, else one besides."""
    primary = run.primary
    if chart == decides(primary):
        return primary
    if chart == "sweep":
        return goodput_of(run.scenario.sweep[-1])
    if chart == "load":
        return goodput(run.loads[-1])
    return (bystander_p99 if chart == "bystander" else p50)(run.load_of(chart))


def title(run: ScenarioRun, metric: Metric) -> tuple[Sentence, ...]:
    """Return every comparison by the metric that decides; of many, those that are claimed first.

    Of another metric, and where there is nothing to compare, the levels.
    """
    made = run.answer.contrasts
    if not made:
        return (Sentence(f"the {metric.name} of {run.scenario.baseline.does}"),)
    if metric != run.primary:
        return (
            sentences.of_levels(metric, {one: run.typical(metric, one) for one in run.variants}),
        )
    if len(made) <= MOST:
        return tuple(of_contrast(run, one) for one in made)
    claimed = {(claim.subject, claim.over) for claim in run.scenario.claims}
    ordered = sorted(made, key=lambda one: (one.subject, one.over) not in claimed)
    more = Sentence(f"and {len(made) - MOST + 1} more comparisons")
    return (*(of_contrast(run, one) for one in ordered[: MOST - 1]), more)


def starting(start: str, found: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Return the same sentences, the first of which begins with these words."""
    first, *others = found
    return (Sentence(f"{start}, {first.says}", first.basis), *others)


def setup(run: ScenarioRun) -> str:
    """Return the profile, how many blocks there are, and what it was measured on."""
    profile = f"profile {run.record.asked.profile}, {wording.count(len(run.blocks), 'block')}"
    return " · ".join(part for part in (profile, processor(run.record)) if part)


def origin(run: ScenarioRun, *others: ScenarioRun) -> str:
    """Return where a chart of one scenario or several comes from, and what is doubtful about it.

    Where nothing is judged, void blocks are drawn as well, and so their reasons are doubts.
    """
    asked, judged = run.record.asked, run.design.profile.judged
    answers = [one.answer for one in (run, *others)]
    caveats = [one for found in answers for one in found.caveats]
    void = [why for found in answers for one in found.void for why in one.why if not judged]
    doubts = dict.fromkeys(map(sentences.in_short, [*caveats, *void]))
    commit = asked.commit[:20] or "unknown"
    made = f"run {run.record.name} · seed {asked.seed} · commit {commit}"
    return f"{made} · note: {'; '.join(doubts)}" if doubts else made


def _besides(run: ScenarioRun, metric: Metric) -> str:
    """Say that a metric does not decide; empty where it does."""
    return "" if metric == run.primary else ", exploratory"


def _deciding(run: ScenarioRun) -> Caption | None:
    metric = run.primary
    if not run.blocks or decides(metric) != "deciding":
        return None
    about = metric.definition.about.format(
        name=metric.name,
        parts=f", {metric.parts} to a request" if metric.parts > 1 else "",
        clients=run.scenario.clients,
        most_clients=max(run.client_counts),
    )
    alt = f"The metric that decides, for each variant: {metric.name}"
    return Caption("deciding", title(run, metric), f"{about} · {setup(run)} · {BAR}", alt)


def _capacity(run: ScenarioRun) -> Caption | None:
    cells = run.closed(run.scenario.baseline.name)
    if not run.blocks or not all(map(run.closed, run.variants)):
        return None
    clients = f"{cells[0].clients} connections asking without pause"
    measured = f"{clients} for {cells[0].window_s:.2g} s{_besides(run, capacity)}"
    subtitle = f"Right answers in time per second, {measured} · {setup(run)} · {BAR}"
    alt = "Requests per second that each variant can answer, with its ceiling"
    return Caption("capacity", title(run, capacity), subtitle, alt)


def _sweep(run: ScenarioRun) -> Caption | None:
    if not run.blocks or not run.scenario.sweep:
        return None
    metric = shown(run, "sweep")
    subtitle = (
        "Goodput: right answers in time, per second, in closed loops of so many clients"
        f"{_besides(run, metric)} · dashed: threads + connections, from which on those who hold "
        f"the one may wait for the other · {setup(run)} · bars: 95 % intervals"
    )
    alt = (
        "Goodput over the number of clients that ask at once, and where threads and connections "
        "run out"
    )
    sentences = starting(f"With {metric.clients} clients", title(run, metric))
    return Caption("sweep", sentences, subtitle, alt)


def _load(run: ScenarioRun) -> Caption | None:
    if not run.blocks or len(run.loads) < 2:  # noqa: PLR2004  a line takes two points
        return None
    metric = shown(run, "load")
    besides = "p50 is exploratory" if metric == run.primary else "both exploratory here"
    right = "p50: median response time from the intended start"
    subtitle = (
        f"Goodput: right answers in time, per second; {right}; {besides} · {setup(run)} · "
        "bars: 95 % intervals"
    )
    rate = wording.rate(run.rate(metric.at or 0.0))
    alt = "Goodput and median response time over the offered load"
    return Caption("load", starting(f"At {rate}", title(run, metric)), subtitle, alt)


def _latency(run: ScenarioRun) -> Caption | None:
    what = "Response time from the intended start"
    return _curves(run, "latency", what, "Response times by percentile at a low load")


def _bystander(run: ScenarioRun) -> Caption | None:
    what = "Response time of a route that does no work, asked meanwhile"
    alt = "Response times by percentile of a route that does no work"
    return _curves(run, "bystander", what, alt)


def _curves(run: ScenarioRun, chart: str, what: str, alt: str) -> Caption | None:
    if not run.blocks or not run.loads:
        return None
    metric = shown(run, chart)
    if metric != run.primary and not any(run.typical(metric, name) for name in run.variants):
        return None  # too few requests
    load = metric.at or 0.0
    rate = wording.rate(run.rate(load))
    besides = "" if metric == run.primary else f" · {metric.name} is exploratory here"
    where = f"at {load:g}× the smallest ceiling = {rate}{besides}"
    subtitle = f"{what}, blocks merged, {where} · {setup(run)}"
    return Caption(chart, starting(f"At {rate}", title(run, metric)), subtitle, alt)


def _time(run: ScenarioRun) -> Caption | None:
    if not standstill.drawable(run):
        return None
    left = "Left: requests in flight, the bystander's included; right: share"
    numbers = f"; plain numbers: so many{CLIENTS}" if run.scenario.sweep else ""
    subtitle = (
        f"{left if run.loads else 'Share'} of the time in which the event loop did not turn; "
        f"title: that share in the closed loop of {run.scenario.clients} clients{numbers}; "
        f"curves: means over blocks; all exploratory · {setup(run)}"
    )
    alt = (
        "The share of the time in which the event loop stands still over a trial, and requests in "
        "flight where a schedule offered them"
    )
    return Caption("time", (standstill.sentence(run),), subtitle, alt)


def _monitor(run: ScenarioRun) -> Caption | None:
    if not standstill.watched(run):
        return None
    subtitle = (
        "As the app's own process counts them, without its worker processes and without what waits "
        "in the socket of a blocked loop · means over blocks, exploratory · over the seconds of a "
        f"trial, grey: between its phases · {setup(run)}"
    )
    alt = (
        "What the monitor inside each app saw over a trial: requests, threads, connections, CPU, "
        "memory, files"
    )
    words = Sentence("What each app says of itself while it is measured")
    return Caption("monitor", (words,), subtitle, alt)


# By the name of the chart; None where there is nothing to draw.
CAPTIONS: dict[str, Callable[[ScenarioRun], Caption | None]] = {
    "deciding": _deciding,
    "capacity": _capacity,
    "sweep": _sweep,
    "latency": _latency,
    "load": _load,
    "bystander": _bystander,
    "time": _time,
    "monitor": _monitor,
}
