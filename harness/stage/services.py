"""Bring up what a scenario needs: given by URL, else embedded, else a clear error. Never a silent stand-in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import requests

from harness.errors import BenchError
from harness.scenario import ROOT, Scenario
from harness.stage import postgres, processes
from harness.stage.ports import HOST, free_port, listening
from harness.stage.processes import Crew
from harness.stage.service import GIVEN, Service

START_S = 10
KNOBS_OF_UPSTREAM = ("wait_ms", "jitter_ms", "admits")


Bring = Callable[[], Service]


@contextmanager
def services(scenario: Scenario, bring: Mapping[str, Bring]) -> Iterator[dict[str, Service]]:
    """Provide the scenario's services, by name, for as long as the context lasts: by the URL that was given, else brought up."""
    found: dict[str, Service] = {}
    try:
        for name in scenario.needs:
            url = os.environ.get(f"{name.upper()}_URL")
            service = found[name] = {"postgres": postgres.given, "upstream": _given_upstream}[name](url) if url else bring[name]()
            script = ROOT / "scenarios" / scenario.name / "seed.sql"
            if name == "postgres" and script.is_file():
                found[name] = replace(service, url=postgres.seed(service, script))
        yield found
    finally:
        for service in found.values():
            service.end()
            if service.name == "postgres" and service.provider == GIVEN:
                postgres.forget(service)


def embedded(scenario: Scenario, crew: Crew, logs: Path, on: tuple[int, ...]) -> dict[str, Bring]:
    """Say how each service is brought up as a process of ours."""
    return {
        "postgres": lambda: postgres.embedded(crew, logs / f"{scenario.name}-postgres.log", on),
        "upstream": lambda: _upstream(scenario, crew, logs / f"{scenario.name}-upstream.log", on),
    }


def environment(found: Mapping[str, Service]) -> dict[str, str]:
    """Tell an app where its services are."""
    return {f"{name.upper()}_URL": service.url for name, service in found.items()}


def require(found: Mapping[str, Service]) -> None:
    """Raise BenchError where a service that we started has ended."""
    for service in found.values():
        service.require()


def _upstream(scenario: Scenario, crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    port = free_port()
    knobs = [word for name in KNOBS_OF_UPSTREAM if name in scenario.knobs for word in (f"--{name.replace('_', '-')}", f"{scenario.knobs[name]:g}")]
    process = crew.start([sys.executable, ROOT / "compose" / "upstream.py", "--host", HOST, "--port", str(port), *knobs], log=log, on=on)

    def require() -> None:
        processes.require(process, "the upstream", log)

    def ready() -> bool:
        require()
        return listening(port)

    if not processes.wait_until(ready, START_S):
        raise BenchError(f"the upstream did not answer within {START_S} s", hint=f"its log is {log}")
    url = f"http://{HOST}:{port}"
    return Service("upstream", url, provider="compose/upstream.py", version="this checkout", real=True, require=require, end=lambda: crew.end(process))


def _given_upstream(url: str) -> Service:
    hint = "correct UPSTREAM_URL, or unset it"
    if urlsplit(url).scheme != "http":
        raise BenchError(f"UPSTREAM_URL is {url!r}, which is no http:// address", hint=hint)
    try:
        requests.get(f"{url}/users/1", timeout=5).raise_for_status()
    except requests.RequestException as error:
        raise BenchError(f"the upstream at {url} does not answer: {error}", hint=hint) from error
    return Service("upstream", url.rstrip("/"), provider=GIVEN, version="unknown", real=True)
