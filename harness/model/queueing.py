"""What three ways of waiting would serve, and how long a request would take: theory, not measured.

A request waits for somebody else and computes, and is like any other. It arrives at random
(Poisson), or, in a closed loop, as soon as its client was answered. Sources: Erlang (1917) for the
queue before n places; Allen, "Probability, Statistics, and Queueing Theory" (1990), for Allen and
Cunneen's formula, by which service times that do not vary halve it; Kleinrock, "Queueing Systems"
II (1976), for a processor that many share; Reiser & Lavenberg, "Mean-Value Analysis of Closed
Multichain Queuing Networks" (1980), for closed loops, and Reiser (1979) for service in them that
does not vary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from harness.model.theory import Ceiling, Demand, event_loop, one_at_a_time, threads

STEADY = 0.5  # Allen and Cunneen's factor: random arrivals, service that does not vary


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked: requests/s, each of which waits and computes for so many seconds."""

    rate: float
    wait_s: float
    cpu_s: float

    @property
    def demand(self) -> Demand:
        """What one request costs."""
        return Demand(self.cpu_s, self.wait_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of waiting, under a load.

    It serves at most `capacity` requests/s, as the `formula` says. A request takes `response_s` on
    average, infinity where more is asked than can be served.
    """

    name: str
    formula: str
    capacity: float
    response_s: float


def ways(load: Load, tokens: int, connections: int | None = None) -> tuple[Way, ...]:
    """Return blocking, threads and awaiting; None are as many connections as are wanted."""
    return (
        _way("blocking", one_at_a_time(), load, places=1),
        _way("threads", threads(tokens, connections), load, tokens, connections),
        _way("awaiting", event_loop(connections), load, None, connections),
    )


def _way(
    name: str, bound: Ceiling, load: Load, places: int | None, connections: int | None = None
) -> Way:
    """Return a way that has so many places to wait and compute in; one holds the processor too."""
    law, capacity = min(bound.laws(load.demand, {}).items(), key=lambda one: one[1])
    formulas = {
        "processor": "1 / CPU",
        "place": f"{law.amount:g} / (wait + CPU)",
        "connection": f"{law.amount:g} connections / wait",
    }
    response_s = math.inf
    if load.rate < capacity:
        shared = 1 if places == 1 else 1 - load.rate * load.cpu_s
        service_s = load.wait_s + load.cpu_s / shared
        queues_s = (
            _queue_s(load.rate, service_s, places),
            _queue_s(load.rate, load.wait_s, connections),
        )
        response_s = service_s + sum(queues_s)
    return Way(name=name, formula=formulas[law.resource], capacity=capacity, response_s=response_s)


def _queue_s(rate: float, service_s: float, places: int | None) -> float:
    """Return how long a request waits for a place; nothing where there is no end of them."""
    if places is None:
        return 0.0
    offered = rate * service_s
    if offered >= places:
        return math.inf
    lost = 1.0  # Erlang's B, place by place
    for number in range(1, places + 1):
        lost = offered * lost / (number + offered * lost)
    use = offered / places
    waits = lost / (1 - use * (1 - lost))  # Erlang's C: the share that finds no place free
    return STEADY * waits * service_s / (places * (1 - use))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one way of waiting makes of a request, in seconds, besides the wait itself.

    `alone_s` is its CPU time where one is asked at a time, `busy_s` where the processor is busy,
    `away_s` what it takes outside the server: the client, and the way there and back.
    """

    alone_s: float
    busy_s: float
    away_s: float


def served(cost: Cost, wait_s: float, places: int | None, clients: int) -> list[float]:
    """Return the requests/s of closed loops of 1 to `clients` clients.

    One place is held through wait and CPU time, as a blocked loop is. With more places as many
    requests wait at once, and the processor serves them one by one; None are as many as come.
    """
    if places == 1:
        queue = _closed(cost.away_s, wait_s + cost.alone_s, wait_s + cost.busy_s)
    else:
        queue = _closed(cost.away_s + wait_s, cost.alone_s, cost.busy_s)
    within = clients if places in {None, 1} else min(clients, places or 0)
    found = list(islice(queue, within))
    return found + found[-1:] * (clients - within)  # the others wait for a place


def _closed(delay_s: float, alone_s: float, busy_s: float) -> Iterator[float]:
    """Yield the requests/s of 1, 2, ... clients before one queue, and a delay that many share.

    By mean values: who arrives finds what one client fewer leaves there on average, and of the one
    in service half is over already, as service does not vary.
    """
    queue = use = 0.0
    for clients in count(1):
        service_s = alone_s + use * (busy_s - alone_s)
        response_s = service_s * (1 + queue - STEADY * use)
        rate = min(clients / (delay_s + response_s), 1 / service_s)
        queue, use = clients - rate * delay_s, rate * service_s
        yield rate
