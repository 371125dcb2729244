"""The time chart: how requests pile up over a window, and when the event loop stands still over a whole trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.judge import statistics
from harness.judge.statistics import Interval
from harness.model.facts import CLOSED, Measurement, Moment
from harness.report import reading as seen
from harness.report import wording
from harness.report.charts.frame import TEXT, Slide, conditions, measured, slide
from harness.report.charts.style import FAINT, GREY, SMALLEST, handles, looks
from harness.report.charts.timeline import Phase, timeline
from harness.report.reading import Reading

LEFT, RIGHT, WHOLE = (
    (190, 930),
    (1120, 1860),
    (190, 1860),
)  # pixels: the edges of the two panels, and of one that stands alone
MARKS = 8  # on a line, about
LITTLE = 0.01  # of the time: below that, nothing is told apart
GAP = 12  # pixels between the names of two phases
CLIENTS = " clients"  # what the name of a phase of the sweep ends with


def chart(reading: Reading) -> Figure:
    """Draw the requests in flight on the left, where any were offered by a schedule, and the loop's standstill on the right, over time."""
    clients, loads = (
        reading.blocks[0][reading.scenario.baseline.name].closed.clients,
        seen.loads(reading),
    )
    panels = (
        "left: requests in flight, the bystander's included; right: share" if loads else "share"
    )
    numbers = f"; plain numbers: so many{CLIENTS}" if reading.scenario.sweep else ""
    subtitle = (
        f"{panels} of the time in which the event loop did not turn; title: that share in the closed loop of {clients} clients{numbers}; "
        f"curves: means over blocks; all exploratory · {conditions(reading)}"
    )
    page = slide(reading, [sentence(reading)], f"{subtitle[0].upper()}{subtitle[1:]}").legend(
        handles(reading.scenario)
    )
    page = replace(page, top=page.top - 1.6 * TEXT)
    if loads:
        load = backlogged(reading)
        left = page.axes(*LEFT, below=85)
        left.set_title(
            f"offered: {load:g}× the smallest ceiling = {wording.number(seen.rate(reading, load))} requests/s",
            fontsize=SMALLEST,
            loc="left",
            pad=9,
        )
        _in_flight(left, reading, load)
    _standstill(page, reading, RIGHT if loads else WHOLE)
    return page.figure


def watched(reading: Reading) -> bool:
    """Say whether a monitor told of every trial of every block."""
    names = [variant.name for variant in reading.scenario.variants]
    return bool(reading.blocks) and all(
        _stood_still(block[name]) is not None for block in reading.blocks for name in names
    )


def drawable(reading: Reading) -> bool:
    """Say whether every trial of every block holds what is drawn here."""
    if not seen.loads(reading):
        return watched(reading)
    names, load = [variant.name for variant in reading.scenario.variants], backlogged(reading)
    slices = [
        len(cell.generator.in_flight) for name in names for cell in seen.cells(reading, name, load)
    ]
    everywhere = len(slices) == len(reading.blocks) * len(names)
    return everywhere and min(slices) == max(slices) > 0 and watched(reading)


def backlogged(reading: Reading) -> float:
    """Pick the load at which requests may pile up: the highest one if it is beyond what some can bear, else the lowest."""
    loads = seen.loads(reading)
    return loads[-1] if loads[-1] > 1 else loads[0]


def standstill(reading: Reading, variant: str) -> Interval:
    """Estimate the share of the closed loop's time in which the event loop stood still, over the blocks."""
    return statistics.typical(
        [share for block in reading.blocks if (share := _stood_still(block[variant])) is not None]
    )


def sentence(reading: Reading) -> str:
    """Say for which share of the time each loop stood still, once there are blocks enough; variants of which the same is to be said share it."""
    if not seen.enough(reading):
        return f"{'Requests in flight, and for' if seen.loads(reading) else 'For'} how long the event loop stands still, over time"
    alike: dict[str, list[str]] = {}
    for variant in reading.scenario.variants:
        alike.setdefault(_percent(standstill(reading, variant.name)), []).append(variant.name)
    first, *others = ((share, _listed(names)) for share, names in alike.items())
    return ", ".join(
        [
            f"Under load the event loop stands still {first[0]} of the time with {first[1]}",
            *(f"{share} with {names}" for share, names in others),
        ]
    )


def still(before: Moment, after: Moment) -> float:
    """Give the share of the time between two moments in which the loop stood still; a beat that is a little late may come to less than none."""
    return min(
        1.0, max(0.0, (after.stood_still_s - before.stood_still_s) / (after.at_s - before.at_s))
    )


