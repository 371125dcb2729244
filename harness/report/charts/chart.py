"""What every chart has: a caption, which says what one sees, and a way to draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from harness.model.metric import Metric
from harness.report import sentences, wording
from harness.report.conditions import processor
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence

MOST = 5  # sentences that a title has room for


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


@dataclass(frozen=True, slots=True)
class Chart:
    """A kind of chart; `caption` returns None where there is nothing to draw."""

    caption: Callable[[ScenarioRun], Caption | None]
    plot: Callable[[ScenarioRun, Caption], Figure]


def decides(metric: Metric) -> str:
    """Return the name of the chart that shows a metric where it decides."""
    return "sweep" if metric.clients is not None else metric.definition.chart


def title(run: ScenarioRun, metric: Metric) -> tuple[Sentence, ...]:
    """Return every comparison by this metric; of many, those that are claimed first.

    Where there is nothing to compare, whose metric it is.
    """
    made = run.contrasts(metric)
    if not made:
        return (Sentence(f"the {metric.name} of {run.scenario.baseline.does}"),)
    if len(made) <= MOST:
        return tuple(map(sentences.of_contrast, made))
    claimed = {(claim.subject, claim.over) for claim in run.scenario.claims}
    made.sort(key=lambda one: (one.subject, one.over) not in claimed)
    more = Sentence(f"and {len(made) - MOST + 1} more comparisons")
    return (*map(sentences.of_contrast, made[: MOST - 1]), more)


def starting(start: str, found: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Return the same sentences, the first of which begins with these words."""
    first, *others = found
    return (Sentence(f"{start}, {first.says}", first.basis), *others)


def setup(run: ScenarioRun) -> str:
    """Return the profile, how many blocks there are, and what it was measured on."""
    profile = f"profile {run.record.asked.profile}, {wording.count(len(run.blocks), 'block')}"
    return " · ".join(part for part in (profile, processor(run.record)) if part)


def origin(run: ScenarioRun) -> str:
    """Return where a chart comes from, and what is doubtful about it.

    Where nothing is judged, void blocks are drawn as well, and so their reasons are doubts.
    """
    asked, judged = run.record.asked, run.design.profile.judged
    void = [] if judged else [why for one in run.answer.void for why in one.why]
    doubts = dict.fromkeys(sentences.in_short(one) for one in (*run.answer.caveats, *void))
    commit = asked.commit[:20] or "unknown"
    made = f"run {run.record.name} · seed {asked.seed} · commit {commit}"
    return f"{made} · note: {'; '.join(doubts)}" if doubts else made
