"""The first trap once more, with one driver for all variants.

What is left is the cost of waiting, not of a driver.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    capacity,
    event_loop,
    one_at_a_time,
    threads,
)

BUDGET = Budget(threads=40, connections=10)

scenario = Scenario(
    group="clients",
    question="What does async bring when the PostgreSQL driver stays the same?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    lanes=16,
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    variants=(
        Variant("blocking", "psycopg 3 inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "psycopg 3 inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "psycopg 3's AsyncConnection",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("awaiting", over="blocking", at_least=3),
        Claim("threaded", over="blocking", at_least=3),
        Claim("threaded", over="awaiting", at_least=0.9),
    ),
)
