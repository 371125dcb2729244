"""The capacity chart: what each variant answers per second when it is asked without pause.

Below what the theory allows it.
"""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from harness.model.metric import capacity
from harness.report import wording
from harness.report.charts.bars import BAR, HALF, bars
from harness.report.charts.chart import Caption, setup, title
from harness.report.charts.frame import frame
from harness.report.charts.theme import INK
from harness.report.scenario_run import ScenarioRun

NEAR = 0.12  # of the axes: as near to an edge as this, a ceiling's label is written to one side


def caption(run: ScenarioRun) -> Caption | None:
    """Return what is said of capacity; None where there are no blocks."""
    if not run.blocks:
        return None
    first = run.of(run.scenario.baseline.name)[0]
    clients = f"{first.closed.clients} connections asking without pause"
    exploratory = "" if run.primary == capacity else ", exploratory"
    measured = f"{clients} for {first.trial.closed_s:g} s{exploratory}"
    subtitle = f"Right answers in time per second, {measured} · {setup(run)} · {BAR}"
    alt = "Requests per second that each variant can answer, with its ceiling"
    return Caption("capacity", title(run, capacity), subtitle, alt)


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw a bar per variant, a dot per block, and the ceiling dashed."""
    page = frame(run, words)
    ceilings = [run.ceiling(name) for name in run.variants]
    finite = [one for one in ceilings if math.isfinite(one)]
    drawn = bars(page, run, capacity, reach=finite, more=lambda variant: _more(run, variant))
    for slot, ceiling in enumerate(ceilings):
        if not math.isfinite(ceiling):
            continue
        y, share = -float(slot), ceiling / drawn.most
        side = "left" if share < NEAR else "right" if share > 1 - NEAR else "center"
        drawn.axes.plot(
            [ceiling, ceiling],
            [y - HALF - 0.07, y + HALF + 0.07],
            color=INK,
            linestyle=(0, (4, 2)),
            linewidth=3,
            zorder=5,
        )
        says = f"ceiling {wording.number(ceiling)}"
        drawn.axes.text(ceiling, y + HALF + 0.09, says, ha=side, va="bottom")
    return page.figure


def _more(run: ScenarioRun, variant: str) -> tuple[str, ...]:
    """Return what failed, and how near to its ceiling the rest came."""
    cells = [one.closed for one in run.of(variant)]
    sent, good = sum(cell.sent for cell in cells), sum(cell.good for cell in cells)
    share = run.of_ceiling(variant)
    failed = (f"{wording.percent(1 - good / sent)} failed or late",) if good < sent else ()
    reached = () if share is None else (f"{wording.percent(share)} of its ceiling",)
    return (*failed, *reached)
