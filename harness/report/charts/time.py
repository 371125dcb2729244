"""The time chart: when the event loop stands still, and how requests pile up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.model.facts import CLOSED
from harness.report import wording
from harness.report.captions import CLIENTS, Caption
from harness.report.charts.frame import Frame, frame, shade
from harness.report.charts.text import measured
from harness.report.charts.theme import FAINT, GREY, SMALLEST, TEXT, handles
from harness.report.scenario_run import ScenarioRun
from harness.report.standstill import backlogged, still
from harness.report.styles import styles
from harness.report.timeline import Phase, timeline

# Pixels: the edges of the two panels, and of one that stands alone.
LEFT, RIGHT, WHOLE = (190, 930), (1120, 1860), (190, 1860)
MARKS = 8  # on a line, about
GAP = 12  # pixels between the names of two phases


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw the standstill on the right, and on the left requests in flight, if there were any."""
    page = frame(run, words).legend(handles(run.scenario))
    page = replace(page, top=page.top - 1.6 * TEXT)
    if run.loads:
        load = backlogged(run)
        left = page.axes(*LEFT, below=85)
        offered = f"{load:g}× the smallest ceiling = {wording.rate(run.rate(load))}"
        left.set_title(f"offered: {offered}", fontsize=SMALLEST, loc="left", pad=9)
        _in_flight(left, run, load)
    _standstill(page, run, RIGHT if run.loads else WHOLE)
    return page.figure


def _in_flight(axes: Axes, run: ScenarioRun, load: float) -> None:
    for number, (name, style) in enumerate(styles(run.scenario).items()):
        cells = run.cells(name, load)
        means = np.mean([cell.generator.in_flight for cell in cells], axis=0)
        middles = (np.arange(len(means)) + 0.5) * cells[0].window_s / len(means)
        axes.plot(middles, means, **style.lines)
        _mark(axes, middles, means, number, run)
        axes.set_xlim(0, cells[0].window_s)
    most = axes.get_ylim()[1]
    axes.set(ylim=(-0.03 * most, 1.03 * most))
    axes.set(xlabel="seconds of that window", ylabel="requests in flight")
    _plain(axes)


def _standstill(page: Frame, run: ScenarioRun, edges: tuple[float, float]) -> None:
    axes, line = page.axes(*edges, below=85), timeline(run)
    middles = (line.edges[:-1] + line.edges[1:]) / 2
    for number, (name, style) in enumerate(styles(run.scenario).items()):
        shares = 100 * line.course(name, still)
        axes.stairs(shares, line.edges, baseline=None, **style.lines)
        _mark(axes, middles, shares, number, run)
    axes.set(xlim=(0, line.ends_s), ylim=(-3, 103), yticks=range(0, 101, 20))
    axes.set_xlabel("seconds of a trial; grey: between its phases")
    axes.set_ylabel("event loop stands still, % of the time")
    _plain(axes)
    axes.grid(visible=False, axis="x")
    shade(axes, line)
    named = [phase for phase in line.phases if not phase.pause]
    for phase in named:
        axes.axvline(phase.begins_s, color=FAINT, linewidth=2, zorder=0)
    _name(axes, named, edges)


def _name(axes: Axes, phases: Sequence[Phase], edges: tuple[float, float]) -> None:
    """Write the names of phases above the panel, each as near to its middle as others allow.

    The phase of the title comes first, then the longest; a name without room is left out.
    """
    low, high = edges
    per_second = (high - low) / axes.get_xlim()[1]
    taken: list[tuple[float, float]] = []

    def free(start: float, end: float) -> bool:
        apart = (end + GAP <= left or right + GAP <= start for left, right in taken)
        return low <= start and end <= high and all(apart)

    for phase in sorted(phases, key=lambda phase: (phase.name != CLOSED, -phase.lasts_s)):
        name = phase.name.removesuffix(CLIENTS)
        half = measured(name, TEXT) / 2
        middle = low + (phase.begins_s + phase.ends_s) / 2 * per_second
        room = max(0, round(phase.lasts_s * per_second / 2 - half))
        places = [middle + aside for aside in sorted(range(-room, room + 1), key=abs)]
        found = next((place for place in places if free(place - half, place + half)), None)
        if found is not None:
            taken.append((found - half, found + half))
            axes.annotate(
                name,
                ((found - low) / (high - low), 1),
                (0, 7),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="center",
            )


def _mark(
    axes: Axes, xs: NDArray[np.float64], ys: NDArray[np.float64], number: int, run: ScenarioRun
) -> None:
    """Draw a variant's markers where no other's are, so that equal lines stay apart."""
    count = len(run.variants)
    every = max(count, round(len(xs) / MARKS))
    first = number * every // count
    style = list(styles(run.scenario).values())[number]
    axes.plot(xs[first::every], ys[first::every], clip_on=False, **style.marks)


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
