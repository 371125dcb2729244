"""The charts: one file each, and one line here. Of the suite, only these know matplotlib."""

from __future__ import annotations

from harness.report.charts import bars, capacity, curves, load, monitor, sweep, time
from harness.report.charts.chart import Caption, Chart, decides
from harness.report.scenario_run import ScenarioRun

CHARTS = {
    "deciding": Chart(bars.caption, bars.plot),
    "capacity": Chart(capacity.caption, capacity.plot),
    "sweep": Chart(sweep.caption, sweep.plot),
    "latency": Chart(curves.caption_latency, curves.plot),
    "load": Chart(load.caption, load.plot),
    "bystander": Chart(curves.caption_bystander, curves.plot),
    "time": Chart(time.caption, time.plot),
    "monitor": Chart(monitor.caption, monitor.plot),
}


def captions(run: ScenarioRun) -> tuple[Caption, ...]:
    """Return the captions of the charts that there is something to draw for.

    The chart of the deciding metric is the first.
    """
    found = [caption for chart in CHARTS.values() if (caption := chart.caption(run))]
    return tuple(sorted(found, key=lambda caption: caption.chart != decides(run.primary)))
