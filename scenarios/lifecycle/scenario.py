"""A client that nobody closes keeps its connection open while something refers to it.

After that, the garbage collector closes both.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, limited, until_failure

BUDGET = Budget(connections=10)
CLIENTS = 8  # fewer than there are connections, so that they are what bounds it

scenario = Scenario(
    group="connections",
    question="How long does an app run that does not close its HTTP clients?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=until_failure,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    # That the app may have open; it is usually some thousands, and then it takes longer.
    knobs={
        "wait_ms": 10,
        "files": 300,
    },
    variants=(
        Variant(
            "piling",
            "a client per request, all closed at shutdown",
            runs_on="loop",
            ceiling=limited(CLIENTS),
        ),
        Variant(
            "forgotten",
            "a client per request, never closed",
            runs_on="loop",
            ceiling=limited(CLIENTS),
        ),
        Variant(
            "closed", "one client, closed by the lifespan", runs_on="loop", ceiling=limited(CLIENTS)
        ),
    ),
    claims=(
        Claim("closed", over="piling", at_least=10),
        Claim(
            "forgotten", over="piling", at_least=10, expected="that it runs out of files as well"
        ),
    ),
)
