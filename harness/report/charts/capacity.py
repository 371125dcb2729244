"""The capacity chart: what each variant answers per second when it is asked without pause.

Below what the theory allows it.
"""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from harness.model.metric import capacity
from harness.report import wording
from harness.report.captions import Caption
from harness.report.charts.bars import HALF, bars
from harness.report.charts.frame import frame
from harness.report.charts.theme import INK
from harness.report.scenario_run import ScenarioRun

NEAR = 0.12  # of the axes: as near to an edge as this, a ceiling's label is written to one side


def plot(run: ScenarioRun, words: Caption) -> Figure:
    """Draw a bar per variant, a dot per block, the ceiling dashed, and its error as a band."""
    page = frame(run, words)
    ceilings = [(run.ceiling(name), run.ceiling(name, most=True)) for name in run.variants]
    finite = [one for both in ceilings for one in both if math.isfinite(one)]
    drawn = bars(page, run, capacity, reach=finite, more=lambda variant: _more(run, variant))
    for slot, (ceiling, most) in enumerate(ceilings):
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
        if most > ceiling:
            ends = y - HALF - 0.07, y + HALF + 0.07
            drawn.axes.fill_betweenx(ends, ceiling, most, color=INK, alpha=0.15, linewidth=0)
        says = f"ceiling {wording.ceiling(ceiling, most)}"
        drawn.axes.text(ceiling, y + HALF + 0.09, says, ha=side, va="bottom")
    return page.figure


def _more(run: ScenarioRun, variant: str) -> tuple[str, ...]:
    """Return what failed, and how near to its ceiling the rest came."""
    cells = run.closed(variant)
    sent, good = sum(cell.sent for cell in cells), sum(cell.good for cell in cells)
    share = run.of_ceiling(variant)
    failed = (f"{wording.percent(1 - good / sent)} failed or late",) if good < sent else ()
    reached = () if share is None else (f"{wording.percent(share)} of its ceiling",)
    return (*failed, *reached)
