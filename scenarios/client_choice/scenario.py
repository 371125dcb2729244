"""What a call costs the app's processor, by the HTTP client that makes it, with 64 in flight.

httpx's pool looks through all its connections and calls for each call that begins or ends, so its
cost per call grows with the calls in flight (encode/httpx#3215). There are as many threads as
calls, so that requests has as many in flight; a trip to a thread is part of what it costs.
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

CLIENTS = 64
BUDGET = Budget(threads=CLIENTS, connections=CLIENTS)

scenario = Scenario(
    group="clients",
    question="What does the choice of an HTTP client cost per call, with 64 calls in flight?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=cpu_per_request,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    knobs={"wait_ms": 20, "jitter_ms": 0},  # the upstream answers after this long
    variants=(
        Variant(
            "httpx_client",
            "httpx.AsyncClient",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "requests_session",
            "requests.Session inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "aiohttp_session",
            "aiohttp.ClientSession",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("aiohttp_session", over="httpx_client", at_least=2),
        Claim("requests_session", over="httpx_client", at_least=1.2),
    ),
)
