"""The sweep chart: goodput as more clients ask at once, and where threads and connections end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from harness.judge.interval import Interval
from harness.model.app import Budget
from harness.model.metric import goodput_of
from harness.report import wording
from harness.report.captions import Caption
from harness.report.charts.frame import LEADING, frame
from harness.report.charts.labels import Label, write_labels
from harness.report.charts.load import DODGE, point
from harness.report.charts.text import measured
from harness.report.charts.theme import FAINT, GREY, HEIGHT, INK, SMALLEST, TEXT
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import styles

LEFT, COLUMN = 190, 1580  # pixels from the left: where the axes and the words begin
GAP = 16  # pixels between the names of two lines


@dataclass(frozen=True, slots=True)
class Cliff:
    """The number of clients at which a budget has no thread and no connection left.

    Its name stands in this `row` above the chart, counted from below.
    """

    clients: int
    name: str
    row: int


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw goodput over the number of clients, and a dashed line where a budget ends."""
    page = frame(run, words)
    reach = 1.04 * max(run.client_counts)
    found = cliffs(run, (COLUMN - 120 - LEFT) / reach)
    rows = 1 + max(cliff.row for cliff in found)
    page = replace(page, top=page.top - rows * TEXT * LEADING)
    axes = page.axes(LEFT, COLUMN - 120, below=85)
    axes.set_xlim(0, reach)
    labels = _lines(axes, run)
    most = max(axes.get_ylim()[1], 1.0)
    axes.set(ylim=(-0.03 * most, 1.03 * most), xticks=run.client_counts)
    clients = "clients, each asking again as soon as it is answered"
    axes.set(xlabel=clients, ylabel="goodput, requests/s")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    for cliff in found:
        _draw(axes, cliff)
    write_labels(axes, labels, COLUMN)
    return page.figure


def cliffs(run: ScenarioRun, per_client: float) -> list[Cliff]:
    """Return where each budget ends, the largest first.

    A client is `per_client` pixels wide; a name reaches to the right of its line, and is moved up
    where it would touch the next.
    """
    scenario = run.scenario
    owners: dict[Budget, list[str]] = {}
    for variant in scenario.variants:
        owners.setdefault(scenario.budget_of(variant), []).append(variant.name)
    found: list[Cliff] = []
    for budget in sorted(owners, key=lambda one: -one.threads - one.connections):
        total = budget.threads + budget.connections
        whose = "" if budget == scenario.budget else f"{', '.join(owners[budget])}: "
        name = f"{whose}{budget.threads} + {budget.connections} = {total}"
        end = total * per_client + measured(name, TEXT) + GAP
        touches = found and end > found[-1].clients * per_client
        found.append(Cliff(total, name, found[-1].row + 1 if touches else 0))
    return found


def _lines(axes: Axes, run: ScenarioRun) -> list[Label]:
    """Draw a line per variant; return the labels of their ends."""
    labels = []
    for number, (name, style) in enumerate(styles(run.scenario).items()):
        aside = (number - (len(run.variants) - 1) / 2) * DODGE * axes.get_xlim()[1]
        levels = [
            (count, run.typical(run.goodput_with(count), name)) for count in run.client_counts
        ]
        found = [(count, one) for count, one in levels if one is not None]
        axes.plot(
            [count + aside for count, _ in found],
            [one.estimate for _, one in found],
            **style.lines,
        )
        for count, one in found:
            point(axes, count + aside, one, float, style)
        if found:
            count, one = found[-1]
            labels.append(Label(count + aside, one.estimate, style, name, _said(count, one)))
    return labels


def _said(clients: int, found: Interval) -> tuple[str, ...]:
    level = wording.level(found, goodput_of(clients))
    return f"{wording.count(clients, 'client')}:", level, wording.between(found)


def _draw(axes: Axes, cliff: Cliff) -> None:
    height = axes.get_position().height * HEIGHT
    top = 1 + (cliff.row * LEADING + 0.9) * TEXT / height
    place = axes.get_xaxis_transform()
    axes.plot(
        [cliff.clients, cliff.clients],
        [0, top],
        transform=place,
        color=INK,
        linestyle=(0, (4, 2)),
        linewidth=2.5,
        zorder=1,
        clip_on=False,
    )
    axes.annotate(
        cliff.name,
        (cliff.clients, top),
        (8, 2),
        xycoords=place,
        textcoords="offset points",
        va="top",
    )
