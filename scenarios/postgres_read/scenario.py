"""The first trap of every async code base: a blocking driver inside `async def`."""

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
    question="What does a blocking PostgreSQL driver cost inside `async def`?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    lanes=16,
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    variants=(
        Variant("blocking", "psycopg2 inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "psycopg2 inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant("awaiting", "asyncpg", runs_on="loop", ceiling=event_loop(BUDGET.connections)),
        Variant(
            "offloaded",
            "psycopg2 through run_in_threadpool",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
    ),
    claims=(
        Claim("awaiting", over="blocking", at_least=3),
        Claim("threaded", over="blocking", at_least=3),
        Claim("offloaded", over="blocking", at_least=3),
    ),
)
