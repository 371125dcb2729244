"""The words around the charts: what each shows, and how that was measured.

They need nothing that draws, so that an answer can be printed without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.metric import Metric, bystander_p99, capacity, goodput, goodput_of, p50
from harness.report import language, sentences, standstill, wording
from harness.report.comparisons import of_contrast
from harness.report.conditions import processor
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence

MOST = 5  # sentences that a title has room for
CLIENTS = " clients"  # what the name of a phase of the sweep ends with


@dataclass(frozen=True, slots=True)
class Caption:
    """The words around a chart.

    `title` says what it shows, `subtitle` how that was measured, and `alt` is for readers who
    cannot see it: what was found. `chart` is the name of the chart.
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

    Of another metric, where there is nothing to compare, and without an answer, the levels.
    """
    made = run.answer.contrasts
    if not made:
        does = language.does(run.scenario, run.scenario.baseline.name)
        return (Sentence(say("captions.says.of_one", name=wording.name_of(metric), does=does)),)
    if metric != run.primary or not run.answered:
        return (
            sentences.of_levels(metric, {one: run.typical(metric, one) for one in run.variants}),
        )
    if len(made) <= MOST:
        return tuple(of_contrast(run, one) for one in made)
    claimed = {(claim.subject, claim.over) for claim in run.scenario.claims}
    ordered = sorted(made, key=lambda one: (one.subject, one.over) not in claimed)
    more = Sentence(say("captions.says.more", more=len(made) - MOST + 1))
    return (*(of_contrast(run, one) for one in ordered[: MOST - 1]), more)


def starting(key: str, found: tuple[Sentence, ...], **values: str) -> tuple[Sentence, ...]:
    """Return the same sentences, the first of which begins as captions.start of this key says."""
    first, *others = found
    says = say(f"captions.start.{key}", says=first.says, **values)
    return (Sentence(says, first.basis), *others)


def setup(run: ScenarioRun) -> str:
    """Return the profile, how many blocks there are, and what it was measured on."""
    blocks = wording.count(len(run.blocks), "block")
    profile = say("captions.says.profile", profile=run.record.asked.profile, blocks=blocks)
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
    commit = asked.commit[:20] or say("captions.says.unknown")
    made = say("captions.says.origin", run=run.record.name, seed=asked.seed, commit=commit)
    if not doubts:
        return made
    return say("captions.says.doubts", origin=made, doubts=say("words.list.clause").join(doubts))


def _caption(
    run: ScenarioRun, chart: str, found: tuple[Sentence, ...], about: str, *rest: str
) -> Caption:
    """Return a caption whose alternative text says what was found, not what the axes are."""
    says = say("words.list.clause").join(one.says for one in found)
    subtitle = " · ".join([about, setup(run), *rest])
    return Caption(chart, found, subtitle, say(f"captions.alt.{chart}", found=says))


def _besides(run: ScenarioRun, metric: Metric) -> str:
    """Say that a metric does not decide; empty where it does."""
    return "" if metric == run.primary else say("captions.says.besides")


def _deciding(run: ScenarioRun) -> Caption | None:
    metric = run.primary
    if not run.blocks or decides(metric) != "deciding":
        return None
    about = say(
        f"captions.about.{metric.kind.lower().replace(' ', '_')}",
        name=language.metric(metric.name),
        parts=say("captions.about.parts", parts=metric.parts) if metric.parts > 1 else "",
        clients=run.scenario.clients,
        most_clients=max(run.client_counts),
    )
    return _caption(run, "deciding", title(run, metric), about, say("captions.says.bar"))


def _capacity(run: ScenarioRun) -> Caption | None:
    cells = run.closed(run.scenario.baseline.name)
    if not run.blocks or not all(map(run.closed, run.variants)):
        return None
    about = say(
        "captions.about.capacity",
        clients=cells[0].clients,
        seconds=f"{cells[0].window_s:.2g}",
        besides=_besides(run, capacity),
    )
    return _caption(run, "capacity", title(run, capacity), about, say("captions.says.bar"))


def _sweep(run: ScenarioRun) -> Caption | None:
    if not run.blocks or not run.scenario.sweep:
        return None
    metric = shown(run, "sweep")
    about = say("captions.about.sweep", besides=_besides(run, metric))
    found = starting("clients", title(run, metric), clients=str(metric.clients))
    return _caption(run, "sweep", found, about, say("captions.says.bars"))


def _load(run: ScenarioRun) -> Caption | None:
    if not run.blocks or len(run.loads) < 2:  # noqa: PLR2004  a line takes two points
        return None
    metric = shown(run, "load")
    about = say("captions.about.load" if metric == run.primary else "captions.about.load_besides")
    rate = wording.rate(run.rate(metric.at or 0.0))
    found = starting("rate", title(run, metric), rate=rate)
    return _caption(run, "load", found, about, say("captions.says.bars"))


def _latency(run: ScenarioRun) -> Caption | None:
    return _curves(run, "latency")


def _bystander(run: ScenarioRun) -> Caption | None:
    return _curves(run, "bystander")


def _curves(run: ScenarioRun, chart: str) -> Caption | None:
    if not run.blocks or not run.loads:
        return None
    metric = shown(run, chart)
    if metric != run.primary and not any(run.typical(metric, name) for name in run.variants):
        return None  # too few requests
    load = metric.at or 0.0
    rate = wording.rate(run.rate(load))
    besides = ""
    if metric != run.primary:
        besides = say("captions.says.exploratory", name=language.metric(metric.name))
    part = wording.load(load)
    about = say(f"captions.about.{chart}", rate=rate, load=part, besides=besides)
    return _caption(run, chart, starting("rate", title(run, metric), rate=rate), about)


def _time(run: ScenarioRun) -> Caption | None:
    if not standstill.drawable(run):
        return None
    about = say(
        f"captions.about.{'time' if run.loads else 'still'}",
        clients=run.scenario.clients,
        numbers=say("captions.about.numbers") if run.scenario.sweep else "",
    )
    return _caption(run, "time", (standstill.sentence(run),), about)


def _monitor(run: ScenarioRun) -> Caption | None:
    if not standstill.watched(run):
        return None
    words = Sentence(say("captions.says.monitor"))
    return _caption(run, "monitor", (words,), say("captions.about.monitor"))


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
