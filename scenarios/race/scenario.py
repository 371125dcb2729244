"""An upstream answers one request in twenty late.

A second request, to another replica, is late as well only once in four hundred. Both replicas are
the same service, which gets every request twice. HTTP/1.1 can only take a request back by closing
its connection, so that most races cost a new one.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, event_loop, p99

BUDGET = Budget(connections=100)
CALLS = 2  # that a request makes at once where it asks both replicas

scenario = Scenario(
    group="clients",
    question="Does it help to ask two replicas and take the first answer?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=p99(0.25),
    budget=BUDGET,
    clients=64,
    loads=(0.25,),
    knobs={"wait_ms": 10, "jitter_ms": 2, "tail_ms": 100, "tail_share": 0.05},
    variants=(
        Variant(
            "first", "one replica asked", runs_on="loop", ceiling=event_loop(BUDGET.connections)
        ),
        Variant(
            "both",
            "asyncio.gather of two replicas",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections, CALLS),
        ),
        Variant(
            "racing",
            "asyncio.wait on two replicas, the slower one cancelled",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections, CALLS),
        ),
    ),
    claims=(Claim("racing", over="first", at_least=1.5),),
)
