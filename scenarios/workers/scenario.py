"""What a second worker process is worth, by the way in which requests wait.

One driver for all, psycopg 3; asked over what a query waits. Each worker has forty threads and a
pool of its own, and the memory of all of them stands beside each variant: equal memory is not
assumed. The server gets two cores where the machine has four or more. On two cores both workers
share one: a second worker then computes nothing more, and only waits more.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    capacity,
    event_loop,
    grid,
    one_at_a_time,
    threads,
)

CLIENTS = 64
BUDGET = Budget(workers=2, threads=40, connections=CLIENTS)
AWAITING = event_loop(BUDGET.connections)
THREADED = threads(BUDGET.threads, BUDGET.connections)

scenario = Scenario(
    group="stack",
    question="What is a second worker worth, from no wait to 100 ms?",
    # A blocked loop works off its clients one after the other.
    workload=Workload("/users/{key}", keys="1..1000", deadline_s=20),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    over=grid(wait_ms=(0, 10, 100)),
    variants=(
        Variant("awaiting", "one worker, awaiting", runs_on="loop", ceiling=AWAITING),
        Variant("threaded", "one worker, forty threads", runs_on="thread", ceiling=THREADED),
        Variant(
            "two_blocking",
            "two workers, blocking",
            runs_on="loop",
            ceiling=one_at_a_time(),
            file="blocking",
            workers=2,
        ),
        Variant(
            "two_threaded",
            "two workers, forty threads each",
            runs_on="thread",
            ceiling=THREADED,
            file="threaded",
            workers=2,
        ),
        Variant(
            "two_awaiting",
            "two workers, awaiting",
            runs_on="loop",
            ceiling=AWAITING,
            file="awaiting",
            workers=2,
        ),
    ),
    claims=(
        # Two at a time against 64.
        Claim("awaiting", over="two_blocking", at_least=5, where={"wait_ms": 100}),
        # Forty places bound one worker, and 64 clients ask for no more than both have.
        Claim("two_threaded", over="threaded", at_least=1.3, where={"wait_ms": 100}),
    ),
)
