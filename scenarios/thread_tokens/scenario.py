"""All `def` routes share forty tokens.

A slow route takes them all, and then a route that does nothing waits for a thread.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    bystander_p99,
    event_loop,
    threads,
)

# A connection for everybody: threads are all there is to wait for.
BUDGET = Budget(threads=40, connections=100)
WIDENED = Budget(threads=100, connections=100)

scenario = Scenario(
    group="threads",
    question="How long do other `def` routes wait when a slow one uses up the threads?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=bystander_p99(1.1),
    budget=BUDGET,
    clients=128,
    loads=(1.1,),  # a little more than forty threads can serve
    knobs={"wait_ms": 100},  # the server sleeps this long in every query
    variants=(
        Variant(
            "contending",
            "psycopg2 inside def, forty threads",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "widened",
            "psycopg2 inside def, a hundred threads",
            runs_on="thread",
            ceiling=threads(WIDENED.threads, WIDENED.connections),
            file="contending",
            budget=WIDENED,
        ),
        Variant(
            "partitioned",
            "psycopg2 in forty threads of its own",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant("awaiting", "asyncpg", runs_on="loop", ceiling=event_loop(BUDGET.connections)),
    ),
    claims=(
        Claim("widened", over="contending", at_least=5),
        Claim("partitioned", over="contending", at_least=5),
        Claim("awaiting", over="contending", at_least=5),
        # Both leave tokens to the others, but slow requests still queue in front of forty threads,
        # at the loop's expense.
        Claim("widened", over="partitioned", at_least=1, expected="no difference"),
    ),
)
