"""A route that does nothing shows what the way to it costs.

It returns a response: a response model would send a `def` route to a thread once more.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    cpu_per_request,
    event_loop,
    threads,
)

BUDGET = Budget(threads=40)

scenario = Scenario(
    group="threads",
    question="What does the trip to a thread cost?",
    workload=Workload("/users/{key}", keys="1..1000"),
    primary=cpu_per_request,
    budget=BUDGET,
    clients=32,
    loads=(),
    variants=(
        Variant(
            "threaded", "an empty def route", runs_on="thread", ceiling=threads(BUDGET.threads)
        ),
        Variant("inline", "an empty async def route", runs_on="loop", ceiling=event_loop()),
    ),
    claims=(Claim("inline", over="threaded", at_least=1.3),),
)
