"""Four slow queries for one report: one after another, or together, and who puts them together.

The server sleeps in every query, which stands for what it would read from a disk; then it counts
20,000 sales. So the bound is the sum of the waits against the longest of them, and what PostgreSQL
computes, for which it has a core.

Spark asks PostgreSQL the same queries, a task each, and adds a job to them. It is for data that
does not fit the database: here it is seen what it costs where the data does. It is an extra, and
its variant is left out where pyspark or Java is missing. Its start-up, seconds of it, is over
before a report is asked for, and is no part of any number here. Its local master has eight tasks
at once, which are two reports.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Trap,
    Variant,
    Workload,
    event_loop,
    threads,
    time_alone,
)

REPORTS = 8  # at once, in the closed loop
CALLS = 4  # that one report makes
BUDGET = Budget(threads=40, connections=REPORTS * CALLS)

scenario = Scenario(
    group="scenes",
    question="How should a report make its four slow queries, and when does Spark pay?",
    workload=Workload("/reports/{key}", keys="1..1000", deadline_s=10),
    needs=("postgres",),
    primary=time_alone,
    budget=BUDGET,
    clients=REPORTS,
    loads=(),
    # The server sleeps this long in every query.
    knobs={"wait_ms": 100},
    variants=(
        Variant(
            "sequential",
            "asyncpg, one query after another",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "threaded",
            "psycopg 3, a thread for each query",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "gathered",
            "asyncio.gather over asyncpg, a connection for each query",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections, CALLS),
        ),
        Variant(
            "spark",
            "a Spark job with a task for each query",
            runs_on="process",  # the route waits in a thread
            needs=("spark",),
        ),
    ),
    traps=(
        Trap(
            "Spark adds a job to queries that PostgreSQL answers",
            "spark",
            over="gathered",
            by=time_alone,
        ),
    ),
    claims=(
        # 400 ms of waiting against 100, and PostgreSQL's own work, which is the same
        Claim("gathered", over="sequential", at_least=2),
        Claim("threaded", over="sequential", at_least=2),
        Claim("threaded", over="gathered", at_least=0.7),
    ),
)
