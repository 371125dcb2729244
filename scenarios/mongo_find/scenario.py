"""The same trap with MongoDB.

Two of its clients can be awaited; one of them only looks asynchronous.
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
    question="What does a blocking MongoDB driver cost inside `async def`?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("mongo",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    knobs={"wait_ms": 10},  # the network, there and back: it stands for the query as well
    variants=(
        Variant("blocking", "pymongo inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "pymongo inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "pymongo's AsyncMongoClient",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "delegating",
            "motor, end of life 2026-05-14, with finds in its own threads",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
    ),
    claims=(
        Claim("awaiting", over="blocking", at_least=4),
        Claim("threaded", over="blocking", at_least=4),
        Claim("delegating", over="blocking", at_least=4),
    ),
)
