"""The same trap with an HTTP client: the route waits for another service.

A part of the answer is the client, and not who waits: httpx takes more CPU per call than requests,
and ever more of it with more calls in flight, while one loop has one core. client_choice asks for
that part alone. With aiohttp in place of httpx, awaiting would have another answer here.
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

BUDGET = Budget(threads=40, connections=40)

scenario = Scenario(
    group="clients",
    question="What does a blocking HTTP client cost inside `async def`?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    lanes=16,
    knobs={"wait_ms": 10, "jitter_ms": 0},  # the upstream answers after this long
    variants=(
        Variant("blocking", "requests inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "requests inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "one shared httpx.AsyncClient",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("awaiting", over="blocking", at_least=2),
        Claim("threaded", over="blocking", at_least=3),
        # httpx spends three times the CPU of requests, and the loop has but one core
        Claim("threaded", over="awaiting", at_least=1.5, expected="no difference"),
    ),
)
