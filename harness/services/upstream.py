"""The upstream, an HTTP service that somebody else runs: given by URL, else compose/upstream.py."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.services.service import GIVEN, Contained, Found, Program, Service, Start, Startable
from harness.system.ask import ask
from harness.system.ports import HOST

OURS = "compose/upstream.py"


@dataclass(frozen=True)
class Upstream(Startable):
    """compose/upstream.py, which counts what became of each request."""

    name = "upstream"
    title = "the upstream"
    remedy = "set UPSTREAM_URL"
    knobs = ("wait_ms", "jitter_ms", "tail_ms", "tail_share", "admits", "rate")

    def version(self, url: str, patience_s: float) -> str:
        """Ask for a user; compose/upstream.py is known by its counts."""
        answered = ask(url, "/users/1", patience_s)
        if not answered.right:
            raise BenchError(
                f"the upstream at {url} answered {answered.status} to /users/1",
                hint="correct UPSTREAM_URL, or unset it",
            )
        counted = ask(url, "/served", patience_s).body
        return "this checkout" if counted.startswith(b'{"answered"') else "unknown"

    def find(self) -> Found:
        """Return our own."""
        return Found((sys.executable, ROOT / OURS), OURS)

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start it with the knobs of the scenario."""
        knobs = [
            word
            for name, value in _knobs(start.scenario).items()
            for word in (f"--{name.replace('_', '-')}", value)
        ]
        words = (*found.words, "--host", HOST, "--port", str(port), *knobs)
        return Program(words, f"http://{HOST}:{port}")

    def contained(self, port: int, start: Start) -> Contained:
        """Return the knobs of the scenario."""
        variables = {name.upper(): value for name, value in _knobs(start.scenario).items()}
        return Contained(variables, f"http://{HOST}:{port}")

    def calls(self, service: Service) -> Mapping[str, int]:
        """Return what became of its requests, unless it may serve others as well."""
        if service.provider == GIVEN:
            return {}
        counts: dict[str, int] = json.loads(ask(service.url, "/served").body)
        return counts


def _knobs(scenario: Scenario) -> dict[str, str]:
    return {name: f"{scenario.knobs[name]:g}" for name in Upstream.knobs if name in scenario.knobs}
