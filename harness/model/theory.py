"""Ceilings: the laws no variant can beat.

Sources: Little, "A Proof for the Queuing Formula L = λW" (1961); Denning & Buzen, "The Operational
Analysis of Queueing Network Models" (1978), whose service demand law gives `Demand.cpu_s`.
A ceiling is an asymptote: a measurement comes close to it and never above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.model.app import Budget

Amount = int | float | str  # a number, or the name of the knob that sets it


@dataclass(frozen=True, slots=True)
class Demand:
    """What one request costs its server, in seconds.

    `cpu_s` is CPU time per request under load (utilization / throughput); `wait_s` is the least
    time that a request spends waiting for others, measured alone, without the client's and the
    network's share. `cores` is how many processors the server may use.
    """

    cpu_s: float
    wait_s: float
    cores: int = 1


@dataclass(frozen=True, slots=True)
class Law:
    """What runs out, and how much of it there is: processors, places, connections, calls/s."""

    resource: Literal["processor", "place", "connection", "rate", "client"]
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What bounds a variant: the least of four laws. None leaves a law out.

    - `interpreters` compute at once, if there are as many cores: interpreters / cpu
    - `places` are in service at once, through each of a request's `calls`, computing included:
      places / (cpu + calls * wait)
    - `connections` are used at once, computing not included: connections / (calls * wait)
    - `rate` calls per second are let through by somebody on the way: rate / calls
    """

    interpreters: int = 1
    places: Amount | None = None
    connections: Amount | None = None
    rate: Amount | None = None
    calls: int = 1

    def laws(
        self, demand: Demand, knobs: Mapping[str, float], workers: int = 1
    ) -> dict[Law, float]:
        """Return what each law allows this demand in requests/s; infinity where it bounds nothing.

        `knobs` are the values of the knobs that set an amount. Each of the server's `workers` has
        interpreters, places and connections of its own.
        """

        def amount(given: Amount | None) -> float:
            return inf if given is None else knobs[given] if isinstance(given, str) else given

        computing = min(workers * self.interpreters, demand.cores)
        places, connections = (workers * amount(one) for one in (self.places, self.connections))
        rate = amount(self.rate)
        cpu_s, wait_s = demand.cpu_s, self.calls * demand.wait_s
        return {
            Law("processor", computing): computing * _per(cpu_s),
            Law("place", places): places * _per(cpu_s + wait_s),
            Law("connection", connections): connections * _per(wait_s),
            Law("rate", rate): rate / self.calls,
        }

    def with_budget(self, budget: Budget, amounts: Mapping[str, int]) -> Ceiling:
        """Return the same ceiling where these amounts take the place of the budget's."""
        threads = amounts.get("threads", budget.threads)
        connections = amounts.get("connections", budget.connections)
        return replace(
            self,
            interpreters=threads if self.interpreters == budget.threads else self.interpreters,
            places=threads if self.places == budget.threads else self.places,
            connections=(
                connections if self.connections == budget.connections else self.connections
            ),
        )

    def requests_per_s(self, demand: Demand, knobs: Mapping[str, float], workers: int = 1) -> float:
        """Return the bound in requests/s; infinity where nothing bounds this demand."""
        return min(self.laws(demand, knobs, workers).values())


def one_at_a_time() -> Ceiling:
    """Serve one request after the other, as a blocked loop does."""
    return Ceiling(places=1)


def threads(number: int, connections: int | None = None) -> Ceiling:
    """Let so many requests wait together while one interpreter computes."""
    return Ceiling(places=number, connections=connections)


def limited(places: Amount, calls: int = 1) -> Ceiling:
    """Hold one of so many places through each of a request's calls, computing included."""
    return Ceiling(places=places, calls=calls)


def event_loop(connections: Amount | None = None, calls: int = 1) -> Ceiling:
    """Wait for free until the connections run out; computing is never free."""
    return Ceiling(connections=connections, calls=calls)


def free_threads(number: int) -> Ceiling:
    """Let so many requests wait together, and compute together: no lock holds the threads."""
    return Ceiling(interpreters=number, places=number)


def processes(number: int) -> Ceiling:
    """Compute on so many processors at once, if there are as many."""
    return Ceiling(interpreters=number)


def paced(calls_per_s: Amount, calls: int = 1) -> Ceiling:
    """Go no faster than somebody on the way lets through."""
    return Ceiling(rate=calls_per_s, calls=calls)


def _per(seconds: float) -> float:
    return 1 / seconds if seconds > 0 else inf
