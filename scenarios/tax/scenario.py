"""What a request pays for each convenience of a framework.

One request at a time, each convenience beside a route that has none.
"""

from harness.model import Budget, Scenario, Variant, Workload, event_loop, threads, time_alone

BUDGET = Budget(threads=40, connections=10)

scenario = Scenario(
    group="threads",
    question="What does one request pay for a thread, an await, a pool, a dependency, a model?",
    workload=Workload("/users/{key}", keys="1..1000"),
    primary=time_alone,
    budget=BUDGET,
    clients=8,
    loads=(),
    variants=(
        Variant("bare", "an empty async def", runs_on="loop", ceiling=event_loop()),
        Variant("hopped", "an empty def", runs_on="thread", ceiling=threads(BUDGET.threads)),
        Variant("awaited", "an async def with one await", runs_on="loop", ceiling=event_loop()),
        Variant(
            "acquired",
            "an async def with a connection from a pool",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
            needs=("postgres",),
        ),
        Variant(
            "yielding", "an async def with a yield dependency", runs_on="loop", ceiling=event_loop()
        ),
        Variant(
            "modelled", "an async def with a response_model", runs_on="loop", ceiling=event_loop()
        ),
    ),
)
