"""Ceilings: the laws no variant can beat.

Sources: Little, "A Proof for the Queuing Formula L = λW" (1961); Denning & Buzen, "The Operational
Analysis of Queueing Network Models" (1978), whose service demand law gives `Demand.cpu_s`.
A ceiling is an asymptote: a measurement comes close to it and never above.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Demand:
    """What one request costs its server, in seconds.

    `cpu_s` is CPU time per request under load (utilization / throughput); `wait_s` is the least a request
    spends waiting for others, measured alone, without the client's and the network's share.
    `cores` is how many processors the server may use, `knobs` how the question was set.
    """

    cpu_s: float
    wait_s: float
    cores: int = 1
    knobs: Mapping[str, float] = field(default_factory=dict)


Ceiling = Callable[[Demand], float]  # requests per second


def one_at_a_time(d: Demand) -> float:
    """Serve in single file, as a blocked loop does: 1 / (cpu + wait)."""
    return _per(d.cpu_s + d.wait_s)


def threads(n: int, connections: float = math.inf) -> Ceiling:
    """Let n wait together while one interpreter computes: min(1 / cpu, n / (cpu + wait), connections / wait)."""
    return lambda d: min(_per(d.cpu_s), n * _per(d.cpu_s + d.wait_s), connections * _per(d.wait_s))


def limited(n: float, calls: int = 1) -> Ceiling:
    """Hold one of n places through each of a request's calls, its share of the CPU included: min(1 / cpu, n / (cpu + calls * wait))."""
    return lambda d: min(_per(d.cpu_s), n * _per(d.cpu_s + calls * d.wait_s))


def event_loop(connections: float = math.inf) -> Ceiling:
    """Wait for free until the connections run out; computing never is: min(1 / cpu, connections / wait)."""
    return lambda d: min(_per(d.cpu_s), connections * _per(d.wait_s))


def processes(n: int) -> Ceiling:
    """Compute on n processors at once, if there are as many: min(n, cores) / cpu."""
    return lambda d: min(n, d.cores) * _per(d.cpu_s)


def paced(per_second: float) -> Ceiling:
    """Go no faster than somebody on the way lets through: min(1 / cpu, per_second)."""
    return lambda d: min(_per(d.cpu_s), per_second)


def unknown_ceiling(_: Demand) -> float:
    """Bound nothing: what a server costs that somebody else started cannot be seen from outside."""
    return math.inf


def _per(seconds: float) -> float:
    return 1 / seconds if seconds > 0 else math.inf
