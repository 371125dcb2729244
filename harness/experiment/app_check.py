"""Whether a variant is what it says: its sizes against the budget, where its handler ran, what held its loop; and how it fares under load."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

from harness.experiment.monitor_client import SILENT, Watch
from harness.load.locust import Gauge
from harness.model.errors import BenchError
from harness.model.facts import BETWEEN, CLOSED, WORK, Evidence, Inside
from harness.model.scenario import Scenario, Variant
from harness.places.place import Server
from harness.system import processes

PATIENCE_S = 3.0  # with a monitor that does not answer: an app that restarts is back by then


class Subject:
    """A variant that answers. Where `explained`, which is in the pilot, it is seen at work as well."""

    def __init__(
        self,
        scenario: Scenario,
        variant: Variant,
        server: Server,
        ports: Container[int | None],
        *,
        explained: bool,
    ) -> None:
        self.evidence: Evidence | None = None
        self._scenario, self._variant, self._server, self._ports = scenario, variant, server, ports
        self._explained = explained
        self._connections = 0
        self._life = server.monitor.life
        self._cpu_s = server.cpu_clock()
        if explained:
            server.monitor.ask("/where/clear")

    def check(self) -> None:
        """Refuse a variant whose sizes are not the budget's, or whose handler ran elsewhere than declared; it must have answered before."""
        monitor, variant, budget = (
            self._server.monitor,
            self._variant,
            self._scenario.budget_of(self._variant),
        )
        file = f"scenarios/{self._scenario.folder}/{variant.source}.py"
        self._found = monitor.ask("/budget")
        sizes = {
            "threads": [self._found["threads"]],
            "connections": list(self._found["pools"].values()),
        }
        if variant.runs_on == "process":
            sizes["workers"] = [self._found["workers"]]
        for what, found in sizes.items():
            if wrong := [size for size in found if size != getattr(budget, what)]:
                raise BenchError(
                    f"{self._server.what} has {wrong[0]:g} {what} where the budget says {getattr(budget, what)}",
                    hint=f"every variant gets the same: let {file} take {what.upper()} from the environment",
                )
        if self._explained:
            where = monitor.ask("/where")
            self.evidence = Evidence(
                ran_on=where["ran_on"],
                what=where["what"],
                stood_still=0.0,
                longest_s=0.0,
                line=None,
                code=None,
            )
            if where["ran_on"] != variant.runs_on:
                raise BenchError(
                    f"{self._server.what} is declared to run on the {variant.runs_on}, and ran on the {where['ran_on']}: {where['what']}",
                    hint=f"correct runs_on in scenario.py, or {file}",
                )

    def gauges(self, watch: Watch) -> Callable[[str, bool], Gauge]:
        """Give what is asked as a phase opens and closes."""

        def gauge(phase: str, opens: bool) -> Gauge:  # noqa: FBT001  load.Gauges has it so
            cpu_s, monitor = self._cpu_s(), self._server.monitor
            watch.phase = phase if opens else BETWEEN
            try:
                in_flight_s = monitor.metrics()["fastapi_requests_in_flight_seconds_total"]
                if self._explained and self.evidence is not None and phase == WORK:
                    if opens:
                        monitor.ask("/held/clear")
                    else:
                        held = monitor.ask("/held")
                        self.evidence = replace(
                            self.evidence,
                            stood_still=held["share"],
                            longest_s=held["longest_s"],
                            line=held["line"],
                            code=held["code"],
                        )
            except SILENT:
                in_flight_s = None
            if phase == CLOSED and not opens:
                self._connections = self._count()
            return Gauge(cpu_s, in_flight_s)

        return gauge

    def _count(self) -> int:
        """Count the connections to services, by the ports that they lead to."""
        try:
            return sum(port in self._ports for port in self._server.monitor.ask("/connections"))
        except SILENT:
            return 0

    @property
    def restarted(self) -> bool:
        """Say whether this is another life of the app than the one that began. One that lives on and tells nothing, having run out of files, is none."""
        found: list[float | None] = []

        def tells() -> bool:
            found.append(self._server.monitor.life)
            return found[-1] is not None

        return processes.wait_until(tells, PATIENCE_S) and found[-1] != self._life

    def inside(self, watch: Watch) -> Inside:
        """Give what its monitor said."""
        return Inside(
            threads=self._found["threads"],
            pools=self._found["pools"],
            workers=self._found["workers"],
            connections=self._connections,
            slowest_s=round(self._server.monitor.slowest_s, 4),
            moments=tuple(watch.moments),
            python=self._found["python"],
        )
