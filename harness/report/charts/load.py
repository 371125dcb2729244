"""The load charts: what becomes of goodput and of the median as more is offered than some can bear."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from harness.judge.statistics import Interval
from harness.model.scenario import Metric, goodput, p50
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.curves import at, milliseconds
from harness.report.charts.frame import conditions, slide
from harness.report.charts.style import FAINT, GREY, INK, SMALLEST, Look, handles, looks
from harness.report.reading import Reading

CLOSE = 0.055  # of the axis: nearer ticks than this would run into each other
DODGE = 0.012  # of the axis between variants, so that equal ones stay visible


def chart(reading: Reading) -> Figure:
    """Draw goodput on the left and the median response time on the right, over the offered rate."""
    primary = reading.scenario.primary
    load = (
        primary.at
        if primary.name == "goodput" and primary.at is not None
        else seen.loads(reading)[-1]
    )
    metric = goodput(load)
    titles = at(
        f"{wording.number(seen.rate(reading, load))} requests/s", seen.titles(reading, metric)
    )
    exploratory = "p50 is exploratory" if metric == primary else "both exploratory here"
    subtitle = (
        f"Goodput: right answers in time, per second; p50: median response time from the intended start; {exploratory} · "
        f"{conditions(reading)} · bars: 95 % intervals"
    )
    page = slide(reading, titles, subtitle).legend(_legend(reading))
    left, right = (page.axes(*edges, below=120) for edges in ((190, 930), (1120, 1860)))
    _goodput(left, reading)
    _median(right, reading)
    return page.figure


def point(
    axes: Axes, x: float, found: Interval, shown: Callable[[float], float], look: Look
) -> None:
    """Put a marker with its interval, and an arrow where the value is infinite."""
    y, colour = shown(found.estimate), look.colour
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
    axes.plot(
        [x], [y], marker=look.marker, color=colour, markeredgecolor="white", zorder=4, clip_on=False
    )
    if math.isinf(found.estimate):
        arrow = {
            "arrowstyle": "<|-,head_width=0.5,head_length=0.8",
            "color": colour,
            "linewidth": 3,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        axes.annotate(
            "", (x, y), (0, 38), textcoords="offset points", arrowprops=arrow, annotation_clip=False
        )


def _goodput(axes: Axes, reading: Reading) -> None:
    _points(axes, reading, goodput, lambda value: value)
    rates = [seen.rate(reading, load) for load in seen.loads(reading)]
    axes.plot([0, rates[-1] * 1.06], [0, rates[-1] * 1.06], color=GREY, linewidth=2, zorder=1)
    smallest = seen.smallest_ceiling(reading)
    axes.axhline(smallest, color=INK, linestyle=(0, (4, 2)), linewidth=2.5, zorder=1)
    axes.annotate(
        f"smallest ceiling {wording.number(smallest)}",
        (0, smallest),
        (8, 6),
        textcoords="offset points",
    )
    axes.set(ylim=(0, None), ylabel="goodput, requests/s")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def _median(axes: Axes, reading: Reading) -> None:
    deadline = max(
        cell.deadline_s
        for load in seen.loads(reading)
        for cell in seen.cells(reading, reading.scenario.baseline.name, load)
    )
    _points(axes, reading, p50, lambda value: min(value, deadline))
    axes.set_yscale("log")
    if not any(np.size(line.get_xdata()) for line in axes.lines):
        axes.text(0.5, 0.45, "too few requests for a median", ha="center", transform=axes.transAxes)
    axes.annotate(
        f"deadline {wording.ms(deadline)}", (0, deadline), (8, 6), textcoords="offset points"
    )
    axes.axhline(deadline, color=INK, linestyle=":", linewidth=2.5, zorder=1)
    low = min(axes.get_ylim()[0], deadline / 12)
    axes.set_ylim(low, deadline * (deadline / low) ** 0.14)  # room for the arrows of what missed it
    milliseconds(axes, "p50")


def _points(
    axes: Axes, reading: Reading, metric: Callable[[float], Metric], shown: Callable[[float], float]
) -> None:
    loads = seen.loads(reading)
    rates = [seen.rate(reading, load) for load in loads]
    reach = rates[-1] * 1.08
    for number, (name, look) in enumerate(looks(reading.scenario).items()):
        aside = (number - (len(reading.scenario.variants) - 1) / 2) * DODGE * reach
        found = [
            (rate + aside, seen.typical(reading, metric(load), name))
            for rate, load in zip(rates, loads, strict=True)
        ]
        there = [(x, one) for x, one in found if one is not None]
        axes.plot(
            [x for x, _ in there],
            [shown(one.estimate) for _, one in there],
            color=look.colour,
            linestyle=look.line,
            linewidth=2.5,
        )
        for x, one in there:
            point(axes, x, one, shown, look)
    rows = _rows([rate / reach for rate in rates])
    axes.set_xticks(
        rates,
        [
            "\n" * 2 * row + f"{wording.number(rate)}\n{load:g}×"
            for rate, load, row in zip(rates, loads, rows, strict=True)
        ],
    )
    axes.set(xlim=(0, reach), xlabel="offered, requests/s and × the smallest ceiling")
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)


def _rows(places: list[float]) -> list[int]:
    """Put a tick's label a row lower where it would touch the one before."""
    rows = [0] * len(places)
    for i in range(1, len(places)):
        rows[i] = 1 - rows[i - 1] if places[i] - places[i - 1] < CLOSE else 0
    return rows


def _legend(reading: Reading) -> list[Line2D]:
    return [
        *handles(reading.scenario),
        Line2D([], [], color=GREY, linewidth=2, label="all in time"),
        *(
            [Line2D([], [], linestyle="", label="↑ more than half missed the deadline")]
            if _lost(reading)
            else []
        ),
    ]


def _lost(reading: Reading) -> bool:
    """Say whether a median lies beyond the deadline anywhere."""
    medians = [
        seen.typical(reading, p50(load), variant.name)
        for load in seen.loads(reading)
        for variant in reading.scenario.variants
    ]
    return any(median is not None and math.isinf(median.estimate) for median in medians)
