"""The loop is free, and still one request goes at a time: a lock is held over an await."""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    capacity,
    event_loop,
    one_at_a_time,
)

BUDGET = Budget(connections=40)

scenario = Scenario(
    group="limits",
    question="What does it cost to hold an `asyncio.Lock` over an await?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    knobs={"wait_ms": 20, "jitter_ms": 0},  # the upstream answers after this long
    variants=(
        Variant(
            "one_lock", "one asyncio.Lock for all keys", runs_on="loop", ceiling=one_at_a_time()
        ),
        Variant(
            "lock_per_key",
            "an asyncio.Lock for each key",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    # One lock serves 1 / wait, forty connections forty times as many, unless the processor is used
    # up before. Ten times as many are 500 requests/s, for which each may take 2 ms of a core.
    claims=(Claim("lock_per_key", over="one_lock", at_least=10),),
)
