"""The load charts: goodput and median response time as more is offered than some can serve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from harness.judge.interval import Interval
from harness.model.metric import Metric, goodput, p50
from harness.report import wording
from harness.report.captions import Caption
from harness.report.charts.curves import milliseconds
from harness.report.charts.frame import frame
from harness.report.charts.theme import FAINT, GREY, INK, SMALLEST, arrow, handles
from harness.report.courses import unended
from harness.report.scenario_run import ScenarioRun
from harness.report.styles import Style, styles

CLOSE = 0.055  # of the axis: nearer ticks than this would run into each other
DODGE = 0.012  # of the axis between variants, so that equal ones stay visible


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw goodput on the left and the median response time on the right."""
    page = frame(run, words).legend(_legend(run))
    left, right = (page.axes(*edges, below=120) for edges in ((190, 930), (1120, 1860)))
    _goodput(left, run)
    _median(right, run)
    return page.figure


def point(
    axes: Axes, x: float, found: Interval, shown: Callable[[float], float], style: Style
) -> None:
    """Draw a marker with its interval, and an arrow where the value is infinite."""
    y, colour = shown(found.estimate), style.colour
    if found.bounded:
        axes.errorbar(
            x,
            y,
            yerr=[[max(0, y - shown(found.low))], [max(0, shown(found.high) - y)]],
            color=colour,
            capsize=9,
            capthick=2.5,
            elinewidth=2.5,
        )
    axes.plot([x], [y], clip_on=False, **style.marks)
    if unended(found):
        axes.annotate(
            "",
            (x, y),
            (0, 38),
            textcoords="offset points",
            arrowprops=arrow(colour, head=0.8),
            annotation_clip=False,
        )


def _goodput(axes: Axes, run: ScenarioRun) -> None:
    _points(axes, run, goodput, float)
    most = 1.06 * run.rate(run.loads[-1])
    axes.plot([0, most], [0, most], color=GREY, linewidth=2, zorder=1)
    smallest = run.smallest_ceiling
    axes.axhline(smallest, color=INK, linestyle=(0, (4, 2)), linewidth=2.5, zorder=1)
    says = f"smallest ceiling {wording.number(smallest)}"
    axes.annotate(says, (0, smallest), (8, 6), textcoords="offset points")
    axes.set(ylim=(0, None), ylabel="goodput, requests/s")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def _median(axes: Axes, run: ScenarioRun) -> None:
    name = run.scenario.baseline.name
    deadline_s = max(cell.deadline_s for load in run.loads for cell in run.cells(name, load))
    _points(axes, run, p50, lambda value: min(value, deadline_s))
    axes.set_yscale("log")
    if not any(np.size(line.get_xdata()) for line in axes.lines):
        says = "too few requests for a median"
        axes.text(0.5, 0.45, says, ha="center", transform=axes.transAxes)
    deadline = f"deadline {wording.ms(deadline_s)}"
    axes.annotate(deadline, (0, deadline_s), (8, 6), textcoords="offset points")
    axes.axhline(deadline_s, color=INK, linestyle=":", linewidth=2.5, zorder=1)
    low = min(axes.get_ylim()[0], deadline_s / 12)
    # Above the deadline there is room for the arrows of what missed it.
    axes.set_ylim(low, deadline_s * (deadline_s / low) ** 0.14)
    milliseconds(axes, "p50")


def _points(
    axes: Axes,
    run: ScenarioRun,
    metric: Callable[[float], Metric],
    shown: Callable[[float], float],
) -> None:
    loads = run.loads
    rates = [run.rate(load) for load in loads]
    reach = rates[-1] * 1.08
    for number, (name, style) in enumerate(styles(run.scenario).items()):
        aside = (number - (len(run.variants) - 1) / 2) * DODGE * reach
        found = [
            (rate + aside, run.typical(metric(load), name))
            for rate, load in zip(rates, loads, strict=True)
        ]
        there = [(x, one) for x, one in found if one is not None]
        xs, ys = [x for x, _ in there], [shown(one.estimate) for _, one in there]
        axes.plot(xs, ys, **style.lines)
        for x, one in there:
            point(axes, x, one, shown, style)
    axes.set_xticks(rates, _ticks(rates, loads, reach))
    axes.set(xlim=(0, reach), xlabel="offered, requests/s and × the smallest ceiling")
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)


def _ticks(rates: list[float], loads: list[float], reach: float) -> list[str]:
    """Return the labels of ticks, one row lower where they would touch the one before."""
    labels, low, last = [], False, -math.inf
    for rate, load in zip(rates, loads, strict=True):
        low = (rate - last) / reach < CLOSE and not low
        labels.append("\n\n" * low + f"{wording.number(rate)}\n{load:g}×")
        last = rate
    return labels


def _legend(run: ScenarioRun) -> list[Line2D]:
    ideal = Line2D([], [], color=GREY, linewidth=2, label="all in time")
    lost = Line2D([], [], linestyle="", label="↑ more than half missed the deadline")
    return [*handles(run.scenario), ideal, *([lost] if _lost(run) else [])]


def _lost(run: ScenarioRun) -> bool:
    """Return whether a median lies beyond the deadline anywhere."""
    found = [run.typical(p50(load), name) for load in run.loads for name in run.variants]
    return any(one is not None and unended(one) for one in found)
