"""The charts: one file each, and one line here. Of the suite, only these know matplotlib."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from harness.report.captions import Caption
from harness.report.charts import bars, capacity, curves, load, monitor, sweep, time
from harness.report.scenario_run import ScenarioRun

# By the name that its caption has.
CHARTS: dict[str, Callable[[ScenarioRun, Caption], Figure]] = {
    "deciding": bars.plot,
    "capacity": capacity.plot,
    "sweep": sweep.plot,
    "latency": curves.plot,
    "load": load.plot,
    "bystander": curves.plot,
    "time": time.plot,
    "monitor": monitor.plot,
}
