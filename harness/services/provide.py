"""Bring up what a scenario needs: given by URL, else embedded, else the machine's own; what is not to be had is named. Never a silent stand-in."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import requests

from harness.model.errors import BenchError, Unavailable
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.services import mongo, nginx, postgres, redis
from harness.services.service import GIVEN, Service
from harness.system import processes
from harness.system.ask import ask
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Crew

START_S = 10
PATIENCE_S = 2  # with a service that was given by URL, when only asked who provides it
KNOBS_OF_UPSTREAM = ("wait_ms", "jitter_ms", "tail_ms", "tail_share", "admits")
FAR = ("redis", "mongo")  # which answer at once, so that the knob wait_ms is the way there and back

Bring = Callable[[Mapping[str, Service]], Service]  # given those brought up before it
Wire = Callable[
    [Service, float], Service
]  # puts a way of so many milliseconds there and back before a service


@contextmanager
def services(
    scenario: Scenario, bring: Mapping[str, Bring], wire: Wire
) -> Iterator[dict[str, Service]]:
    """Provide the scenario's services, by name, for as long as the context lasts: by the URL that was given, else brought up."""
    found: dict[str, Service] = {}
    given = {
        "postgres": postgres.given,
        "upstream": _given_upstream,
        "redis": redis.given,
        "mongo": mongo.given,
        "nginx": nginx.given,
    }
    try:
        for name in scenario.requires:
            url = os.environ.get(f"{name.upper()}_URL")
            service = found[name] = given[name](url) if url else bring[name](found)
            script = ROOT / "scenarios" / scenario.folder / "seed.sql"
            if name == "postgres" and script.is_file():
                found[name] = replace(service, url=postgres.seed(service, script))
            if name in FAR:
                found[name] = wire(service, scenario.knobs.get("wait_ms", 0))
        yield found
    finally:
        for service in reversed(found.values()):
            service.end()
            if service.name == "postgres" and service.provider == GIVEN:
                postgres.forget(service)


def lacking(need: str) -> Unavailable | None:
    """Say why a service is not to be had on this machine, if it is not; one that was given by URL is, whether it answers or not."""
    providers = {
        "postgres": postgres.provider,
        "redis": redis.provider,
        "mongo": mongo.provider,
        "nginx": nginx.provider,
    }
    if need not in providers or os.environ.get(f"{need.upper()}_URL"):
        return None
    try:
        providers[need](PATIENCE_S)
    except Unavailable as why:
        return why
    return None


def embedded(scenario: Scenario, crew: Crew, logs: Path, on: tuple[int, ...]) -> dict[str, Bring]:
    """Say how each service is brought up as a process of ours."""

    def log(name: str) -> Path:
        return logs / f"{scenario.name}-{name}.log"

    return {
        "postgres": lambda _: postgres.embedded(crew, log("postgres"), on),
        "upstream": lambda _: _upstream(scenario, crew, log("upstream"), on),
        "redis": lambda _: redis.embedded(crew, log("redis"), on),
        "mongo": lambda _: mongo.embedded(crew, log("mongo"), on),
        "nginx": lambda found: nginx.embedded(
            crew, log("nginx"), on, found["upstream"].url, scenario.knobs
        ),
    }


def environment(found: Mapping[str, Service]) -> dict[str, str]:
    """Tell an app where its services are."""
    return {f"{name.upper()}_URL": service.url for name, service in found.items()}


def calls(found: Mapping[str, Service]) -> dict[str, int]:
    """Count what has become of the calls to our upstream so far; nothing where there is none of ours."""
    upstream = found.get("upstream")
    return (
        json.loads(ask(upstream.url, "/served")[1])
        if upstream and upstream.provider != GIVEN
        else {}
    )


def require(found: Mapping[str, Service]) -> None:
    """Raise BenchError where a service that we started has ended."""
    for service in found.values():
        service.require()


def _upstream(scenario: Scenario, crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    port = free_port()
    knobs = [
        word
        for name in KNOBS_OF_UPSTREAM
        if name in scenario.knobs
        for word in (f"--{name.replace('_', '-')}", f"{scenario.knobs[name]:g}")
    ]
    process = crew.start(
        [
            sys.executable,
            ROOT / "compose" / "upstream.py",
            "--host",
            HOST,
            "--port",
            str(port),
            *knobs,
        ],
        log=log,
        on=on,
    )

    def require() -> None:
        processes.require(process, "the upstream", log)

    def ready() -> bool:
        require()
        return listening(port)

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"the upstream did not answer within {START_S} s", hint=f"its log is {log}"
        )
    url = f"http://{HOST}:{port}"
    return Service(
        "upstream",
        url,
        provider="compose/upstream.py",
        version="this checkout",
        real=True,
        require=require,
        end=lambda: crew.end(process),
    )


def _given_upstream(url: str) -> Service:
    hint = "correct UPSTREAM_URL, or unset it"
    if urlsplit(url).scheme != "http":
        raise BenchError(f"UPSTREAM_URL is {url!r}, which is no http:// address", hint=hint)
    try:
        requests.get(f"{url}/users/1", timeout=5).raise_for_status()
    except requests.RequestException as error:
        raise BenchError(f"the upstream at {url} does not answer: {error}", hint=hint) from error
    return Service("upstream", url.rstrip("/"), provider=GIVEN, version="unknown", real=True)
