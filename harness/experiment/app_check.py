"""Whether a variant is what it is declared to be, and how it fares under load."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

from harness.experiment.monitor_client import SILENT, MonitorClient, Sampler
from harness.load.driver import Gauge, Gauges
from harness.model.errors import BenchError
from harness.model.evidence import Evidence, Lanes
from harness.model.facts import BETWEEN, LANES, WORK, AppSnapshot
from harness.model.scenario import Scenario, Variant
from harness.places.place import Server
from harness.places.serve import START_S
from harness.system import processes
from harness.system.interpreters import has_gil

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
        self._ports, self._own_port = ports, urlsplit(server.url).port
        self._explained = explained
        self._connections, self._asks_itself = 0, False
        if variant.workers > 1:
            self._await_workers()
        self._life = self._lives()
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
            self._check_gil()
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

    def _await_workers(self) -> None:
        """Wait until all workers serve; raises BenchError where they do not in START_S seconds."""
        wanted, found = self._variant.workers, 0

        def all_serve() -> bool:
            nonlocal found
            self._server.require()
            with suppress(*SILENT):
                found = len(self.monitor.ask("/workers"))
            return found == wanted

        if not processes.wait_until(all_serve, START_S):
            raise BenchError(
                f"of {wanted} workers of {self._server.label} {found} serve",
                hint=f"its log is {self._server.log}",
            )

    def _check_gil(self) -> None:
        python, log = self._variant.python, self._server.log
        if not python or self._found["gil"] == has_gil(python):
            return
        if has_gil(python):
            raise BenchError(
                f"{self._server.label} runs without the GIL, and is declared to run with it",
                hint=f"is it Python {python}? its log is {log}",
            )
        raise BenchError(
            f"{self._server.label} runs with the GIL, which a C extension switched on",
            hint=f"its log, {log}, names the extension: take a version that can go without",
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
                if phase == LANES:
                    self._watch_lanes(opens=opens)
            except SILENT:
                in_flight_s = None
            if not opens:
                self._note_connections()
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

    def _watch_lanes(self, *, opens: bool) -> None:
        """Note for evidence when each of the requests side by side began and ended in the app."""
        if self.evidence is None:
            return
        if opens:
            self.monitor.ask("/lanes/watch")
            return
        found = self.monitor.ask("/lanes")
        ports = list(dict.fromkeys(port for port, *_ in found["requests"]))
        requests = tuple((ports.index(one), *times) for one, *times in found["requests"])
        held = tuple((*times, line) for *times, line in found["held"])
        self.evidence = replace(self.evidence, lanes=Lanes(requests=requests, held=held))

    def _note_connections(self) -> None:
        """Note the connections to services and to the app itself, by the ports they lead to."""
        with suppress(*SILENT):
            found = self.monitor.ask("/connections")
            to_services = sum(port in self._ports for port in found)
            self._connections = max(self._connections, to_services)
            self._asks_itself = self._asks_itself or self._own_port in found

    def restarted(self) -> bool:
        """Return whether this is another life of the app, or of a worker, than the one that began.

        An app that lives on and does not answer, having run out of files, did not restart.
        """
        found: list[object] = []

        def answers() -> bool:
            found.append(self._lives())
            return found[-1] is not None

        return processes.wait_until(answers, BACK_S) and found[-1] != self._life

    def _lives(self) -> object:
        """Return what tells one life of all workers from the next; None without an answer."""
        try:
            started = self.monitor.metrics()["fastapi_started_nanoseconds"]
            return started, self.monitor.ask("/workers")
        except SILENT:
            return None

    def snapshot(self, sampler: Sampler) -> AppSnapshot:
        """Return what its monitor said."""
        return AppSnapshot(
            threads=self._found["threads"] or 0,
            pools=self._found["pools"],
            workers=self._found["workers"],
            connections=self._connections,
            slowest_s=round(self.monitor.slowest_s, 4),
            samples=tuple(sorted(sampler.samples, key=lambda sample: sample.at_s)),
            python=self._found["python"] + ("" if self._found["gil"] else " without the GIL"),
            asks_itself=self._asks_itself,
        )
