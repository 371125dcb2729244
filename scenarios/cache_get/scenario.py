"""A cache answers in 40 µs on the same machine, and in a millisecond across a network."""

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

BUDGET = Budget(threads=40, connections=20)

scenario = Scenario(
    group="clients",
    question="Is a cache fast enough for a blocking client inside `async def`?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("redis",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    knobs={"wait_ms": 1},  # the network, there and back; 0 is a cache on the same machine
    variants=(
        Variant("blocking", "redis-py inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "redis-py inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "redis-py's redis.asyncio",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("awaiting", over="blocking", at_least=2),
        Claim("threaded", over="blocking", at_least=2),
        # So short a wait is not worth the trip to a thread.
        Claim("awaiting", over="threaded", at_least=1.1, expected="no difference"),
    ),
)