def _stood_still(measurement: Measurement) -> float | None:
    """Read the share off the moments within the closed phase; None where they are too few."""
    moments = [
        moment
        for moment in (measurement.inside.moments if measurement.inside else ())
        if moment.phase == CLOSED
    ]
    return still(moments[0], moments[-1]) if len(moments) > 1 else None


def _in_flight(axes: Axes, reading: Reading, load: float) -> None:
    for number, (name, look) in enumerate(looks(reading.scenario).items()):
        cells = seen.cells(reading, name, load)
        means = np.mean([cell.generator.in_flight for cell in cells], axis=0)
        middles = (np.arange(len(means)) + 0.5) * cells[0].window_s / len(means)
        axes.plot(middles, means, color=look.colour, linestyle=look.line, linewidth=2.5)
        _mark(axes, middles, means, number, reading)
        axes.set_xlim(0, cells[0].window_s)
    most = axes.get_ylim()[1]
    axes.set(
        ylim=(-0.03 * most, 1.03 * most),
        xlabel="seconds of that window",
        ylabel="requests in flight",
    )
    _plain(axes)


def _standstill(page: Slide, reading: Reading, edges: tuple[float, float]) -> None:
    axes, line = page.axes(*edges, below=85), timeline(reading)
    for number, (name, look) in enumerate(looks(reading.scenario).items()):
        shares = 100 * line.course(name, still)
        axes.stairs(
            shares, line.edges, baseline=None, color=look.colour, linestyle=look.line, linewidth=2.5
        )
        _mark(axes, (line.edges[:-1] + line.edges[1:]) / 2, shares, number, reading)
    axes.set(xlim=(0, line.ends_s), ylim=(-3, 103), yticks=range(0, 101, 20))
    axes.set(
        xlabel="seconds of a trial; grey: between its phases",
        ylabel="event loop stands still, % of the time",
    )
    _plain(axes)
    axes.grid(visible=False, axis="x")
    line.shade(axes)
    phases = [phase for phase in line.phases if not phase.pause]
    for phase in phases:
        axes.axvline(phase.begins_s, color=FAINT, linewidth=2, zorder=0)
    _name(axes, phases, edges)


def _name(axes: Axes, laid: Sequence[Phase], edges: tuple[float, float]) -> None:
    """Write the names of the phases above the panel, the title's first, then the longest, as near to their middle as others let them, or not at all."""
    low, high = edges
    per_second = (high - low) / axes.get_xlim()[1]
    taken: list[tuple[float, float]] = []

    def free(start: float, end: float) -> bool:
        return (
            low <= start
            and end <= high
            and all(end + GAP <= left or right + GAP <= start for left, right in taken)
        )

    for phase in sorted(laid, key=lambda phase: (phase.name != CLOSED, -phase.lasts_s)):
        name = phase.name.removesuffix(CLIENTS)
        middle, half = (
            low + (phase.begins_s + phase.ends_s) / 2 * per_second,
            measured(name, TEXT) / 2,
        )
        spare = max(0, round(phase.lasts_s * per_second / 2 - half))
        found = next(
            (
                middle + aside
                for aside in sorted(range(-spare, spare + 1), key=abs)
                if free(middle + aside - half, middle + aside + half)
            ),
            None,
        )
        if found is not None:
            taken.append((found - half, found + half))
            place = (found - low) / (high - low), 1
            axes.annotate(
                name,
                place,
                (0, 7),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="center",
            )


def _mark(
    axes: Axes, xs: NDArray[np.float64], ys: NDArray[np.float64], number: int, reading: Reading
) -> None:
    """Put a variant's markers where no other's are, so that equal lines stay apart."""
    every = max(len(reading.scenario.variants), round(len(xs) / MARKS))
    look = list(looks(reading.scenario).values())[number]
    first = number * every // len(reading.scenario.variants)
    axes.plot(
        xs[first::every],
        ys[first::every],
        linestyle="",
        marker=look.marker,
        color=look.colour,
        markeredgecolor="white",
        zorder=4,
        clip_on=False,
    )


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.grid(color=FAINT, linewidth=1)
    axes.set_axisbelow(True)


def _percent(share: Interval) -> str:
    """Write a share with its interval; what hardly ever happens is not told apart from what never does."""
    if share.high < LITTLE:
        return "less than 1 %"
    return f"{share.estimate:.0%} [{share.low:.0%} to {share.high:.0%}]".replace("%", " %")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
