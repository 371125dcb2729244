"""A client for each request pays for a TLS context and a connection each time.

It does so even for an http:// address. The upstream speaks http:// only, so no TLS handshake is
included: with https://, a client per request costs more than is seen here.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, cpu_per_request, limited

BUDGET = Budget(connections=10)
CLIENTS = 8  # fewer than there are connections, so that they are what bounds it

scenario = Scenario(
    group="connections",
    question="What does it cost to open an HTTP client for each request?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=cpu_per_request,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    knobs={"wait_ms": 10},  # the upstream answers after this long
    variants=(
        Variant(
            "opening", "an httpx.AsyncClient per request", runs_on="loop", ceiling=limited(CLIENTS)
        ),
        Variant(
            "keeping",
            "one shared httpx.AsyncClient",
            runs_on="loop",
            ceiling=limited(CLIENTS),
        ),
    ),
    claims=(Claim("keeping", over="opening", at_least=3),),
)
