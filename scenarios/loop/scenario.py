"""What a faster event loop is worth once an app waits.

One app, asked over what a query waits. pg_sleep rounds up to whole milliseconds.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, capacity, event_loop, grid

CLIENTS = 64
BUDGET = Budget(connections=CLIENTS)
CEILING = event_loop(BUDGET.connections)

scenario = Scenario(
    group="stack",
    question="What is uvloop worth, from no wait to 100 ms?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    over=grid(wait_ms=(0, 1, 10, 100)),
    variants=(
        Variant(
            "asyncio",
            "uvicorn on asyncio's loop",
            runs_on="loop",
            ceiling=CEILING,
            file="awaiting",
            server="uvicorn on asyncio",
        ),
        Variant("uvloop", "uvicorn on uvloop", runs_on="loop", ceiling=CEILING, file="awaiting"),
    ),
    claims=(
        # Most of a request is FastAPI, pydantic and asyncpg, on either loop.
        Claim("uvloop", over="asyncio", at_least=1, expected="at least 1.1×", where={"wait_ms": 0}),
        # By Little's law 64 clients ask 640 times a second, which either loop can bear.
        Claim("asyncio", over="uvloop", at_least=0.9, where={"wait_ms": 100}),
    ),
)
