"""Whether a variant is what it is declared to be, and how it fares under load."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace

from harness.experiment.monitor_client import SILENT, MonitorClient, Sampler
from harness.load.driver import Gauge, Gauges
from harness.model.errors import BenchError
from harness.model.evidence import Evidence
from harness.model.facts import BETWEEN, WORK, AppSnapshot
from harness.model.scenario import Scenario, Variant
from harness.places.place import Server
from harness.system import processes

# For a monitor that does not answer: an app that restarts is back by then.
BACK_S = 3.0


class AppCheck:
    """A variant that answers, seen through its monitor.

    `ports` are those of its services. Where it is `explained`, which is for evidence,
    `evidence` is what its handler was seen to do.
    """

    def __init__(
        self,
        scenario: Scenario,
        variant: Variant,
        server: Server,
        ports: Collection[int | None],
        *,
        explained: bool,
    ) -> None:
        self.evidence: Evidence | None = None
        self.monitor = MonitorClient(server.monitor_url)
        self._scenario, self._variant, self._server = scenario, variant, server
        self._ports = ports
        self._explained = explained
        self._connections = 0
        self._life = self.monitor.life
        self._cpu_s = server.cpu_clock()
        if explained:
            self.monitor.ask("/where/clear")

    def check(self) -> None:
        """Check sizes against the budget, and where the handler ran; it must have answered before.

        Raises BenchError where they are other than declared; of somebody's own app nothing is.
        """
        self._found = self.monitor.ask("/budget")
        declared = self._variant.runs_on != "elsewhere"
        if declared:
            self._check_sizes()
        if self._explained:
            self._check_where(declared=declared)

    def _check_sizes(self) -> None:
        budget, found = self._scenario.budget_of(self._variant), self._found
        sizes = {
            "threads": [] if found["threads"] is None else [found["threads"]],
            "connections": list(found["pools"].values()),
            "workers": [found["workers"]] if self._variant.runs_on == "process" else [],
        }
        for what, sizes_found in sizes.items():
            wanted = getattr(budget, what)
            if wrong := [size for size in sizes_found if size != wanted]:
                file = f"scenarios/{self._scenario.home}/{self._variant.source}.py"
                taken = f"let {file} take {what.upper()} from the environment"
                raise BenchError(
                    f"{self._server.label} has {wrong[0]:g} {what} where the budget says {wanted}",
                    hint=f"every variant gets the same: {taken}",
                )

    def _check_where(self, *, declared: bool) -> None:
        where, runs_on = self.monitor.ask("/where"), self._variant.runs_on
        self.evidence = Evidence(
            ran_on=where["ran_on"],
            what=where["what"],
            stood_still=0.0,
            longest_s=0.0,
            line=None,
            code=None,
            dependencies=where["dependencies"],
            hops=where["hops"],
            suspended=where["suspended"],
        )
        if declared and where["ran_on"] != runs_on:
            what = where["what"] or "no function of its own was seen"
            file = f"scenarios/{self._scenario.home}/{self._variant.source}.py"
            raise BenchError(
                f"{self._server.label} is declared to run on the {runs_on}, "
                f"and ran on the {where['ran_on']}: {what}",
                hint=f"correct its runs_on in scenarios/{self._scenario.home}/scenario.py, "
                f"or the handler, {where['at'] or file}",
            )

    def resume(self) -> None:
        """Let the monitor know that the whole app was stopped until now."""
        with suppress(*SILENT):
            self.monitor.ask("/resume")

    def gauges(self, sampler: Sampler) -> Gauges:
        """Return what the load asks as the window of a phase opens and closes."""

        def gauge(phase: str, opens: bool) -> Gauge:  # noqa: FBT001  Gauges has it so
            cpu_s = self._cpu_s()
            sampler.phase = phase if opens else BETWEEN
            try:
                in_flight_s = sampler.take(phase)["fastapi_requests_in_flight_seconds_total"]
                if phase == WORK:
                    cpu_s -= self._watch_held(opens=opens)
            except SILENT:
                in_flight_s = None
            if not opens:
                self._connections = max(self._connections, self._count())
            return Gauge(cpu_s, in_flight_s)

        return gauge

    def _watch_held(self, *, opens: bool) -> float:
        """Find out for evidence what held the loop while requests were asked alone.

        Return the CPU seconds that the looking cost the app.
        """
        if self.evidence is None:
            return 0.0
        if opens:
            self.monitor.ask("/held/watch")
            return 0.0
        held = self.monitor.ask("/held")
        self.evidence = replace(
            self.evidence,
            stood_still=held["share"],
            computing=held["computing"],
            longest_s=held["longest_s"],
            line=held["line"],
            code=held["code"],
            library=held["library"],
            thread_line=held["thread_line"],
            thread_code=held["thread_code"],
            thread_library=held["thread_library"],
            thread_computing=held["thread_computing"],
        )
        return float(held["own_cpu_s"])

    def _count(self) -> int:
        """Count the connections to services, by the ports that they lead to."""
        try:
            return sum(port in self._ports for port in self.monitor.ask("/connections"))
        except SILENT:
            return 0

    def restarted(self) -> bool:
        """Return whether this is another life of the app than the one that began.

        An app that lives on and does not answer, having run out of files, did not restart.
        """
        found: list[float | None] = []

        def answers() -> bool:
            found.append(self.monitor.life)
            return found[-1] is not None

        return processes.wait_until(answers, BACK_S) and found[-1] != self._life

    def snapshot(self, sampler: Sampler) -> AppSnapshot:
        """Return what its monitor said."""
        return AppSnapshot(
            threads=self._found["threads"] or 0,
            pools=self._found["pools"],
            workers=self._found["workers"],
            connections=self._connections,
            slowest_s=round(self.monitor.slowest_s, 4),
            samples=tuple(sorted(sampler.samples, key=lambda sample: sample.at_s)),
            python=self._found["python"],
        )
