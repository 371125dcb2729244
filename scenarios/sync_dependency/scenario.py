"""A dependency that is `def` goes to a thread, also under a route that is `async def`."""

from harness.model import Budget, Claim, Scenario, Variant, Workload, cpu_per_request, event_loop

BUDGET = Budget(threads=40)

scenario = Scenario(
    group="threads",
    question="What do five trivial `def` dependencies cost under an `async def` route?",
    workload=Workload("/users/{key}", keys="1..1000"),
    primary=cpu_per_request,
    budget=BUDGET,
    clients=32,
    loads=(),
    variants=(
        Variant("threaded", "five def dependencies", runs_on="loop", ceiling=event_loop()),
        Variant("inline", "five async def dependencies", runs_on="loop", ceiling=event_loop()),
    ),
    # Five trips to a thread, of which `hop` shows that one makes an empty route dearer by a third.
    claims=(Claim("inline", over="threaded", at_least=1.5),),
)
