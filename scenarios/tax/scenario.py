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
        Variant("bare", "an async def", runs_on="loop", ceiling=event_loop()),
        Variant("hopped", "the same in def", runs_on="thread", ceiling=threads(BUDGET.threads)),
        Variant("awaited", "one await", runs_on="loop", ceiling=event_loop()),
        Variant(
            "acquired",
            "a connection of a pool",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
            needs=("postgres",),
        ),
        Variant("yielding", "a yield dependency", runs_on="loop", ceiling=event_loop()),
        Variant("modelled", "a response_model", runs_on="loop", ceiling=event_loop()),
    ),
)
