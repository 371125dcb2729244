"""A background task that is `async def` and blocks: its own answer is out, and the others wait."""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    bystander_p99,
    event_loop,
    one_at_a_time,
    threads,
)

BUDGET = Budget(threads=40, connections=40)

scenario = Scenario(
    group="threads",
    question="What does a background task cost all other requests?",
    workload=Workload("/orders/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=bystander_p99(0.5),
    budget=BUDGET,
    clients=8,
    knobs={"wait_ms": 20, "jitter_ms": 0},  # the upstream answers after this long
    variants=(
        Variant(
            "blocking",
            "an async def background task that blocks",
            runs_on="loop",
            ceiling=one_at_a_time(),
        ),
        Variant(
            "threaded",
            "a def background task",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "an async def background task that awaits",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    # Half of the time the loop is held for 20 ms; the others hold it for a few ms of computing.
    claims=(
        Claim("threaded", over="blocking", at_least=3),
        Claim("awaiting", over="blocking", at_least=3),
    ),
)
