"""The map: wait across, requests in flight up, areas by what is best and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from harness.report import wording
from harness.report.charts.frame import frame
from harness.report.charts.theme import GREY, INK, SMALLEST
from harness.report.map import (
    AWAITING,
    BLOCKING,
    CLOSE_TO,
    MORE,
    THREADED,
    Cell,
    Map,
    MapFigure,
    Ratio,
)

WAITS_MS, CLIENTS = (0.1, 300.0), (0.7, 600.0)  # from edge to edge
COLUMNS, ROWS = 160, 120  # of the grid that is predicted
LEFT, RIGHT, BELOW = 170, 1780, 92  # pixels
LEVELS = (MORE, 2, 5, 10, 20)
MISS = "#b00020"
NOTHING = "#f1f1ee"
ORANGES = ("#fdebdc", "#fbd3b4", "#f7b585", "#f19a5e", "#e98146")
BLUES = ("#dcebf6", "#b5d6ed", "#86bbe0", "#5a9fd0", "#3b88c0")
COST, BRING = "#8a3d00", "#00497a"  # of words on these areas
HALO: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.78, "pad": 1.5}

Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surface:
    """What is predicted over waits in ms and requests in flight.

    `costs` is threaded over blocking, `brings` awaiting over threaded where the threads have run
    out, and `waiting` how many requests wait at once.
    """

    waits_ms: Grid
    clients: NDArray[np.int64]
    costs: Grid
    brings: Grid
    waiting: Grid


def plot(found: MapFigure) -> Figure:
    """Draw the map."""
    first, *others = found.map.runs
    page = frame(first, found.caption, *others).legend(_handles())
    axes = page.axes(LEFT, RIGHT, below=BELOW)
    surface = _surface(found.map)
    _scale(axes)
    _areas(axes, surface)
    _boundaries(axes, surface, found.map)
    misses = found.map.misses
    for cell in found.map.cells:
        _mark(axes, cell, [one for where, one in misses if where == cell])
    return page.figure


def _surface(found: Map) -> Surface:
    waits = np.geomspace(*WAITS_MS, COLUMNS)
    most = int(CLIENTS[1])
    clients = np.unique(np.geomspace(1, most, ROWS).round().astype(int))
    served = [found.served(wait / 1000, most) for wait in waits]

    def grid(name: str) -> Grid:
        found: Grid = np.array([one[name] for one in served]).T[clients - 1]
        return found

    threaded = grid(THREADED)
    endless = [found.unlimited(wait / 1000, most) for wait in waits]
    out = np.array(endless).T[clients - 1] / threaded
    costs, brings = threaded / grid(BLOCKING), grid(AWAITING) / threaded
    return Surface(
        waits,
        clients,
        costs,
        np.where(out >= MORE, brings, np.nan),
        threaded * waits / 1000,
    )


def _scale(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlim=WAITS_MS, ylim=CLIENTS)
    axes.set_facecolor(NOTHING)
    for axis, ticks in (
        (axes.xaxis, (0.1, 0.3, 1, 3, 10, 30, 100, 300)),
        (axes.yaxis, (1, 4, 16, 40, 160, 400)),
    ):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(labelsize=SMALLEST, color=GREY)
    axes.set_xlabel("how long a request waits for others, ms (log)")
    axes.set_ylabel("requests in flight (log)")


def _areas(axes: Axes, surface: Surface) -> None:
    """Fill the areas, and write at the right edge how much each line stands for."""
    across = surface.waits_ms, surface.clients
    out = np.isfinite(surface.brings)
    axes.contourf(*across, surface.costs, levels=(*LEVELS, np.inf), colors=ORANGES)
    axes.contourf(*across, surface.brings, levels=(0, *LEVELS[1:], np.inf), colors=BLUES)
    for grid, ink in ((np.where(out, np.nan, surface.costs), COST), (surface.brings, BRING)):
        axes.contour(*across, grid, levels=LEVELS[1:], colors=ink, linewidths=1.5)
        for level in LEVELS[1:]:
            above = np.flatnonzero(grid[:, -1] >= level)
            if len(above):
                _beside(axes, (1, float(surface.clients[above[0]])), f"{level}×", ink)


def _beside(axes: Axes, at: tuple[float, float], says: str, ink: str) -> None:
    """Write what a line stands for, right of the axes."""
    axes.annotate(
        says,
        at,
        (10, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=ink,
        va="center",
        weight="bold",
    )


def _boundaries(axes: Axes, surface: Surface, found: Map) -> None:
    """Draw the three boundaries, each with its formula."""
    across = surface.waits_ms, surface.clients
    axes.contour(*across, surface.waiting, levels=(1,), colors=INK, linewidths=3)
    axes.plot(WAITS_MS, [found.threads] * 2, color=INK, linewidth=3, linestyle=(0, (4, 2)))
    hop = 1000 * (found.costs[THREADED].busy_s - found.costs[BLOCKING].busy_s)
    if hop > WAITS_MS[0]:
        axes.axvline(hop, color=INK, linewidth=3, linestyle=(0, (1, 1)))
        _say(axes, hop, 430, "wait = the price\nof a hop", INK)
    for x, y, says in (
        (75.0, 33.0, f"in flight = threads ({found.threads})"),
        (60, 1.42, "rate × wait = 1"),
    ):
        _say(axes, x, y, says, INK)
    for x, y, says, ink in (
        (0.155, 7, "nothing\nto gain", GREY),
        (4, 7.6, "blocking costs", COST),
        (85, 190, "threads have run out", BRING),
    ):
        _say(axes, x, y, says, ink, large=True)


def _say(axes: Axes, x: float, y: float, says: str, ink: str, *, large: bool = False) -> None:
    """Write words centred on a point, an area's large and a boundary's bold."""
    size, weight = (1.5 * SMALLEST, "normal") if large else (SMALLEST, "bold")
    axes.text(
        x,
        y,
        says,
        color=ink,
        fontsize=size,
        weight=weight,
        ha="center",
        va="center",
        bbox=HALO,
    )


def _mark(axes: Axes, cell: Cell, misses: Sequence[Ratio]) -> None:
    """Draw a cell with its two comparisons, and a cross beside `misses` of them."""
    x, y = max(1000 * cell.wait_s, 1.1 * WAITS_MS[0]), cell.clients
    face = INK if cell.fed else "white"
    axes.plot([x], [y], "o", markersize=13, color=face, markeredgecolor=INK, markeredgewidth=3)
    blocking, awaiting = cell.ratio(BLOCKING), cell.ratio(AWAITING)
    for one, seen, ink, lift in (
        (blocking, blocking.turned.seen, COST, 14),
        (awaiting, awaiting.seen, BRING, -14),
    ):
        missed = one in misses
        axes.annotate(
            f"{wording.times(seen)}{' ✗' * missed}",
            (x, y),
            (16, lift),
            textcoords="offset pixels",
            color=MISS if missed else ink,
            weight="bold",
            va="center",
            bbox=HALO,
        )


def _handles() -> list[Line2D]:
    marks: dict[str, Any] = {"marker": "o", "linestyle": ""}
    edge: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 3}
    return [
        Line2D([], [], color=colour, label=label, **marks, **edge)
        for colour, label in (
            (INK, "measured, fed the theory"),
            ("white", f"measured, held out (✗: not within {CLOSE_TO})"),
        )
    ]
