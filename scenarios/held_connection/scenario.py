"""A connection held across thread hops.

With threads + connections in flight, holders of one wait for the other: a deadlock.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    event_loop,
    goodput_of,
    limited,
    threads,
)

BUDGET = Budget(threads=40, connections=15)
ENLARGED = Budget(threads=40, connections=40)
CLIENTS = 24

scenario = Scenario(
    group="connections",
    question="What does it cost if a dependency holds a database session until the answer is sent?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=goodput_of(150),
    budget=BUDGET,
    clients=CLIENTS,
    # `held` gives way from 55 on, as the rule says, and `enlarged` from 80 on.
    sweep=(50, 60, 100, 150),
    # The query waits so long in the server that no variant is short of CPU; a request waits up to
    # pool_timeout_ms for a connection.
    knobs={"wait_ms": 50, "pool_timeout_ms": 1000},
    variants=(
        Variant(
            "held",
            "a def route, its session from a dependency",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        # more connections than clients: these are what bounds it
        Variant(
            "enlarged",
            "a session from a dependency, a connection per thread",
            runs_on="thread",
            ceiling=limited(CLIENTS),
            file="held",
            budget=ENLARGED,
        ),
        Variant(
            "brief",
            "a def route, its session opened in the handler",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "an async def route, its session from an async dependency",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("brief", over="held", at_least=10),
        Claim("awaiting", over="held", at_least=10),
        Claim("awaiting", over="brief", at_least=0.6, expected="at least 0.9×"),
    ),
)
