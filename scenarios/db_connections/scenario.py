"""Connecting takes a handshake, a password and a process of the server.

A pool pays for that once, the trap with every request.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, capacity, event_loop, threads

BUDGET = Budget(threads=40, connections=10)

scenario = Scenario(
    group="connections",
    question="What does a connection per request cost instead of a pool?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=32,
    # PostgreSQL makes a process for each connection, on the processor of the load, which cannot
    # keep to a schedule beside it.
    loads=(),
    # The server sleeps this long in every query; at 0 the connection is all there is to see.
    knobs={"wait_ms": 0},
    variants=(
        Variant(
            "connecting",
            "asyncpg.connect for every request",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant("pooled", "asyncpg's pool", runs_on="loop", ceiling=event_loop(BUDGET.connections)),
        Variant(
            "connecting_in_threads",
            "psycopg2.connect for every request, inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "pooled_in_threads",
            "a pool of psycopg2 connections, inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
    ),
    claims=(
        Claim("pooled", over="connecting", at_least=5),
        Claim("pooled_in_threads", over="connecting_in_threads", at_least=5),
    ),
)
