"""The sweep chart: what becomes of goodput as more clients ask at once, and where threads and connections run out."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from harness.judge.statistics import Interval
from harness.model.scenario import Budget, goodput_of
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.frame import LEADING, TEXT, Label, beside, conditions, measured, slide
from harness.report.charts.load import DODGE, point
from harness.report.charts.style import FAINT, GREY, HEIGHT, INK, SMALLEST, looks
from harness.report.reading import Reading

LEFT, COLUMN = 190, 1580  # pixels from the left: where the axes and the words begin
GAP = 16  # pixels between the names of two lines


def chart(reading: Reading) -> Figure:
    """Draw goodput over the number of clients, and a dashed line where a budget has no thread and no connection left to give."""
    primary = reading.scenario.primary
    metric = primary if primary.clients is not None else goodput_of(reading.scenario.sweep[-1])
    first, *others = seen.titles(reading, metric)
    subtitle = (
        f"Goodput: right answers in time, per second, in closed loops of so many clients{'' if metric == primary else ', exploratory'} · "
        f"dashed: threads + connections, from which on those who hold the one may wait for the other · {conditions(reading)} · bars: 95 % intervals"
    )
    page = slide(reading, [f"With {metric.clients} clients, {first}", *others], subtitle)
    reach = 1.04 * max(seen.clients(reading))
    placed = cliffs(reading, (COLUMN - 120 - LEFT) / reach)
    page = replace(page, top=page.top - (1 + max(row for *_, row in placed)) * TEXT * LEADING)
    axes = page.axes(LEFT, COLUMN - 120, below=85)
    axes.set_xlim(0, reach)
    labels = _lines(axes, reading)
    most = max(axes.get_ylim()[1], 1.0)
    axes.set(ylim=(-0.03 * most, 1.03 * most), xticks=seen.clients(reading))
    axes.set(
        xlabel="clients, each asking again as soon as it is answered", ylabel="goodput, requests/s"
    )
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    for total, name, row in placed:
        _cliff(axes, total, name, row)
    beside(axes, labels, COLUMN)
    return page.figure


def _lines(axes: Axes, reading: Reading) -> list[Label]:
    labels = []
    for number, (name, look) in enumerate(looks(reading.scenario).items()):
        aside = (number - (len(reading.scenario.variants) - 1) / 2) * DODGE * axes.get_xlim()[1]
        found = [
            (count, one)
            for count in seen.clients(reading)
            if (one := seen.typical(reading, seen.goodput_with(reading, count), name)) is not None
        ]
        axes.plot(
            [count + aside for count, _ in found],
            [one.estimate for _, one in found],
            color=look.colour,
            linestyle=look.line,
            linewidth=2.5,
        )
        for count, one in found:
            point(axes, count + aside, one, float, look)
        if found:
            labels.append(
                Label(found[-1][0] + aside, found[-1][1].estimate, look, name, _said(*found[-1]))
            )
    return labels


def _said(count: int, found: Interval) -> tuple[str, ...]:
    """Say the goodput of the most clients."""
    return (
        f"{count} clients:",
        f"{wording.number(found.estimate)} requests/s",
        wording.between(found),
    )


def cliffs(reading: Reading, per_client: float) -> list[tuple[int, str, int]]:
    """Give each line, where a budget ends, with its name and the row above the chart that the name finds room in: a name reaches to the right of its line."""
    whose: dict[Budget, list[str]] = {}
    for variant in reading.scenario.variants:
        whose.setdefault(reading.scenario.budget_of(variant), []).append(variant.name)
    found: list[tuple[int, str, int]] = []
    for budget in sorted(whose, key=lambda budget: -budget.threads - budget.connections):
        total = budget.threads + budget.connections
        owners = "" if budget == reading.scenario.budget else f"{', '.join(whose[budget])}: "
        name = f"{owners}{budget.threads} + {budget.connections} = {total}"
        touches = (
            found and total * per_client + measured(name, TEXT) + GAP > found[-1][0] * per_client
        )
        found.append((total, name, found[-1][2] + 1 if touches else 0))
    return found


def _cliff(axes: Axes, total: int, name: str, row: int) -> None:
    height = axes.get_position().height * HEIGHT
    top = 1 + (row * LEADING + 0.9) * TEXT / height
    axes.plot(
        [total, total],
        [0, top],
        transform=axes.get_xaxis_transform(),
        color=INK,
        linestyle=(0, (4, 2)),
        linewidth=2.5,
        zorder=1,
        clip_on=False,
    )
    axes.annotate(
        name,
        (total, top),
        (8, 2),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        va="top",
    )
