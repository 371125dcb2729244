"""Provide what a scenario needs: given by URL, else started; a stand-in is always named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from harness.model.errors import Unavailable
from harness.model.scenario import Scenario
from harness.services import SERVICES, latency_proxy
from harness.services.service import Service, ServiceKind, Start, kind_of, without_password

WAIT = "wait_ms"  # the knob that is the latency of services which answer at once
PATIENCE_S = 2.0  # with a service that was given by URL, when only asked who provides it


class Starter(Protocol):
    """Starts services at some place; each ends with its context."""

    def started(
        self, kind: ServiceKind, found: Mapping[str, Service]
    ) -> AbstractContextManager[Service]:
        """Start a service, knowing those that were found before."""
        ...

    def delayed(self, service: Service, rtt_ms: float) -> AbstractContextManager[Service]:
        """Put a way that takes so long there and back before a service."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessStarter:
    """Starts services as processes."""

    start: Start

    def started(
        self, kind: ServiceKind, found: Mapping[str, Service]
    ) -> AbstractContextManager[Service]:
        """Start its program."""
        return kind.started(replace(self.start, found=found))

    def delayed(self, service: Service, rtt_ms: float) -> AbstractContextManager[Service]:
        """Start a latency proxy."""
        return latency_proxy.delayed(service, rtt_ms, self.start)


def turned_by(scenario: Scenario) -> dict[str, float]:
    """Return the knobs of a scenario that its services or its answers may depend on.

    That is all but the wait, unless a service is started with it.
    """
    kinds = [kind_of(name) for name in scenario.requires]
    told = any(kind.needs_latency or WAIT in kind.knobs for kind in kinds)
    return {name: value for name, value in scenario.knobs.items() if told or name != WAIT}


@contextmanager
def provided(start: Start, starter: Starter) -> Iterator[dict[str, Service]]:
    """Provide the scenario's services, by name, for as long as the context lasts.

    Raises BenchError where one that was given does not answer, or one cannot be started.
    """
    scenario = start.scenario
    rtt_ms = scenario.knobs.get(WAIT, 0)
    found: dict[str, Service] = {}
    with ExitStack() as stack:
        for name in scenario.requires:
            kind = kind_of(name)
            if url := os.environ.get(kind.variable):
                service = kind.given(url)
                stack.callback(kind.forget, url)
            else:
                service = stack.enter_context(starter.started(kind, found))
            service = kind.prepare(service, scenario)
            if kind.needs_latency and rtt_ms:
                service = stack.enter_context(starter.delayed(service, rtt_ms))
            found[name] = service
        yield found


def given(needs: Iterable[str]) -> dict[str, str]:
    """Return the URLs of the services that were given by one, without passwords and options."""
    found = {need: os.environ.get(kind_of(need).variable) for need in needs}
    return {need: without_password(url).partition("?")[0] for need, url in found.items() if url}


def lacking(need: str) -> Unavailable | None:
    """Return why a service cannot be provided on this machine, or None where it can.

    One that was given by URL can, whether it answers or not.
    """
    kind = kind_of(need)
    if os.environ.get(kind.variable):
        return None
    try:
        kind.find()
    except Unavailable as why:
        return why
    return None


def providers() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the title of each service, and a function that returns its provider in words.

    It raises BenchError, with the remedy, where nobody does.
    """
    for name in SERVICES:
        kind = kind_of(name)
        yield kind.title, partial(kind.provider, PATIENCE_S)


def environment(found: Mapping[str, Service]) -> dict[str, str]:
    """Return the environment variables by which an app finds its services."""
    return {kind_of(name).variable: service.url for name, service in found.items()}


def calls(found: Mapping[str, Service]) -> dict[str, int]:
    """Return how many calls the services got so far, by what became of them, if they count them."""
    counts: dict[str, int] = {}
    for name, service in found.items():
        counts |= kind_of(name).calls(service)
    return counts


def require(found: Mapping[str, Service]) -> None:
    """Raise BenchError where a service that we started has ended."""
    for service in found.values():
        service.require()
