"""Draw a run: its folder in, charts, page and summary out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from harness.model.scenario import Metric
from harness.report import reading as seen
from harness.report.charts import bars, capacity, curves, load, monitor, style, sweep, time
from harness.report.reading import Reading
from harness.report.render.page import page
from harness.report.render.summary import summary
from harness.store.records import Run

CHARTS: dict[str, Callable[[Reading], Figure]] = {
    "deciding": bars.chart,
    "capacity": capacity.chart,
    "sweep": sweep.chart,
    "latency": curves.latency,
    "load": load.chart,
    "bystander": curves.bystander,
    "time": time.chart,
    "monitor": monitor.chart,
}
DECIDES = {
    "capacity": "capacity",
    "p50": "latency",
    "p99": "latency",
    "goodput": "load",
    "bystander p99": "bystander",
}  # which chart shows a primary metric


def draw(run: Run, into: Path | None = None) -> Path:
    """Draw everything a run holds into `report/` of its folder, or elsewhere; returns the page. What was drawn before is written over."""
    into = into or run.folder / "report"
    readings = seen.read(run)
    into.mkdir(parents=True, exist_ok=True)
    charts = {}
    with style.drawing():
        for reading in readings:
            charts[reading.scenario.name] = [
                (what, into / f"{reading.scenario.name}-{what}.svg") for what in shown(reading)
            ]
            for what, path in charts[reading.scenario.name]:
                style.save(CHARTS[what](reading), path)
    (into / "summary.md").write_text(summary(readings), encoding="utf-8")
    index = into / "index.html"
    index.write_text(page(readings, charts), encoding="utf-8")
    return index


def shown(reading: Reading) -> list[str]:
    """Choose the charts there is something to draw for, the deciding one first."""
    loads, measured = len(seen.loads(reading)), bool(reading.blocks)
    possible = {
        "deciding": measured and decides(reading.scenario.primary) == "deciding",
        "capacity": measured,
        "sweep": measured and bool(reading.scenario.sweep),
        "load": loads > 1,
        "time": time.drawable(reading),
        "monitor": time.watched(reading),
    }
    there = [what for what in CHARTS if possible.get(what, loads > 0)]
    return sorted(there, key=lambda what: what != decides(reading.scenario.primary))


def decides(primary: Metric) -> str:
    """Name the chart that shows a primary metric: bars of its own, where no other does."""
    return "sweep" if primary.clients is not None else DECIDES.get(primary.name, "deciding")
