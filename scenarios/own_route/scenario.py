"""An app that asks itself over HTTP: its threads wait for a thread.

With as many requests in flight as there are threads, none is left for the route that is asked.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, goodput_of, threads

BUDGET = Budget(threads=40, connections=100)
CLIENTS = 80  # twice the threads

scenario = Scenario(
    group="threads",
    question="What does it cost if an app calls its own routes over HTTP?",
    workload=Workload("/users/{key}", keys="1..1000"),
    primary=goodput_of(CLIENTS),
    budget=BUDGET,
    clients=8,
    loads=(),
    sweep=(CLIENTS,),
    knobs={"timeout_ms": 1000},  # for which an answer of the own route is waited for
    variants=(
        Variant(
            "of_def",
            "an HTTP call to its own def route",
            runs_on="thread",
            ceiling=threads(BUDGET.threads),
        ),
        Variant(
            "of_async",
            "an HTTP call to its own async def route",
            runs_on="thread",
            ceiling=threads(BUDGET.threads),
        ),
        Variant("called", "a function call", runs_on="thread", ceiling=threads(BUDGET.threads)),
    ),
    claims=(
        # Where all threads wait for one, nothing is answered before the timeout.
        Claim("of_async", over="of_def", at_least=5),
        Claim("called", over="of_def", at_least=5),
        # A second request to the app, and a client that sends it, beside a function call.
        Claim("called", over="of_async", at_least=1.5),
    ),
)
