"""What another ASGI server is worth once an app waits.

One app, asked over what a query waits; pg_sleep rounds up to whole milliseconds. All servers run on
uvloop, with one worker, on the same cores. What cannot be alike stands in harness/servers.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, capacity, event_loop, grid

CLIENTS = 64
BUDGET = Budget(connections=CLIENTS)
CEILING = event_loop(BUDGET.connections)


def served_by(name: str, server: str, does: str) -> Variant:
    """Return the app under one server."""
    return Variant(name, does, runs_on="loop", ceiling=CEILING, file="awaiting", server=server)


scenario = Scenario(
    group="stack",
    question="What is another server worth, from no wait to 100 ms?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=CLIENTS,
    held=400,
    loads=(),
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    over=grid(wait_ms=(0, 1, 10, 100)),
    variants=(
        served_by("httptools", "uvicorn", "uvicorn with httptools"),
        served_by("h11", "uvicorn on h11", "uvicorn with h11"),
        served_by("granian", "granian", "granian with a parser in Rust"),
        served_by("hypercorn", "hypercorn", "hypercorn with h11"),
    ),
    claims=(
        Claim("httptools", over="h11", at_least=1.1, where={"wait_ms": 0}),
        # By Little's law 64 clients ask 640 times a second, which every server can bear.
        Claim("h11", over="httptools", at_least=0.9, where={"wait_ms": 100}),
    ),
)
