"""A profile is put together from ten services.

One of them is down, and every variant leaves that part out.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, event_loop, p50

BUDGET = Budget(connections=100)
CALLS = 9  # that wait; the tenth fails at once
TOGETHER = event_loop(BUDGET.connections, CALLS)

scenario = Scenario(
    group="clients",
    question="How much time is saved by making ten upstream calls at once?",
    workload=Workload("/profiles/{key}", keys="1..1000", deadline_s=1.0),
    needs=("upstream",),
    primary=p50(0.5),
    budget=BUDGET,
    clients=96,
    loads=(0.5,),
    knobs={"wait_ms": 10, "jitter_ms": 0},  # the upstream answers after this long
    variants=(
        Variant(
            "sequential",
            "calls awaited one after another",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "gathered",
            "asyncio.gather with a try in each call",
            runs_on="loop",
            ceiling=TOGETHER,
        ),
        Variant(
            "grouped",
            "asyncio.TaskGroup with a try in each call",
            runs_on="loop",
            ceiling=TOGETHER,
        ),
        Variant(
            "tolerant", "asyncio.gather(return_exceptions=True)", runs_on="loop", ceiling=TOGETHER
        ),
    ),
    claims=(
        Claim("gathered", over="sequential", at_least=3),
        Claim("grouped", over="sequential", at_least=3),
        Claim("tolerant", over="sequential", at_least=3),
    ),
)
